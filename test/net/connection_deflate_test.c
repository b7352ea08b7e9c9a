/* Messages that a thread compresses, and what may happen meanwhile. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kit.h"
#include "payloads.h"

#define MESSAGE_LEN ((size_t)200000)

static const uvws_transport_t transports[] = {
    UVWS_TRANSPORT_OWNED, UVWS_TRANSPORT_PARKED, UVWS_TRANSPORT_STREAM};

static const uint8_t key[UVWS_MASK_KEY_LEN] = {1, 2, 3, 4};

static void draw_key(void *user, uint8_t drawn[UVWS_MASK_KEY_LEN]) {
  (void)user;
  memcpy(drawn, key, sizeof(key));
}

typedef struct world {
  kit_t *kit;
  uvws_compression_t compression;
  uvws_inflater_t *inflater; /* the peer's */
  uint8_t *payload;
} world_t;

static world_t *begin(kit_t *kit, bool takes_over) {
  uvws_compression_options_t options = {
      .deflate = {.level = 1, .mem_level = 8, .window_bits = 15},
      .inflate_window_bits = 15,
      .deflate_takes_over = takes_over,
      .inflate_takes_over = takes_over};
  world_t *world = calloc(1, sizeof(*world));
  assert_non_null(world);
  world->kit = kit;
  uvws_compression_init(&world->compression, &kit->mem.mem, &options);
  world->inflater = uvws_inflater_new(&kit->mem.mem, 15);
  world->payload = payload_json(MESSAGE_LEN, 5);
  kit->options.receiver.compression = &world->compression;
  kit->options.mask_source = draw_key;
  return world;
}

static void end(world_t *world) {
  uvws_compression_deinit(&world->compression);
  uvws_inflater_free(world->inflater);
  free(world->payload);
  free(world);
}

/* Begins a message; what follows is up to the end's `act`. */
static void deflate(world_t *world, kit_end_t *at, size_t len, bool is_final) {
  uvws_outgoing_t what = {
      .opcode = UVWS_OPCODE_TEXT, .is_final = is_final, .is_compressed = true};
  uvws_session_t *session = &at->connection->session;
  uint8_t *copy = support_copy(world->payload, len);
  assert_true(uvws_session_compresses(session, &what, len));
  assert_int_equal(
      uvws_connection_deflate(at->connection, what, uvws_slice(copy, len)),
      UVWS_OK);
  free(copy);
  assert_false(uvws_session_compresses(session, &what, len));
}

static void send_when_done(kit_end_t *at, kit_event_t event) {
  if (event == KIT_DEFLATED) {
    assert_int_equal(uvws_connection_send_deflated(at->connection), UVWS_OK);
    uvws_connection_flush(at->connection);
  }
}

static bool is_sent(void *arg) {
  return ((kit_end_t *)arg)->counts[KIT_DEFLATED] > 0;
}

static void receive(kit_end_t *at, uint8_t *into, size_t len) {
  if (at->fd >= 0) {
    peer_read(at, into, len);
    return;
  }
  assert_true(at->streamed.len >= len);
  memcpy(into, at->streamed.data, len);
  uvws_buffer_consume(&at->streamed, len);
}

/* Reads one frame and compares its payload, inflated. */
static void expect(world_t *world, kit_end_t *at, uint8_t first, size_t len,
                   bool is_final) {
  uvws_frame_t frame;
  uint8_t header[UVWS_FRAME_HEADER_MAX];
  uvws_buffer_t text = uvws_buffer_empty();
  receive(at, header, 2);
  uvws_frame_decode_start(&frame, header);
  receive(at, header + 2, uvws_frame_len_end(&frame) - 2);
  uvws_frame_decode_len(&frame, header);
  assert_int_equal(header[0], first);
  receive(at, header, frame.header_len - uvws_frame_len_end(&frame));
  uint8_t *payload = malloc(frame.payload_len);
  assert_non_null(payload);
  receive(at, payload, frame.payload_len);
  if (frame.is_masked) {
    assert_memory_equal(header, key, sizeof(key));
    uvws_mask(payload, payload, frame.payload_len, key, 0);
  }
  assert_int_equal(uvws_inflater_run(world->inflater,
                                     uvws_slice(payload, frame.payload_len),
                                     is_final, 0, &text),
                   UVWS_OK);
  assert_int_equal(text.len, len);
  assert_memory_equal(text.data, world->payload, len);
  uvws_buffer_deinit(&text, &world->kit->mem.mem);
  free(payload);
}

static void sends_what_a_thread_has_compressed(void **state) {
  for (size_t i = 0; i < 3; i++) {
    world_t *world = begin(*state, true);
    kit_end_t *at = kit_connect(*state, transports[i]);
    at->act = send_when_done;
    for (int messages = 0; messages < 3; messages++) {
      at->counts[KIT_DEFLATED] = 0;
      deflate(world, at, MESSAGE_LEN, true);
      kit_run(*state, is_sent, at);
      expect(world, at, 0xc1, MESSAGE_LEN, true);
    }
    assert_true(at->counters.queued == at->counters.written);
    kit_disconnect(at);
    end(world);
  }
}

static void masks_what_a_client_sends(void **state) {
  kit_t *kit = *state;
  world_t *world = begin(kit, true);
  kit_end_t *at = kit_connect(kit, UVWS_TRANSPORT_STREAM);
  uvws_outgoing_t what = {.opcode = UVWS_OPCODE_BINARY,
                          .is_final = true,
                          .is_compressed = true,
                          .masking = UVWS_MASKING_ALWAYS};
  at->act = send_when_done;
  assert_int_equal(
      uvws_connection_deflate(at->connection, what,
                              uvws_slice(world->payload, MESSAGE_LEN)),
      UVWS_OK);
  kit_run(kit, is_sent, at);
  expect(world, at, 0xc2, MESSAGE_LEN, true);
  kit_disconnect(at);
  end(world);
}

/* The context goes on through small messages and large ones, fragments too. */
static void takes_over_what_was_sent_at_once(void **state) {
  for (int takes_over = 0; takes_over < 2; takes_over++) {
    world_t *world = begin(*state, takes_over);
    kit_end_t *at = kit_connect(*state, UVWS_TRANSPORT_OWNED);
    uvws_outgoing_t what = {
        .opcode = UVWS_OPCODE_TEXT, .is_final = true, .is_compressed = true};
    at->act = send_when_done;
    assert_int_equal(uvws_connection_send(at->connection, what,
                                          uvws_slice(world->payload, 5000)),
                     UVWS_OK);
    expect(world, at, 0xc1, 5000, true);
    deflate(world, at, MESSAGE_LEN, false);
    kit_run(*state, is_sent, at);
    expect(world, at, 0x41, MESSAGE_LEN, false);
    what.opcode = UVWS_OPCODE_PING;
    assert_int_equal(
        uvws_connection_send(at->connection, what, uvws_slice("p", 1)),
        UVWS_OK);
    uvws_connection_flush(at->connection);
    peer_expect(at, "\x89\x01p", 3);
    at->counts[KIT_DEFLATED] = 0;
    deflate(world, at, MESSAGE_LEN / 2, true);
    kit_run(*state, is_sent, at);
    expect(world, at, 0x80, MESSAGE_LEN / 2, true);
    assert_int_equal(at->connection->session.deflater != NULL, takes_over);
    kit_disconnect(at);
    end(world);
  }
}

static void a_connection_that_dies_waits_for_no_thread(void **state) {
  for (size_t i = 0; i < 3; i++) {
    world_t *world = begin(*state, i % 2 == 0);
    kit_end_t *ends[20]; /* more than may run at a time */
    for (size_t n = 0; n < 20; n++) {
      ends[n] = kit_connect(*state, transports[i]);
      deflate(world, ends[n], MESSAGE_LEN, true);
    }
    for (size_t n = 0; n < 20; n++) {
      uvws_connection_terminate(ends[n]->connection);
    }
    for (size_t n = 0; n < 20; n++) {
      kit_run(*state, kit_is_closed, ends[n]);
      assert_int_equal(ends[n]->counts[KIT_DEFLATED], 0);
      if (transports[i] == UVWS_TRANSPORT_PARKED) {
        close(ends[n]->fd);
      }
      kit_disconnect(ends[n]);
    }
    kit_run_dry(*state);
    end(world);
  }
}

static void terminate(kit_end_t *at, kit_event_t event) {
  if (event == KIT_DEFLATED) {
    uvws_connection_terminate(at->connection);
  }
}

static void may_die_when_it_is_done(void **state) {
  world_t *world = begin(*state, true);
  kit_end_t *at = kit_connect(*state, UVWS_TRANSPORT_OWNED);
  at->act = terminate;
  deflate(world, at, MESSAGE_LEN, true);
  kit_run(*state, kit_is_closed, at);
  kit_assert_log(at, "deflated closed");
  kit_disconnect(at);
  end(world);
}

static void the_peer_may_go_meanwhile(void **state) {
  world_t *world = begin(*state, true);
  kit_end_t *at = kit_connect_tcp(*state, UVWS_TRANSPORT_OWNED);
  at->act = send_when_done;
  deflate(world, at, MESSAGE_LEN, true);
  peer_reset(at);
  kit_run(*state, kit_is_closed, at);
  kit_disconnect(at);
  kit_run_dry(*state);
  end(world);
}

/* ---- The same for many ---- */

enum { MANY = 6 };

typedef struct many {
  world_t *world;
  kit_end_t *ends[MANY];
} many_t;

static many_t begin_many(kit_t *kit, size_t history_max) {
  many_t many = {.world = begin(kit, true)};
  many.world->compression.options.history_max = history_max;
  for (int i = 0; i < MANY; i++) {
    many.ends[i] = kit_connect(kit, i % 2 == 0 ? UVWS_TRANSPORT_OWNED
                                               : UVWS_TRANSPORT_STREAM);
    many.ends[i]->act = send_when_done;
  }
  return many;
}

static void end_many(many_t *many) {
  kit_t *kit = many->world->kit;
  for (int i = 0; i < MANY; i++) {
    kit_disconnect(many->ends[i]);
  }
  kit_run_dry(kit);
  end(many->world);
}

static void deflate_by_all(many_t *many) {
  for (int i = 0; i < MANY; i++) {
    many->ends[i]->counts[KIT_DEFLATED] = 0;
    deflate(many->world, many->ends[i], MESSAGE_LEN, true);
  }
}

/* Each has a peer of its own, which has inflated nothing else. */
static void expect_at(many_t *many, int i, int messages) {
  kit_run(many->world->kit, is_sent, many->ends[i]);
  for (int count = 0; count < messages; count++) {
    expect(many->world, many->ends[i], 0xc1, MESSAGE_LEN, true);
  }
  uvws_inflater_reset(many->world->inflater);
}

/* The first has begun with its own context before others are known. */
static void compresses_once_for_all_the_others(void **state) {
  kit_t *kit = *state;
  for (size_t history_max = 0; history_max < 9000; history_max += 4096) {
    many_t many = begin_many(kit, history_max);
    for (int round = 0; round < 2; round++) {
      deflate_by_all(&many);
      assert_int_equal(kit->loop.jobs.running_count, 2);
      for (int i = 2; i < MANY; i++) {
        assert_ptr_equal(many.ends[i]->connection->compression->deflate_job,
                         many.ends[1]->connection->compression->deflate_job);
      }
      for (int i = 0; i < MANY; i++) {
        kit_run(kit, is_sent, many.ends[i]);
      }
      assert_null(kit->loop.last_deflate_job);
    }
    for (int i = 0; i < MANY; i++) {
      expect_at(&many, i, 2);
    }
    end_many(&many);
  }
}

static void shares_with_none_of_another_kind(void **state) {
  kit_t *kit = *state;
  many_t many = begin_many(kit, 4096);
  uvws_outgoing_t what = {
      .opcode = UVWS_OPCODE_TEXT, .is_final = true, .is_compressed = true};
  deflate(many.world, many.ends[0], MESSAGE_LEN, true);
  deflate(many.world, many.ends[1], MESSAGE_LEN - 1, true);
  assert_int_equal(kit->loop.jobs.running_count, 2);
  what.is_final = false;
  assert_int_equal(
      uvws_connection_deflate(many.ends[2]->connection, what,
                              uvws_slice(many.world->payload, MESSAGE_LEN - 1)),
      UVWS_OK);
  assert_int_equal(kit->loop.jobs.running_count, 3);
  for (int i = 0; i < 3; i++) {
    kit_run(kit, is_sent, many.ends[i]);
  }
  end_many(&many);
}

static void those_who_die_take_nothing_from_the_others(void **state) {
  kit_t *kit = *state;
  many_t many = begin_many(kit, 4096);
  deflate_by_all(&many);
  for (int i = 0; i < MANY - 1; i++) {
    uvws_connection_terminate(many.ends[i]->connection);
  }
  expect_at(&many, MANY - 1, 1);
  end_many(&many);
}

static many_t *victims;

/* The first one to be told ends all. */
static void end_all(kit_end_t *at, kit_event_t event) {
  (void)at;
  for (int i = 0; event == KIT_DEFLATED && i < MANY; i++) {
    if (victims->ends[i]->connection != NULL) {
      uvws_connection_terminate(victims->ends[i]->connection);
    }
  }
}

static void all_may_die_when_one_is_told(void **state) {
  kit_t *kit = *state;
  many_t many = begin_many(kit, 4096);
  victims = &many;
  deflate_by_all(&many);
  uvws_connection_terminate(many.ends[0]->connection);
  for (int i = 0; i < MANY; i++) {
    many.ends[i]->act = end_all;
  }
  for (int i = 0; i < MANY; i++) {
    kit_run(kit, kit_is_closed, many.ends[i]);
    assert_int_equal(many.ends[i]->counts[KIT_DEFLATED], i == 1);
  }
  end_many(&many);
}

static void a_canceled_job_ends_it(void **state) {
  kit_t *kit = *state;
  world_t *world = begin(kit, true);
  kit_end_t *at = kit_connect(kit, UVWS_TRANSPORT_STREAM);
  deflate(world, at, MESSAGE_LEN, true);
  uvws_jobs_cancel_all(&kit->loop.jobs);
  kit_run(kit, kit_is_closed, at);
  assert_int_equal(at->counts[KIT_DEFLATED], 0);
  kit_disconnect(at);
  end(world);
}

static void a_loop_may_end_meanwhile(void **state) {
  kit_t *kit = *state;
  world_t *world = begin(kit, true);
  kit_end_t *at = kit_connect(kit, UVWS_TRANSPORT_OWNED);
  deflate(world, at, MESSAGE_LEN, true);
  uvws_connection_abandon(at->connection);
  kit_close_loop(kit);
  kit_run_dry(kit);
  assert_true(kit->is_loop_closed);
  assert_null(at->connection);
  close(at->fd);
  kit_disconnect(at);
  end(world);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      KIT_TEST(sends_what_a_thread_has_compressed),
      KIT_TEST(masks_what_a_client_sends),
      KIT_TEST(takes_over_what_was_sent_at_once),
      KIT_TEST(a_connection_that_dies_waits_for_no_thread),
      KIT_TEST(may_die_when_it_is_done),
      KIT_TEST(the_peer_may_go_meanwhile),
      KIT_TEST(compresses_once_for_all_the_others),
      KIT_TEST(shares_with_none_of_another_kind),
      KIT_TEST(those_who_die_take_nothing_from_the_others),
      KIT_TEST(all_may_die_when_one_is_told),
      KIT_TEST(a_canceled_job_ends_it),
      KIT_TEST(a_loop_may_end_meanwhile)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
