/* What goes out: however little the kernel takes, all of it arrives in order;
 * the counters tell the truth all along. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "kit.h"

/* Bytes that tell where they stand. */
static uint8_t *make_pattern(size_t len) {
  uint8_t *bytes = malloc(len);
  assert_non_null(bytes);
  for (size_t i = 0; i < len; i++) {
    bytes[i] = (uint8_t)(i * 7 + i / 251);
  }
  return bytes;
}

static void make_small(int fd) {
  int size = 1; /* the kernel's minimum */
  assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)),
                   0);
}

static void assert_drained(const kit_end_t *end, size_t len) {
  assert_int_equal(end->counters.queued, len);
  assert_int_equal(end->counters.written, len);
  assert_int_equal(end->counters.buffered, 0);
  assert_false(end->connection->is_blocked);
}

/* Frames of one turn leave in one write. */
static void writes_a_turns_output_at_once(void **state) {
  kit_end_t *end = kit_connect(*state, UVWS_TRANSPORT_OWNED);
  for (int i = 0; i < 3; i++) {
    kit_send(end, UVWS_OPCODE_TEXT, "abc", 3);
  }
  assert_int_equal(fault.writes, 0);
  peer_expect_nothing(end);
  kit_turn(*state, 1);
  assert_int_equal(fault.writes, 1);
  peer_expect(end,
              "\x81\x03"
              "abc\x81\x03"
              "abc\x81\x03"
              "abc",
              15);
  assert_drained(end, 15);
  kit_disconnect(end);
}

static void a_flush_writes_now(void **state) {
  kit_end_t *end = kit_connect(*state, UVWS_TRANSPORT_OWNED);
  kit_send(end, UVWS_OPCODE_PING, "", 0);
  uvws_connection_flush(end->connection);
  assert_drained(end, 2);
  uvws_connection_flush(end->connection);
  assert_int_equal(fault.writes, 1);
  kit_disconnect(end);
}

static void an_immediate_loop_writes_as_it_queues(void **state) {
  kit_t *kit = *state;
  kit_end_t *end = kit_connect(kit, UVWS_TRANSPORT_OWNED);
  kit->loop.is_immediate = true;
  kit_send(end, UVWS_OPCODE_PING, "", 0);
  assert_drained(end, 2);
  kit_disconnect(end);
}

static void much_output_is_written_before_the_turn_ends(void **state) {
  kit_end_t *end = kit_connect(*state, UVWS_TRANSPORT_OWNED);
  uint8_t *bytes = make_pattern(1024);
  while (end->counters.queued < UVWS_FLUSH_AT) {
    assert_int_equal(fault.writes, 0);
    kit_send(end, UVWS_OPCODE_BINARY, bytes, 1024);
  }
  assert_int_equal(fault.writes, 1);
  free(bytes);
  kit_disconnect(end);
}

/* Three frames, the kernel taking `max` bytes of each write. */
static void write_in_pieces(kit_t *kit, size_t max, size_t len) {
  kit_end_t *end = kit_connect(kit, UVWS_TRANSPORT_OWNED);
  uint8_t *bytes = make_pattern(len);
  uint8_t *heard = malloc(len + 14);
  uint8_t header[4] = {0x82, 126, (uint8_t)(len >> 8), (uint8_t)len};
  fault.write_max = max;
  kit_send(end, UVWS_OPCODE_PING, "12", 2);
  kit_send(end, UVWS_OPCODE_BINARY, bytes, len);
  kit_send(end, UVWS_OPCODE_PONG, "34", 2);
  peer_read(end, heard, len + 12);
  assert_memory_equal(heard,
                      "\x89\x02"
                      "12",
                      4);
  assert_memory_equal(heard + 4, header, 4);
  assert_memory_equal(heard + 8, bytes, len);
  assert_memory_equal(heard + 8 + len,
                      "\x8a\x02"
                      "34",
                      4);
  kit_turn(kit, 1);
  assert_drained(end, len + 12);
  fault_reset();
  free(heard);
  free(bytes);
  kit_disconnect(end);
}

static void a_write_may_stop_at_each_byte(void **state) {
  for (size_t max = 1; max <= 140; max++) {
    write_in_pieces(*state, max, 126);
  }
}

static void a_long_payload_may_stop_at_each_byte(void **state) {
  const size_t len = UVWS_WRITE_THROUGH_AT;
  for (size_t max = 1; max <= 16; max++) {
    write_in_pieces(*state, max, len);
  }
  for (size_t max = 17; max < len + 14; max += 61) {
    write_in_pieces(*state, max, len);
  }
  for (size_t max = len - 4; max < len + 14; max++) {
    write_in_pieces(*state, max, len);
  }
}

static void what_the_kernel_refuses_waits(void **state) {
  const int numbers[] = {EAGAIN, EWOULDBLOCK, ENOBUFS, EINTR};
  const size_t lens[] = {5, UVWS_WRITE_THROUGH_AT};
  for (size_t i = 0; i < 8; i++) {
    size_t len = lens[i % 2];
    size_t all = len + (len < 126 ? 2 : 4);
    kit_end_t *end = kit_connect(*state, UVWS_TRANSPORT_OWNED);
    uint8_t *bytes = make_pattern(len);
    uint8_t *heard = malloc(all);
    fault.on_write = (fault_errors_t){1, numbers[i / 2]};
    kit_send(end, UVWS_OPCODE_BINARY, bytes, len);
    uvws_connection_flush(end->connection);
    bool is_refused = numbers[i / 2] != EINTR;
    assert_int_equal(end->counters.buffered, is_refused ? all : 0);
    peer_read(end, heard, all);
    assert_memory_equal(heard + all - len, bytes, len);
    assert_drained(end, all);
    free(heard);
    free(bytes);
    kit_disconnect(end);
  }
}

/* A peer that does not read, and then reads all of it. */
static void a_slow_peer_gets_all_of_it_in_order(void **state) {
  enum { FRAMES = 64 };
  const size_t lens[] = {1, 100, 126, 5000, 8192, 70000};
  for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
    size_t len = lens[i];
    size_t header = len < 126 ? 2 : len < 65536 ? 4 : 10;
    kit_end_t *end = kit_connect_tcp(*state, UVWS_TRANSPORT_OWNED);
    uint8_t *bytes = make_pattern(len);
    uint8_t *heard = malloc(header + len);
    make_small(end->fd);
    for (int j = 0; j < FRAMES; j++) {
      kit_send(end, UVWS_OPCODE_BINARY, bytes, len);
    }
    kit_turn(*state, 3);
    assert_int_equal(end->counters.queued, FRAMES * (header + len));
    if (end->connection->is_blocked) {
      assert_int_equal(end->counters.queued - end->counters.written,
                       end->counters.buffered);
    }
    for (int j = 0; j < FRAMES; j++) {
      peer_read(end, heard, header + len);
      assert_memory_equal(heard + header, bytes, len);
    }
    assert_drained(end, FRAMES * (header + len));
    assert_int_equal(end->connection->out.cap, 0);
    free(heard);
    free(bytes);
    kit_disconnect(end);
  }
}

/* A peer that reads as fast as we send but is always behind must not make the
 * output grow: what is written is given back. */
static void a_peer_that_is_always_behind_costs_no_more_memory(void **state) {
  enum { LEN = 1000, BEHIND = 20, ROUNDS = 2000 };
  kit_t *kit = *state;
  kit_end_t *end = kit_connect(kit, UVWS_TRANSPORT_OWNED);
  uint8_t *bytes = make_pattern(LEN);
  uint8_t heard[LEN + 4];
  fault.write_max = 1;
  for (int i = 0; i < BEHIND; i++) {
    kit_send(end, UVWS_OPCODE_BINARY, bytes, LEN);
  }
  uvws_connection_flush(end->connection);
  fault.write_max = LEN + 4;
  kit->mem.peak_size = 0;
  for (int i = 0; i < ROUNDS; i++) {
    kit_send(end, UVWS_OPCODE_BINARY, bytes, LEN);
    peer_read(end, heard, LEN + 4);
    assert_memory_equal(heard + 4, bytes, LEN);
    fault.write_max = 1;
    kit_send(end, UVWS_OPCODE_BINARY, bytes, LEN);
    fault.write_max = LEN + 4;
    peer_read(end, heard, LEN + 4);
  }
  assert_true(kit->mem.peak_size < 8 * BEHIND * LEN);
  free(bytes);
  kit_disconnect(end);
}

static void
telling_of_what_was_written_comes_after_a_refusal_only(void **state) {
  kit_end_t *end = kit_connect(*state, UVWS_TRANSPORT_OWNED);
  kit_send(end, UVWS_OPCODE_TEXT, "a", 1);
  kit_turn(*state, 2);
  kit_assert_log(end, "");
  fault.write_max = 2;
  kit_send(end, UVWS_OPCODE_TEXT, "a", 1);
  kit_turn(*state, 3);
  kit_assert_log(end, "written");
  kit_disconnect(end);
}

static void a_string_may_be_written_in_place(void **state) {
  kit_end_t *end = kit_connect(*state, UVWS_TRANSPORT_OWNED);
  uint8_t key[UVWS_MASK_KEY_LEN];
  uvws_outgoing_t what = {.opcode = UVWS_OPCODE_TEXT, .is_final = true};
  uint8_t *room = uvws_connection_prepare(end->connection, &what, key, 300);
  memcpy(room, "abc", 3);
  uvws_connection_commit(end->connection, &what, 300, 3);
  peer_expect(end,
              "\x81\x03"
              "abc",
              5);
  assert_drained(end, 5);
  kit_disconnect(end);
}

static void bytes_may_be_written_unframed(void **state) {
  kit_end_t *end = kit_connect(*state, UVWS_TRANSPORT_OWNED);
  kit_send(end, UVWS_OPCODE_PING, "", 0);
  assert_int_equal(uvws_connection_write(end->connection, uvws_slice("ab", 2),
                                         uvws_slice("c", 1)),
                   UVWS_OK);
  peer_expect(end,
              "\x89\x00"
              "abc",
              5);
  kit_disconnect(end);
}

/* ---- Holding ---- */

static void held_output_waits_for_each_release(void **state) {
  kit_end_t *end = kit_connect(*state, UVWS_TRANSPORT_PARKED);
  uvws_connection_hold(end->connection);
  uvws_connection_hold(end->connection);
  kit_send(end, UVWS_OPCODE_TEXT, "a", 1);
  uvws_connection_flush(end->connection);
  kit_turn(*state, 2);
  peer_expect_nothing(end);
  assert_int_equal(end->counters.buffered, 3);
  uvws_connection_release(end->connection);
  kit_turn(*state, 2);
  peer_expect_nothing(end);
  uvws_connection_release(end->connection);
  peer_expect(end,
              "\x81\x01"
              "a",
              3);
  assert_drained(end, 3);
  uvws_connection_release(end->connection); /* one too many does nothing */
  kit_disconnect(end);
}

static void many_holds_want_as_many_releases(void **state) {
  enum { HOLDS = 300 };
  kit_end_t *end = kit_connect(*state, UVWS_TRANSPORT_PARKED);
  for (int i = 0; i < HOLDS; i++) {
    uvws_connection_hold(end->connection);
  }
  kit_send(end, UVWS_OPCODE_TEXT, "a", 1);
  for (int i = 0; i < HOLDS; i++) {
    kit_turn(*state, 1);
    peer_expect_nothing(end);
    uvws_connection_release(end->connection);
  }
  peer_expect(end,
              "\x81\x01"
              "a",
              3);
  kit_disconnect(end);
}

/* The owner's own bytes are to follow what was queued when it held. */
static void refused_output_that_is_held_waits_too(void **state) {
  kit_end_t *end = kit_connect(*state, UVWS_TRANSPORT_PARKED);
  fault.on_write = (fault_errors_t){1, EAGAIN};
  kit_send(end, UVWS_OPCODE_TEXT, "a", 1);
  uvws_connection_flush(end->connection);
  uvws_connection_hold(end->connection);
  assert_int_equal(end->counters.buffered, 3);
  kit_turn(*state, 3);
  peer_expect_nothing(end);
  uvws_connection_release(end->connection);
  peer_expect(end,
              "\x81\x01"
              "a",
              3);
  assert_drained(end, 3);
  kit_disconnect(end);
}

static void held_output_may_be_long(void **state) {
  kit_end_t *end = kit_connect(*state, UVWS_TRANSPORT_PARKED);
  uint8_t *bytes = make_pattern(100000);
  uint8_t *heard = malloc(100010);
  uvws_connection_hold(end->connection);
  kit_send(end, UVWS_OPCODE_BINARY, bytes, 100000);
  kit_turn(*state, 2);
  assert_int_equal(fault.writes, 0);
  uvws_connection_release(end->connection);
  peer_read(end, heard, 100010);
  assert_memory_equal(heard + 10, bytes, 100000);
  free(heard);
  free(bytes);
  kit_disconnect(end);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      KIT_TEST(writes_a_turns_output_at_once),
      KIT_TEST(a_flush_writes_now),
      KIT_TEST(an_immediate_loop_writes_as_it_queues),
      KIT_TEST(much_output_is_written_before_the_turn_ends),
      KIT_TEST(a_write_may_stop_at_each_byte),
      KIT_TEST(a_long_payload_may_stop_at_each_byte),
      KIT_TEST(what_the_kernel_refuses_waits),
      KIT_TEST(a_slow_peer_gets_all_of_it_in_order),
      KIT_TEST(a_peer_that_is_always_behind_costs_no_more_memory),
      KIT_TEST(telling_of_what_was_written_comes_after_a_refusal_only),
      KIT_TEST(a_string_may_be_written_in_place),
      KIT_TEST(bytes_may_be_written_unframed),
      KIT_TEST(held_output_waits_for_each_release),
      KIT_TEST(many_holds_want_as_many_releases),
      KIT_TEST(refused_output_that_is_held_waits_too),
      KIT_TEST(held_output_may_be_long),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
