/* The memory of compression of connections that are silent. */
#include <stdlib.h>
#include <string.h>

#include "kit.h"
#include "payloads.h"

#define LEN ((size_t)3000)

typedef struct world {
  kit_t *kit;
  uvws_compression_t compression;
  uvws_deflater_t *deflater; /* the peer's */
  uint8_t *payload;
  kit_end_t *end;
  uint32_t until_sweep;
} world_t;

static const uvws_deflate_options_t deflate = {
    .level = 1, .mem_level = 8, .window_bits = 15};

static world_t *begin(kit_t *kit, bool takes_over, uvws_slice_t dictionary) {
  uvws_compression_options_t options = {.deflate = deflate,
                                        .inflate_window_bits = 15,
                                        .deflate_takes_over = takes_over,
                                        .inflate_takes_over = takes_over,
                                        .deflate_dictionary = dictionary};
  world_t *world = calloc(1, sizeof(*world));
  assert_non_null(world);
  world->kit = kit;
  uvws_compression_init(&world->compression, &kit->mem.mem, &options);
  world->deflater = uvws_deflater_new(&kit->mem.mem, &deflate);
  world->payload = payload_json(LEN, 5);
  kit->loop.rest.period_ms = 4;
  kit->options.receiver.compression = &world->compression;
  kit->options.receiver.is_server = false; /* the peer masks nothing */
  world->end = kit_connect(kit, UVWS_TRANSPORT_STREAM);
  return world;
}

static void end(world_t *world) {
  kit_disconnect(world->end);
  assert_true(uvws_list_is_empty(&world->kit->loop.rest.busy));
  uvws_compression_deinit(&world->compression);
  uvws_deflater_free(world->deflater);
  free(world->payload);
  free(world);
}

static void say(world_t *world, bool is_final) {
  world->payload[0]++; /* no two messages are the same */
  uvws_outgoing_t what = {.opcode = UVWS_OPCODE_TEXT,
                          .is_final = is_final,
                          .is_compressed = true,
                          .masking = UVWS_MASKING_NEVER};
  assert_int_equal(uvws_connection_send(world->end->connection, what,
                                        uvws_slice(world->payload, LEN)),
                   UVWS_OK);
}

/* The peer says a message, or a fragment of one. */
static void hear(world_t *world, uint8_t first) {
  const uvws_mem_t *mem = &world->kit->mem.mem;
  uvws_buffer_t out = uvws_buffer_empty();
  uint8_t header[UVWS_FRAME_HEADER_MAX];
  assert_int_equal(uvws_deflater_run(world->deflater,
                                     uvws_slice(world->payload, LEN),
                                     first >> 7, &out),
                   UVWS_OK);
  if (!world->compression.options.inflate_takes_over) {
    uvws_deflater_reset(world->deflater);
  }
  uvws_frame_t frame = {.payload_len = out.len,
                        .opcode = first & 15,
                        .is_final = first >> 7,
                        .rsv1 = (first >> 6) & 1};
  size_t len = uvws_frame_encode(&frame, header);
  uvws_connection_feed(world->end->connection, header, len);
  uvws_connection_feed(world->end->connection, out.data, out.len);
  uvws_buffer_deinit(&out, mem);
}

static bool is_resting(void *arg) {
  return uvws_list_is_empty(&((world_t *)arg)->kit->loop.rest.busy);
}

static void await_rest(world_t *world) {
  kit_run(world->kit, is_resting, world);
}

static bool is_swept(void *arg) {
  world_t *world = arg;
  return world->kit->loop.rest.sweep >= world->until_sweep;
}

/* While something is not at rest. */
static void await_sweeps(world_t *world, uint32_t count) {
  world->until_sweep = world->kit->loop.rest.sweep + count;
  kit_run(world->kit, is_swept, world);
}

static void contexts_are_freed_when_unused(void **state) {
  for (int takes_over = 0; takes_over < 2; takes_over++) {
    world_t *world = begin(*state, takes_over, uvws_slice(NULL, 0));
    for (int i = 0; i < 3; i++) {
      say(world, true);
      hear(world, 0xc1);
      /* No turn of the loop: it might find the deadline over. */
      uvws_loop_flush(&world->kit->loop);
      size_t busy = world->kit->mem.live;
      await_rest(world);
      assert_null(world->end->connection->session.deflater);
      assert_null(world->compression.deflater);
      /* Six blocks of the one context, two of the other, which keeps one that
       * may be referred to. */
      assert_true(world->kit->mem.live + 7 <= busy);
    }
    assert_int_equal(world->end->message_bytes, 3 * LEN);
    assert_int_equal(world->end->counts[KIT_FAILURE], 0);
    end(world);
  }
}

static void nothing_wakes_a_loop_whose_connections_rest(void **state) {
  world_t *world = begin(*state, true, uvws_slice(NULL, 0));
  say(world, true);
  await_rest(world);
  assert_true(uvws_list_is_empty(&world->kit->loop.deadlines));
  end(world);
}

static void contexts_are_kept_within_a_message(void **state) {
  world_t *world = begin(*state, true, uvws_slice(NULL, 0));
  say(world, false);
  hear(world, 0x41);
  await_sweeps(world, 4);
  assert_non_null(world->end->connection->session.deflater);
  say(world, true);
  hear(world, 0x80);
  assert_int_equal(world->end->message_bytes, 2 * LEN);
  await_rest(world);
  assert_null(world->end->connection->session.deflater);
  end(world);
}

static void one_that_began_with_a_dictionary_is_kept(void **state) {
  world_t *world = begin(*state, true, uvws_slice("words", 5));
  say(world, true);
  await_rest(world);
  assert_non_null(world->end->connection->session.deflater);
  end(world);
}

static void contexts_with_a_thread_are_left_alone(void **state) {
  kit_t *kit = *state;
  world_t *world = begin(kit, true, uvws_slice(NULL, 0));
  uvws_outgoing_t what = {.opcode = UVWS_OPCODE_TEXT,
                          .is_final = true,
                          .is_compressed = true,
                          .masking = UVWS_MASKING_NEVER};
  say(world, true);
  assert_int_equal(uvws_connection_deflate(world->end->connection, what,
                                           uvws_slice(world->payload, LEN)),
                   UVWS_OK);
  await_sweeps(world, 4); /* it is done by then, but not sent */
  assert_false(uvws_list_is_empty(&kit->loop.rest.busy));
  while (world->end->counts[KIT_DEFLATED] == 0) {
    kit_turn(kit, 1);
  }
  assert_int_equal(uvws_connection_send_deflated(world->end->connection),
                   UVWS_OK);
  await_rest(world);
  assert_null(world->end->connection->session.deflater);
  end(world);
}

/* More than are laid down at a time. */
static void many_are_laid_down_in_portions(void **state) {
  enum { COUNT = 600 };
  world_t *world = begin(*state, true, uvws_slice(NULL, 0));
  kit_end_t *own = world->end;
  kit_end_t *ends[COUNT];
  for (size_t i = 0; i < COUNT; i++) {
    ends[i] = world->end = kit_connect(*state, UVWS_TRANSPORT_STREAM);
    say(world, true);
  }
  await_rest(world);
  for (size_t i = 0; i < COUNT; i++) {
    assert_null(ends[i]->connection->session.deflater);
    kit_disconnect(ends[i]);
  }
  world->end = own;
  end(world);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      KIT_TEST(contexts_are_freed_when_unused),
      KIT_TEST(nothing_wakes_a_loop_whose_connections_rest),
      KIT_TEST(contexts_are_kept_within_a_message),
      KIT_TEST(one_that_began_with_a_dictionary_is_kept),
      KIT_TEST(many_are_laid_down_in_portions),
      KIT_TEST(contexts_with_a_thread_are_left_alone)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
