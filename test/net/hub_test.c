/* What a hub sends to its members: whom it reaches, what that looks like, and
 * what a member may do meanwhile. */
#include "net/hub.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "kit.h"

#define MEMBERS 5

static const uvws_transport_t transports[] = {
    UVWS_TRANSPORT_OWNED, UVWS_TRANSPORT_PARKED, UVWS_TRANSPORT_STREAM};

static const uvws_outgoing_t text = {.opcode = UVWS_OPCODE_TEXT,
                                     .is_final = true};

typedef struct fixture {
  kit_t *kit;
  uvws_hub_t *hub;
  uvws_transport_t transport;
  kit_end_t *ends[MEMBERS];
} fixture_t;

static fixture_t *begin(uvws_transport_t transport) {
  fixture_t *fixture = calloc(1, sizeof(*fixture));
  assert_non_null(fixture);
  fixture->kit = kit_new(65536);
  fixture->transport = transport;
  fixture->hub = uvws_hub_new(&fixture->kit->loop);
  assert_non_null(fixture->hub);
  for (size_t i = 0; i < MEMBERS; i++) {
    fixture->ends[i] = kit_connect(fixture->kit, transport);
    uvws_hub_join(fixture->hub, fixture->ends[i]->connection);
  }
  return fixture;
}

/* The hub is let go of first: its members keep it. The descriptor of a parked
 * one that is closed already is left to us. */
static void disconnect_all(fixture_t *fixture) {
  uvws_hub_unref(fixture->hub);
  for (size_t i = 0; i < MEMBERS; i++) {
    if (fixture->transport == UVWS_TRANSPORT_PARKED &&
        fixture->ends[i]->connection == NULL) {
      close(fixture->ends[i]->fd);
    }
    kit_disconnect(fixture->ends[i]);
  }
}

static void finish(fixture_t *fixture) {
  disconnect_all(fixture);
  kit_free(fixture->kit);
  free(fixture);
}

static void subscribe(fixture_t *fixture, size_t i, const char *topic) {
  bool is_first = false;
  assert_int_equal(
      uvws_topics_subscribe(&fixture->hub->topics,
                            &fixture->ends[i]->connection->subscriber,
                            uvws_slice(topic, strlen(topic)), &is_first),
      UVWS_OK);
}

static size_t publish(fixture_t *fixture, const char *topic, const void *bytes,
                      size_t len) {
  return uvws_hub_publish(fixture->hub, uvws_slice(topic, strlen(topic)), NULL,
                          text, uvws_slice(bytes, len));
}

/* Turns the loop until the peer has heard these bytes. */
static void expect(kit_end_t *end, const void *bytes, size_t len) {
  if (end->peer >= 0) {
    peer_expect(end, bytes, len);
    return;
  }
  kit_turn(end->kit, 3);
  assert_int_equal(end->streamed.len, len);
  assert_memory_equal(end->streamed.data, bytes, len);
  end->streamed.len = 0;
}

static void expect_nothing(kit_end_t *end) {
  kit_turn(end->kit, 3);
  if (end->peer >= 0) {
    peer_expect_nothing(end);
  } else {
    assert_int_equal(end->streamed.len, 0);
  }
}

static void reach_subscribers_only(uvws_transport_t transport) {
  fixture_t *fixture = begin(transport);
  subscribe(fixture, 0, "a");
  subscribe(fixture, 2, "a");
  subscribe(fixture, 3, "b");
  assert_int_equal(publish(fixture, "a", "hello", 5), 2);
  assert_int_equal(publish(fixture, "c", "hello", 5), 0);
  expect(fixture->ends[0], "\x81\x05hello", 7);
  expect(fixture->ends[2], "\x81\x05hello", 7);
  expect_nothing(fixture->ends[1]);
  expect_nothing(fixture->ends[3]);
  assert_true(fixture->ends[0]->counters.queued == 7);
  assert_true(fixture->ends[0]->counters.written == 7);
  finish(fixture);
}

static void a_topic_reaches_its_subscribers_only(void **state) {
  (void)state;
  for (size_t t = 0; t < 3; t++) {
    reach_subscribers_only(transports[t]);
  }
}

static void a_broadcast_reaches_all_but_one(void **state) {
  (void)state;
  fixture_t *fixture = begin(UVWS_TRANSPORT_OWNED);
  assert_int_equal(uvws_hub_broadcast(fixture->hub,
                                      fixture->ends[3]->connection, text,
                                      uvws_slice("x", 1)),
                   MEMBERS - 1);
  for (size_t i = 0; i < MEMBERS; i++) {
    if (i == 3) {
      expect_nothing(fixture->ends[i]);
    } else {
      expect(fixture->ends[i], "\x81\x01x", 3);
    }
  }
  finish(fixture);
}

static void who_can_take_nothing_is_left_out(void **state) {
  (void)state;
  fixture_t *fixture = begin(UVWS_TRANSPORT_OWNED);
  uvws_outgoing_t half = {.opcode = UVWS_OPCODE_TEXT, .is_final = false};
  for (size_t i = 0; i < MEMBERS; i++) {
    subscribe(fixture, i, "a");
  }
  uvws_connection_terminate(fixture->ends[0]->connection);
  assert_int_equal(uvws_connection_close(fixture->ends[1]->connection, 1000,
                                         uvws_slice("", 0)),
                   UVWS_OK);
  assert_int_equal(uvws_connection_send(fixture->ends[2]->connection, half,
                                        uvws_slice("y", 1)),
                   UVWS_OK);
  peer_close(fixture->ends[3]);
  kit_send(fixture->ends[3], UVWS_OPCODE_TEXT, "lost", 4);
  uvws_connection_flush(fixture->ends[3]->connection);
  assert_true(fixture->ends[3]->connection->is_write_failed);
  assert_int_equal(publish(fixture, "a", "x", 1), 1);
  expect(fixture->ends[4], "\x81\x01x", 3);
  expect(fixture->ends[2], "\x01\x01y", 3);
  finish(fixture);
}

static void the_dead_leave_their_topics(void **state) {
  (void)state;
  fixture_t *fixture = begin(UVWS_TRANSPORT_OWNED);
  for (size_t i = 0; i < MEMBERS; i++) {
    subscribe(fixture, i, "a");
    uvws_connection_terminate(fixture->ends[i]->connection);
  }
  kit_run(fixture->kit, kit_is_closed, fixture->ends[MEMBERS - 1]);
  assert_int_equal((int)fixture->hub->totals.open, 0);
  assert_null(uvws_topics_next(&fixture->hub->topics, NULL));
  assert_int_equal(publish(fixture, "a", "x", 1), 0);
  finish(fixture);
}

/* Long ones are not copied for who takes them at once. */
static void a_long_message_is_kept_for_slow_readers_only(void **state) {
  (void)state;
  fixture_t *fixture = begin(UVWS_TRANSPORT_OWNED);
  const size_t len = 300000;
  uint8_t *bytes = calloc(1, len + 10);
  static const uint8_t header[10] = {0x81, 127, 0, 0, 0, 0, 0, 4, 0x93, 0xe0};
  for (size_t i = 0; i < MEMBERS; i++) {
    subscribe(fixture, i, "a");
  }
  assert_non_null(bytes);
  memcpy(bytes, header, sizeof(header));
  assert_int_equal(publish(fixture, "a", bytes + 10, len), MEMBERS);
  for (size_t i = 0; i < MEMBERS; i++) {
    uvws_connection_t *connection = fixture->ends[i]->connection;
    size_t kept = connection->out.len - connection->out_start;
    assert_true(fixture->ends[i]->counters.queued == (double)(len + 10));
    assert_true(fixture->ends[i]->counters.buffered == (double)kept);
    assert_true(kept > 0 && kept < len);
    expect(fixture->ends[i], bytes, len + 10);
  }
  free(bytes);
  finish(fixture);
}

/* ---- Compression ---- */

static void agree(kit_t *kit, uvws_compression_t *compression, int bits) {
  uvws_compression_options_t options = {
      .deflate = {.level = -1, .mem_level = 8, .window_bits = bits},
      .inflate_window_bits = 15,
      .deflate_takes_over = true,
      .threshold = 100};
  uvws_compression_init(compression, &kit->mem.mem, &options);
}

/* Inflates the payload of a frame whose length takes two bytes more; a context
 * that takes over is passed from one to the next. */
static void expect_inflated(z_stream *stream, const uint8_t *frame,
                            const char *payload, size_t len) {
  uint8_t out[4096];
  uint8_t in[4096];
  size_t deflated = (size_t)frame[2] << 8 | frame[3];
  assert_int_equal(frame[0], 0xc1);
  assert_int_equal(frame[1], 126);
  memcpy(in, frame + 4, deflated);
  memcpy(in + deflated, "\0\0\xff\xff", 4);
  stream->next_in = in;
  stream->avail_in = (unsigned)deflated + 4;
  stream->next_out = out;
  stream->avail_out = sizeof(out);
  assert_int_equal(inflate(stream, Z_SYNC_FLUSH), Z_OK);
  assert_int_equal(sizeof(out) - stream->avail_out, len);
  assert_memory_equal(out, payload, len);
}

static size_t take_frame(kit_end_t *end, uint8_t *frame) {
  peer_read(end, frame, 4);
  size_t len = (size_t)frame[2] << 8 | frame[3];
  peer_read(end, frame + 4, len);
  return len + 4;
}

/* Text that deflates to more than 125 bytes. */
static void fill(char *payload, size_t len) {
  uint32_t seed = 7;
  for (size_t i = 0; i < len; i++) {
    seed = seed * 1664525u + 1013904223u;
    payload[i] = (char)('a' + (seed >> 24) % 16);
  }
}

static void a_message_is_compressed_once_for_each_kind(void **state) {
  (void)state;
  fixture_t *fixture = begin(UVWS_TRANSPORT_OWNED);
  uvws_compression_t kinds[2];
  uvws_session_options_t options[2];
  z_stream streams[4];
  char payload[1000];
  uint8_t frames[4][2000];
  uvws_outgoing_t what = text;
  what.is_compressed = true;
  fill(payload, sizeof(payload));
  memset(streams, 0, sizeof(streams));
  for (int k = 0; k < 2; k++) {
    agree(fixture->kit, &kinds[k], k == 0 ? 15 : 9);
    options[k] = fixture->kit->options;
    options[k].receiver.compression = &kinds[k];
  }
  for (int i = 0; i < 4; i++) {
    uvws_session_set_options(&fixture->ends[i]->connection->session,
                             &options[i % 2]);
    assert_int_equal(inflateInit2(&streams[i], -15), Z_OK);
  }
  for (int round = 0; round < 3; round++) {
    assert_int_equal(uvws_connection_send(fixture->ends[0]->connection, what,
                                          uvws_slice(payload, sizeof(payload))),
                     UVWS_OK);
    assert_int_equal(uvws_hub_broadcast(fixture->hub, NULL, what,
                                        uvws_slice(payload, sizeof(payload))),
                     MEMBERS);
    (void)take_frame(fixture->ends[0], frames[0]);
    expect_inflated(&streams[0], frames[0], payload, sizeof(payload));
    for (int i = 0; i < 4; i++) {
      size_t len = take_frame(fixture->ends[i], frames[i]);
      assert_true(len < sizeof(payload));
      expect_inflated(&streams[i], frames[i], payload, sizeof(payload));
      assert_memory_equal(frames[i], frames[i % 2], len);
    }
    peer_read(fixture->ends[4], frames[0], 4 + sizeof(payload));
    assert_memory_equal(frames[0] + 4, payload, sizeof(payload));
  }
  /* Below the threshold. */
  assert_int_equal(
      uvws_hub_broadcast(fixture->hub, NULL, what, uvws_slice("x", 1)),
      MEMBERS);
  expect(fixture->ends[1], "\x81\x01x", 3);
  for (int i = 0; i < 4; i++) {
    (void)inflateEnd(&streams[i]);
  }
  disconnect_all(fixture);
  uvws_compression_deinit(&kinds[0]);
  uvws_compression_deinit(&kinds[1]);
  kit_free(fixture->kit);
  free(fixture);
}

/* ---- What happens meanwhile ---- */

/* A stream's output is the only thing that calls the owner. */
static void end_all(kit_end_t *end, kit_event_t event) {
  fixture_t *fixture = end->arg;
  if (event != KIT_OUTPUT) {
    return;
  }
  for (size_t i = 0; i < MEMBERS; i++) {
    if (fixture->ends[i]->connection != NULL) {
      uvws_connection_terminate(fixture->ends[i]->connection);
      uvws_hub_leave(fixture->ends[i]->connection);
    }
  }
}

static void all_may_end_as_output_is_written(void **state) {
  (void)state;
  fixture_t *fixture = begin(UVWS_TRANSPORT_STREAM);
  uint8_t *bytes = calloc(1, 2 * UVWS_FLUSH_AT);
  assert_non_null(bytes);
  for (size_t i = 0; i < MEMBERS; i++) {
    subscribe(fixture, i, "a");
    fixture->ends[i]->act = end_all;
    fixture->ends[i]->arg = fixture;
  }
  assert_int_equal(publish(fixture, "a", bytes, UVWS_FLUSH_AT), MEMBERS);
  assert_int_equal((int)fixture->hub->totals.open, 0);
  assert_int_equal(publish(fixture, "a", bytes, UVWS_FLUSH_AT), 0);
  free(bytes);
  finish(fixture);
}

/* Gives whether the allocation that was to fail was reached. */
static bool fail_once(uvws_transport_t transport, size_t fail_at, size_t len) {
  fixture_t *fixture = begin(transport);
  uint8_t *bytes = calloc(1, len);
  assert_non_null(bytes);
  for (size_t i = 0; i < MEMBERS; i++) {
    subscribe(fixture, i, "a");
  }
  fixture->kit->mem.calls = 0;
  fixture->kit->mem.fail_at = fail_at;
  size_t count = publish(fixture, "a", bytes, len);
  bool is_reached = fixture->kit->mem.calls >= fail_at;
  fixture->kit->mem.fail_at = 0;
  size_t alive = 0;
  for (size_t i = 0; i < MEMBERS; i++) {
    alive += fixture->ends[i]->connection->is_dead ? 0 : 1;
  }
  assert_int_equal(count, alive);
  assert_true(is_reached || count == MEMBERS);
  free(bytes);
  finish(fixture);
  return is_reached;
}

static void who_is_out_of_memory_ends_alone(void **state) {
  (void)state;
  static const size_t lengths[] = {100, 2000, 300000};
  for (size_t t = 0; t < 3; t++) {
    for (size_t i = 0; i < 3; i++) {
      size_t fail_at = 1;
      while (fail_once(transports[t], fail_at, lengths[i])) {
        assert_true(fail_at++ < 50);
      }
      assert_true(fail_at > 2);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_topic_reaches_its_subscribers_only),
      cmocka_unit_test(a_broadcast_reaches_all_but_one),
      cmocka_unit_test(who_can_take_nothing_is_left_out),
      cmocka_unit_test(the_dead_leave_their_topics),
      cmocka_unit_test(a_long_message_is_kept_for_slow_readers_only),
      cmocka_unit_test(a_message_is_compressed_once_for_each_kind),
      cmocka_unit_test(all_may_end_as_output_is_written),
      cmocka_unit_test(who_is_out_of_memory_ends_alone),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
