/* Messages that a thread inflates, and what may happen meanwhile. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kit.h"
#include "payloads.h"

#define MESSAGE_LEN ((size_t)600000)
#define AT_ONCE ((size_t)20000)
#define BOMB_LEN ((size_t)12 * 1024 * 1024)

static const uvws_transport_t transports[] = {
    UVWS_TRANSPORT_OWNED, UVWS_TRANSPORT_PARKED, UVWS_TRANSPORT_STREAM};

typedef struct world {
  kit_t *kit;
  uvws_compression_t compression;
  uvws_deflater_t *deflater; /* the peer's */
  uint8_t *payload;
  uvws_buffer_t wire; /* what the peer will say */
} world_t;

static world_t *begin(kit_t *kit) {
  uvws_deflate_options_t deflate = {
      .level = 1, .mem_level = 8, .window_bits = 15};
  uvws_compression_options_t options = {.deflate = deflate,
                                        .inflate_window_bits = 15,
                                        .deflate_takes_over = true,
                                        .inflate_takes_over = true};
  world_t *world = calloc(1, sizeof(*world));
  assert_non_null(world);
  world->kit = kit;
  uvws_compression_init(&world->compression, &kit->mem.mem, &options);
  world->deflater = uvws_deflater_new(&kit->mem.mem, &deflate);
  world->payload = payload_json(MESSAGE_LEN, 5);
  kit->options.receiver.compression = &world->compression;
  kit->options.receiver.inflate_at_once = AT_ONCE;
  kit->options.receiver.is_server = false; /* the peer masks nothing */
  return world;
}

static void end(world_t *world) {
  uvws_compression_deinit(&world->compression);
  uvws_deflater_free(world->deflater);
  uvws_buffer_deinit(&world->wire, &world->kit->mem.mem);
  free(world->payload);
  free(world);
}

/* Appends one frame to what the peer will say. */
static void say(world_t *world, uint8_t first, uvws_slice_t payload) {
  const uvws_mem_t *mem = &world->kit->mem.mem;
  uvws_frame_t frame = {.payload_len = payload.len,
                        .opcode = first & 15,
                        .is_final = first >> 7,
                        .rsv1 = (first >> 6) & 1};
  uint8_t header[UVWS_FRAME_HEADER_MAX];
  size_t len = uvws_frame_encode(&frame, header);
  assert_int_equal(
      uvws_buffer_append(&world->wire, mem, uvws_slice(header, len), SIZE_MAX),
      UVWS_OK);
  assert_int_equal(uvws_buffer_append(&world->wire, mem, payload, SIZE_MAX),
                   UVWS_OK);
}

static void say_compressed(world_t *world, uint8_t first, const uint8_t *text,
                           size_t len) {
  uvws_buffer_t out = uvws_buffer_empty();
  assert_int_equal(uvws_deflater_run(world->deflater, uvws_slice(text, len),
                                     first >> 7, &out),
                   UVWS_OK);
  say(world, first, uvws_slice(out.data, out.len));
  uvws_buffer_deinit(&out, &world->kit->mem.mem);
}

/* Says it in pieces, which a stream is fed and read at once. */
static void speak(world_t *world, kit_end_t *at, size_t piece) {
  uvws_buffer_t *wire = &world->wire;
  for (size_t from = 0; from < wire->len; from += piece) {
    size_t rest = wire->len - from;
    size_t len = rest < piece ? rest : piece;
    if (at->fd >= 0) {
      peer_write(at, wire->data + from, len);
      kit_turn(world->kit, 1);
    } else {
      uvws_connection_feed(at->connection, wire->data + from, len);
    }
  }
  wire->len = 0;
}

static bool has_ping(void *arg) {
  return ((kit_end_t *)arg)->counts[KIT_PING] > 0;
}

/* Forgets how often and in what pieces it was read. */
static void forget_reads(kit_end_t *at) {
  char *from;
  at->log[at->log_len] = '\0';
  while ((from = strstr(at->log, " read")) != NULL) {
    memmove(from, from + 5, strlen(from + 5) + 1);
  }
  at->log_len = strlen(at->log);
  while (strncmp(at->log, "read ", 5) == 0) {
    memmove(at->log, at->log + 5, at->log_len - 4);
    at->log_len -= 5;
  }
}

static void comes_in_order_with_what_stands_around_it(void **state) {
  static const size_t pieces[] = {1000, 30000, 1000000};
  for (size_t i = 0; i < 9; i++) {
    world_t *world = begin(*state);
    kit_end_t *at = kit_connect(*state, transports[i / 3]);
    say(world, 0x8a, uvws_slice("1", 1));
    say_compressed(world, 0xc1, world->payload, 60000);
    say(world, 0x8a, uvws_slice("2", 1));
    say_compressed(world, 0xc1, (const uint8_t *)"small", 5);
    say_compressed(world, 0xc2, world->payload, 50000);
    say(world, 0x82, uvws_slice("plain", 5));
    say(world, 0x89, uvws_slice("3", 1));
    speak(world, at, pieces[i % 3]);
    kit_run(*state, has_ping, at);
    forget_reads(at);
    assert_int_equal(at->message_bytes, 110010);
    assert_int_equal(at->counts[KIT_MESSAGE], 4);
    if (i % 3 == 2) {
      kit_assert_log(at, "pong:1 inflating:1 message pong:2 message:small "
                         "message message:plain ping:3 inflating:0");
    }
    kit_disconnect(at);
    end(world);
  }
}

static void what_is_not_long_is_inflated_at_once(void **state) {
  world_t *world = begin(*state);
  kit_end_t *at = kit_connect(*state, UVWS_TRANSPORT_OWNED);
  for (int i = 0; i < 5; i++) {
    say_compressed(world, 0xc1, world->payload, AT_ONCE / 2);
  }
  say(world, 0x89, uvws_slice("end", 3));
  speak(world, at, 1000);
  kit_run(*state, has_ping, at);
  assert_int_equal(at->counts[KIT_INFLATING], 0);
  assert_int_equal(at->message_bytes, 5 * AT_ONCE / 2);
  kit_disconnect(at);
  end(world);
}

static void fragments_are_inflated_one_by_one(void **state) {
  world_t *world = begin(*state);
  kit_end_t *at = kit_connect(*state, UVWS_TRANSPORT_OWNED);
  say_compressed(world, 0x41, world->payload, 200000);
  say(world, 0x8a, uvws_slice("1", 1));
  say_compressed(world, 0x00, world->payload, 200000);
  say_compressed(world, 0x80, world->payload, 200000);
  say(world, 0x89, uvws_slice("end", 3));
  speak(world, at, 50000);
  kit_run(*state, has_ping, at);
  assert_int_equal(at->message_bytes, MESSAGE_LEN);
  assert_int_equal(at->counts[KIT_MESSAGE], 1);
  assert_int_equal(at->counts[KIT_PONG], 1);
  kit_disconnect(at);
  end(world);
}

static bool has_failed(void *arg) {
  return ((kit_end_t *)arg)->counts[KIT_FAILURE] > 0;
}

static void a_bomb_stays_small(void **state) {
  kit_t *kit = *state;
  for (size_t i = 0; i < 3; i++) {
    world_t *world = begin(kit);
    uint8_t *zeros = calloc(1, BOMB_LEN);
    assert_non_null(zeros);
    kit->options.receiver.max_payload = 1024 * 1024;
    kit_end_t *at = kit_connect(kit, transports[i]);
    say_compressed(world, 0xc2, zeros, BOMB_LEN);
    free(zeros);
    kit->mem.peak_size = 0;
    speak(world, at, 1000000);
    kit_run(kit, has_failed, at);
    assert_true(kit->mem.peak_size <= 1024 * 1024 + 1);
    forget_reads(at);
    kit_assert_log(at, "inflating:1 failure:1009 inflating:0");
    kit->options.receiver.max_payload = 0;
    kit_disconnect(at);
    end(world);
  }
}

static void garbage_ends_it(void **state) {
  world_t *world = begin(*state);
  kit_end_t *at = kit_connect(*state, UVWS_TRANSPORT_OWNED);
  say_compressed(world, 0xc1, world->payload, MESSAGE_LEN);
  world->wire.data[world->wire.data[1] == 127 ? 10 : 4] = 0xff;
  speak(world, at, 1000000);
  kit_run(*state, has_failed, at);
  forget_reads(at);
  kit_assert_log(at, "inflating:1 failure:1007 inflating:0");
  kit_disconnect(at);
  end(world);
}

static void terminate_while_inflating(kit_end_t *at, kit_event_t event) {
  if (event == KIT_READ && at->counts[KIT_INFLATING] == 1) {
    uvws_connection_terminate(at->connection);
    assert_true(at->connection->is_dead);
  }
}

/* The owner hears all that came, and of the end behind it. */
static void what_came_is_told_before_the_end(void **state) {
  for (size_t i = 0; i < 3; i++) {
    world_t *world = begin(*state);
    kit_end_t *at = kit_connect(*state, transports[i]);
    at->act = terminate_while_inflating;
    say_compressed(world, 0xc1, world->payload, 60000);
    say(world, 0x81, uvws_slice("last", 4));
    speak(world, at, 1000000);
    terminate_while_inflating(at, KIT_READ);
    kit_run(*state, kit_is_closed, at);
    forget_reads(at);
    kit_assert_log(at, "inflating:1 message message:last inflating:0 closed");
    if (transports[i] == UVWS_TRANSPORT_PARKED) {
      close(at->fd);
    }
    kit_disconnect(at);
    end(world);
  }
}

static void the_end_of_a_stream_waits_too(void **state) {
  world_t *world = begin(*state);
  kit_end_t *at = kit_connect(*state, UVWS_TRANSPORT_STREAM);
  say_compressed(world, 0xc1, world->payload, MESSAGE_LEN);
  say(world, 0x89, uvws_slice("end", 3));
  speak(world, at, 1000000);
  uvws_connection_feed_end(at->connection);
  assert_int_equal(at->counts[KIT_END], 0);
  kit_run(*state, has_ping, at);
  forget_reads(at);
  kit_assert_log(at, "inflating:1 message ping:end inflating:0 end output");
  kit_disconnect(at);
  end(world);
}

static void terminate(kit_end_t *at, kit_event_t event) {
  if (event == KIT_READ && at->counts[KIT_MESSAGE] > 0) {
    uvws_connection_terminate(at->connection);
  }
}

static void may_die_when_it_is_told(void **state) {
  world_t *world = begin(*state);
  kit_end_t *at = kit_connect(*state, UVWS_TRANSPORT_OWNED);
  at->act = terminate;
  say_compressed(world, 0xc1, world->payload, MESSAGE_LEN);
  speak(world, at, 1000000);
  kit_run(*state, kit_is_closed, at);
  assert_int_equal(at->counts[KIT_MESSAGE], 1);
  kit_disconnect(at);
  end(world);
}

static void a_canceled_job_ends_it(void **state) {
  kit_t *kit = *state;
  world_t *world = begin(kit);
  kit_end_t *at = kit_connect(kit, UVWS_TRANSPORT_STREAM);
  say_compressed(world, 0xc1, world->payload, MESSAGE_LEN);
  speak(world, at, 1000000);
  uvws_jobs_cancel_all(&kit->loop.jobs);
  kit_run(kit, kit_is_closed, at);
  assert_true(uvws_list_is_empty(&kit->loop.rest.busy));
  assert_int_equal(at->counts[KIT_MESSAGE], 0);
  kit_disconnect(at);
  end(world);
}

/* What came is of no use to anybody then. */
static void a_loop_may_end_meanwhile(void **state) {
  kit_t *kit = *state;
  world_t *world = begin(kit);
  kit_end_t *at = kit_connect(kit, UVWS_TRANSPORT_STREAM);
  say_compressed(world, 0xc1, world->payload, MESSAGE_LEN);
  speak(world, at, 1000000);
  uvws_connection_abandon(at->connection);
  kit_close_loop(kit);
  kit_run_dry(kit);
  assert_true(kit->is_loop_closed);
  kit_assert_log(at, "inflating:1 closed");
  kit_disconnect(at);
  end(world);
}

/* Each allocation may fail: the connection ends, nothing leaks. */
static void survives_without_memory(void **state) {
  kit_t *kit = *state;
  for (size_t i = 1; i < 12; i++) {
    world_t *world = begin(kit);
    kit_end_t *at = kit_connect(kit, UVWS_TRANSPORT_STREAM);
    say_compressed(world, 0xc1, world->payload, 60000);
    say_compressed(world, 0xc1, world->payload, 60000);
    kit->mem.fail_at = kit->mem.calls + i;
    speak(world, at, 30000);
    while (!uvws_jobs_are_idle(&kit->loop.jobs)) {
      kit_turn(kit, 1);
    }
    kit->mem.fail_at = 0;
    kit_disconnect(at);
    end(world);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      KIT_TEST(comes_in_order_with_what_stands_around_it),
      KIT_TEST(what_is_not_long_is_inflated_at_once),
      KIT_TEST(fragments_are_inflated_one_by_one),
      KIT_TEST(a_bomb_stays_small),
      KIT_TEST(garbage_ends_it),
      KIT_TEST(what_came_is_told_before_the_end),
      KIT_TEST(the_end_of_a_stream_waits_too),
      KIT_TEST(may_die_when_it_is_told),
      KIT_TEST(a_canceled_job_ends_it),
      KIT_TEST(a_loop_may_end_meanwhile),
      KIT_TEST(survives_without_memory)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
