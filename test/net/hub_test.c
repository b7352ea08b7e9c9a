/* What a hub sends to its members: whom it reaches, what that looks like, and
 * what a member may do meanwhile. */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "members.h"
#include "net/backlog.h"

static const uvws_outgoing_t text = {.opcode = UVWS_OPCODE_TEXT,
                                     .is_final = true};

static void reach_subscribers_only(uvws_transport_t transport) {
  members_t *members = members_begin(transport, NULL);
  members_subscribe(members, 0, "a");
  members_subscribe(members, 2, "a");
  members_subscribe(members, 3, "b");
  assert_int_equal(members_publish(members, "a", "hello", 5), 2);
  assert_int_equal(members_publish(members, "c", "hello", 5), 0);
  members_expect(members->ends[0], "\x81\x05hello", 7);
  members_expect(members->ends[2], "\x81\x05hello", 7);
  members_expect_nothing(members->ends[1]);
  members_expect_nothing(members->ends[3]);
  assert_true(members->ends[0]->counters.queued == 7);
  assert_true(members->ends[0]->counters.written == 7);
  members_finish(members);
}

static void a_topic_reaches_its_subscribers_only(void **state) {
  (void)state;
  for (size_t t = 0; t < 3; t++) {
    reach_subscribers_only(members_transports[t]);
  }
}

static void a_broadcast_reaches_all_but_one(void **state) {
  (void)state;
  members_t *members = members_begin(UVWS_TRANSPORT_OWNED, NULL);
  assert_int_equal(uvws_hub_broadcast(members->hub,
                                      members->ends[3]->connection, text,
                                      uvws_slice("x", 1)),
                   MEMBERS - 1);
  for (size_t i = 0; i < MEMBERS; i++) {
    if (i == 3) {
      members_expect_nothing(members->ends[i]);
    } else {
      members_expect(members->ends[i], "\x81\x01x", 3);
    }
  }
  members_finish(members);
}

static void who_can_take_nothing_is_left_out(void **state) {
  (void)state;
  members_t *members = members_begin(UVWS_TRANSPORT_OWNED, NULL);
  uvws_outgoing_t half = {.opcode = UVWS_OPCODE_TEXT, .is_final = false};
  for (size_t i = 0; i < MEMBERS; i++) {
    members_subscribe(members, i, "a");
  }
  uvws_connection_terminate(members->ends[0]->connection);
  assert_int_equal(uvws_connection_close(members->ends[1]->connection, 1000,
                                         uvws_slice("", 0)),
                   UVWS_OK);
  assert_int_equal(uvws_connection_send(members->ends[2]->connection, half,
                                        uvws_slice("y", 1)),
                   UVWS_OK);
  peer_close(members->ends[3]);
  kit_send(members->ends[3], UVWS_OPCODE_TEXT, "lost", 4);
  uvws_connection_flush(members->ends[3]->connection);
  assert_true(members->ends[3]->connection->is_write_failed);
  assert_int_equal(members_publish(members, "a", "x", 1), 1);
  members_expect(members->ends[4], "\x81\x01x", 3);
  members_expect(members->ends[2], "\x01\x01y", 3);
  members_finish(members);
}

static void the_dead_leave_their_topics(void **state) {
  (void)state;
  members_t *members = members_begin(UVWS_TRANSPORT_OWNED, NULL);
  for (size_t i = 0; i < MEMBERS; i++) {
    members_subscribe(members, i, "a");
    uvws_connection_terminate(members->ends[i]->connection);
  }
  kit_run(members->kit, kit_is_closed, members->ends[MEMBERS - 1]);
  assert_int_equal((int)members->hub->totals.open, 0);
  assert_null(uvws_topics_next(&members->hub->topics, NULL));
  assert_int_equal(members_publish(members, "a", "x", 1), 0);
  members_finish(members);
}

/* Long ones are not copied for who takes them at once. */
static void a_long_message_is_kept_once_for_slow_readers(void **state) {
  (void)state;
  members_t *members = members_begin(UVWS_TRANSPORT_OWNED, NULL);
  const size_t len = 300000;
  uint8_t *bytes = calloc(1, len + 10);
  static const uint8_t header[10] = {0x81, 127, 0, 0, 0, 0, 0, 4, 0x93, 0xe0};
  for (size_t i = 0; i < MEMBERS; i++) {
    members_subscribe(members, i, "a");
  }
  assert_non_null(bytes);
  memcpy(bytes, header, sizeof(header));
  assert_int_equal(members_publish(members, "a", bytes + 10, len), MEMBERS);
  for (size_t i = 0; i < MEMBERS; i++) {
    size_t kept = uvws_backlog_len(members->ends[i]->connection);
    assert_true(members->ends[i]->counters.queued == (double)(len + 10));
    assert_true(members->ends[i]->counters.buffered == (double)kept);
    assert_true(kept > 0 && kept < len);
  }
  assert_non_null(members->kit->loop.kept);
  for (size_t i = 0; i < MEMBERS; i++) {
    members_expect(members->ends[i], bytes, len + 10);
    assert_null(members->ends[i]->connection->backlog);
  }
  assert_null(members->kit->loop.kept);
  free(bytes);
  members_finish(members);
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
  members_t *members = members_begin(UVWS_TRANSPORT_OWNED, NULL);
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
    agree(members->kit, &kinds[k], k == 0 ? 15 : 9);
    options[k] = members->kit->options;
    options[k].receiver.compression = &kinds[k];
  }
  for (int i = 0; i < 4; i++) {
    members_replace(members, (size_t)i, &options[i % 2]);
    assert_int_equal(inflateInit2(&streams[i], -15), Z_OK);
  }
  for (int round = 0; round < 3; round++) {
    assert_int_equal(uvws_connection_send(members->ends[0]->connection, what,
                                          uvws_slice(payload, sizeof(payload))),
                     UVWS_OK);
    assert_int_equal(uvws_hub_broadcast(members->hub, NULL, what,
                                        uvws_slice(payload, sizeof(payload))),
                     MEMBERS);
    (void)take_frame(members->ends[0], frames[0]);
    expect_inflated(&streams[0], frames[0], payload, sizeof(payload));
    for (int i = 0; i < 4; i++) {
      size_t len = take_frame(members->ends[i], frames[i]);
      assert_true(len < sizeof(payload));
      expect_inflated(&streams[i], frames[i], payload, sizeof(payload));
      assert_memory_equal(frames[i], frames[i % 2], len);
    }
    peer_read(members->ends[4], frames[0], 4 + sizeof(payload));
    assert_memory_equal(frames[0] + 4, payload, sizeof(payload));
  }
  /* Below the threshold. */
  assert_int_equal(
      uvws_hub_broadcast(members->hub, NULL, what, uvws_slice("x", 1)),
      MEMBERS);
  members_expect(members->ends[1], "\x81\x01x", 3);
  for (int i = 0; i < 4; i++) {
    (void)inflateEnd(&streams[i]);
  }
  members_disconnect(members);
  uvws_compression_deinit(&kinds[0]);
  uvws_compression_deinit(&kinds[1]);
  kit_free(members->kit);
  free(members);
}

/* ---- What happens meanwhile ---- */

/* A stream's output is the only thing that calls the owner. */
static void end_all(kit_end_t *end, kit_event_t event) {
  members_t *members = end->arg;
  if (event != KIT_OUTPUT) {
    return;
  }
  for (size_t i = 0; i < MEMBERS; i++) {
    if (members->ends[i]->connection != NULL) {
      uvws_connection_terminate(members->ends[i]->connection);
      uvws_hub_leave(members->ends[i]->connection);
    }
  }
}

static void all_may_end_as_output_is_written(void **state) {
  (void)state;
  members_t *members = members_begin(UVWS_TRANSPORT_STREAM, NULL);
  uint8_t *bytes = calloc(1, 2 * UVWS_FLUSH_AT);
  assert_non_null(bytes);
  for (size_t i = 0; i < MEMBERS; i++) {
    members_subscribe(members, i, "a");
    members->ends[i]->act = end_all;
    members->ends[i]->arg = members;
  }
  assert_int_equal(members_publish(members, "a", bytes, UVWS_FLUSH_AT),
                   MEMBERS);
  assert_int_equal((int)members->hub->totals.open, 0);
  assert_int_equal(members_publish(members, "a", bytes, UVWS_FLUSH_AT), 0);
  free(bytes);
  members_finish(members);
}

/* Gives whether the allocation that was to fail was reached. */
static bool fail_once(uvws_transport_t transport, size_t fail_at, size_t len) {
  members_t *members = members_begin(transport, NULL);
  uint8_t *bytes = calloc(1, len);
  assert_non_null(bytes);
  for (size_t i = 0; i < MEMBERS; i++) {
    members_subscribe(members, i, "a");
  }
  members->kit->mem.calls = 0;
  members->kit->mem.fail_at = fail_at;
  size_t count = members_publish(members, "a", bytes, len);
  bool is_reached = members->kit->mem.calls >= fail_at;
  members->kit->mem.fail_at = 0;
  size_t alive = 0;
  for (size_t i = 0; i < MEMBERS; i++) {
    alive += members->ends[i]->connection->is_dead ? 0 : 1;
  }
  assert_int_equal(count, alive);
  assert_true(is_reached || count == MEMBERS);
  free(bytes);
  members_finish(members);
  return is_reached;
}

static void who_is_out_of_memory_ends_alone(void **state) {
  (void)state;
  static const size_t lengths[] = {100, 2000, 300000};
  for (size_t t = 0; t < 3; t++) {
    for (size_t i = 0; i < 3; i++) {
      size_t fail_at = 1;
      while (fail_once(members_transports[t], fail_at, lengths[i])) {
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
      cmocka_unit_test(a_long_message_is_kept_once_for_slow_readers),
      cmocka_unit_test(a_message_is_compressed_once_for_each_kind),
      cmocka_unit_test(all_may_end_as_output_is_written),
      cmocka_unit_test(who_is_out_of_memory_ends_alone),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
