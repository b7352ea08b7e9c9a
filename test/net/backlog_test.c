/* What the kernel refuses of long messages, and what is sent to many in a row:
 * one copy for all who wait for it, written in order, freed behind the last. */
#include <stdlib.h>
#include <string.h>

#include "kit.h"
#include "net/backlog.h"

#define LEN 20000
#define ENDS 20

static uint8_t *make_bytes(uint8_t seed) {
  uint8_t *bytes = malloc(LEN);
  assert_non_null(bytes);
  for (size_t i = 0; i < LEN; i++) {
    bytes[i] = (uint8_t)(i / 7 * 31 + i + seed);
  }
  return bytes;
}

/* A connection whose kernel takes `max` bytes of each write. */
static kit_end_t *connect_slowly(kit_t *kit, size_t max) {
  kit_end_t *end = kit_connect(kit, UVWS_TRANSPORT_OWNED);
  fault.write_max = max;
  return end;
}

static void expect_long(kit_end_t *end, const uint8_t *bytes) {
  const uint8_t header[4] = {0x82, 126, LEN >> 8, LEN & 0xff};
  peer_expect(end, header, sizeof(header));
  peer_expect(end, bytes, LEN);
}

static void readers_of_one_message_share_a_copy(void **state) {
  kit_t *kit = *state;
  kit_end_t *ends[ENDS];
  uint8_t *bytes = make_bytes(1);
  size_t before;
  for (size_t i = 0; i < ENDS; i++) {
    ends[i] = connect_slowly(kit, 10);
  }
  before = kit->mem.live;
  for (size_t i = 0; i < ENDS; i++) {
    kit_send(ends[i], UVWS_OPCODE_BINARY, bytes, LEN);
    kit_send(ends[i], UVWS_OPCODE_BINARY, bytes, LEN);
    assert_true(ends[i]->connection->is_blocked);
    assert_true(ends[i]->counters.buffered == 2 * (LEN + 4) - 10);
  }
  /* The first rest, the whole of the second, a spare, and four small ones each.
   */
  assert_true(kit->mem.live - before <= 3 + 4 * ENDS);
  fault.write_max = 0;
  for (size_t i = 0; i < ENDS; i++) {
    expect_long(ends[i], bytes);
    expect_long(ends[i], bytes);
    assert_true(ends[i]->counters.buffered == 0);
    assert_null(ends[i]->connection->backlog);
  }
  assert_null(kit->loop.kept);
  for (size_t i = 0; i < ENDS; i++) {
    kit_disconnect(ends[i]);
  }
  free(bytes);
}

static void other_bytes_are_another_copy(void **state) {
  kit_end_t *one = connect_slowly(*state, 4);
  kit_end_t *other = connect_slowly(*state, 4);
  uint8_t *bytes[2] = {make_bytes(1), make_bytes(2)};
  kit_send(one, UVWS_OPCODE_BINARY, bytes[0], LEN);
  /* The application may use its memory again at once. */
  bytes[0][LEN - 1] ^= 1;
  kit_send(other, UVWS_OPCODE_BINARY, bytes[0], LEN);
  kit_send(other, UVWS_OPCODE_BINARY, bytes[1], LEN);
  kit_send(one, UVWS_OPCODE_BINARY, bytes[1], LEN);
  fault.write_max = 0;
  expect_long(other, bytes[0]);
  expect_long(other, bytes[1]);
  bytes[0][LEN - 1] ^= 1;
  expect_long(one, bytes[0]);
  expect_long(one, bytes[1]);
  kit_disconnect(one);
  kit_disconnect(other);
  free(bytes[0]);
  free(bytes[1]);
}

/* Short and long ones in turns, the kernel taking `max` bytes of each write. */
static void write_in_turns(kit_t *kit, size_t max) {
  kit_end_t *end = connect_slowly(kit, max);
  uint8_t *bytes = make_bytes(3);
  for (int i = 0; i < 20; i++) {
    kit_send(end, UVWS_OPCODE_PING, "12", 2);
    kit_send(end, UVWS_OPCODE_BINARY, bytes, LEN);
  }
  kit_send(end, UVWS_OPCODE_PONG, "3", 1);
  for (int i = 0; i < 20; i++) {
    peer_expect(end,
                "\x89\x02"
                "12",
                4);
    expect_long(end, bytes);
  }
  peer_expect(end,
              "\x8a\x01"
              "3",
              3);
  assert_true(end->counters.written == end->counters.queued);
  fault_reset();
  kit_disconnect(end);
  free(bytes);
}

static void order_is_kept_however_little_is_written(void **state) {
  const size_t maxima[] = {1000, 4095, LEN, LEN + 4, LEN + 8, 3 * LEN};
  for (size_t i = 0; i < 6; i++) {
    write_in_turns(*state, maxima[i]);
  }
}

static void who_ends_lets_go_of_it(void **state) {
  kit_t *kit = *state;
  kit_end_t *one = connect_slowly(kit, 4);
  kit_end_t *other = connect_slowly(kit, 4);
  uint8_t *bytes = make_bytes(4);
  kit_send(one, UVWS_OPCODE_BINARY, bytes, LEN);
  kit_send(other, UVWS_OPCODE_BINARY, bytes, LEN);
  kit_disconnect(one);
  assert_non_null(kit->loop.kept);
  fault.write_max = 0;
  expect_long(other, bytes);
  kit_disconnect(other);
  free(bytes);
}

/* ---- What is sent to many ---- */

#define SHORT_LEN 200

static void expect_short(kit_end_t *end, const uint8_t *bytes) {
  const uint8_t header[4] = {0x82, 126, 0, SHORT_LEN};
  peer_expect(end, header, sizeof(header));
  peer_expect(end, bytes, SHORT_LEN);
}

static void receivers_of_one_message_share_a_copy(void **state) {
  kit_t *kit = *state;
  kit_end_t *ends[ENDS];
  uint8_t *bytes = make_bytes(5);
  for (size_t i = 0; i < ENDS; i++) {
    ends[i] = kit_connect(kit, UVWS_TRANSPORT_OWNED);
  }
  size_t before = kit->mem.live;
  for (size_t i = 0; i < ENDS; i++) {
    kit_send(ends[i], UVWS_OPCODE_BINARY, bytes, SHORT_LEN);
  }
  /* A spare for the first, the copy, and two small ones each. */
  assert_true(kit->mem.live - before <= 2 + 2 * ENDS);
  assert_non_null(ends[1]->connection->backlog);
  assert_true(ends[1]->counters.queued == SHORT_LEN + 4);
  assert_true(ends[1]->counters.buffered == 0);
  uint8_t first = bytes[0];
  bytes[0] ^= 1; /* the application may */
  for (size_t i = 1; i < ENDS; i++) {
    kit_send(ends[i], UVWS_OPCODE_BINARY, bytes, SHORT_LEN);
  }
  bytes[0] = first;
  for (size_t i = 0; i < ENDS; i++) {
    expect_short(ends[i], bytes);
  }
  bytes[0] ^= 1;
  for (size_t i = 1; i < ENDS; i++) {
    expect_short(ends[i], bytes);
    assert_null(ends[i]->connection->backlog);
  }
  assert_null(kit->loop.kept);
  for (size_t i = 0; i < ENDS; i++) {
    kit_disconnect(ends[i]);
  }
  free(bytes);
}

/* However it is flagged, however much is written at once, and with what may
 * come between. */
static void send_to_two(kit_t *kit, uvws_transport_t transport, size_t max) {
  kit_end_t *one = kit_connect(kit, transport);
  kit_end_t *other = kit_connect(kit, transport);
  uint8_t *bytes = make_bytes(6);
  fault.write_max = max;
  for (int i = 0; i < 3; i++) {
    kit_send(one, UVWS_OPCODE_BINARY, bytes, SHORT_LEN);
    kit_send(other, UVWS_OPCODE_BINARY, bytes, SHORT_LEN);
    kit_send(other, UVWS_OPCODE_PING, "1", 1);
    kit_send(one, UVWS_OPCODE_BINARY, bytes, SHORT_LEN);
    kit_send(other, UVWS_OPCODE_TEXT, bytes, SHORT_LEN);
    kit_send(other, UVWS_OPCODE_BINARY, bytes, LEN);
    kit_send(one, UVWS_OPCODE_BINARY, bytes, LEN);
  }
  for (int i = 0; i < 3; i++) {
    expect_short(one, bytes);
    expect_short(one, bytes);
    expect_long(one, bytes);
    expect_short(other, bytes);
    peer_expect(other,
                "\x89\x01"
                "1",
                3);
    peer_expect(other, "\x81\x7e\0\xc8", 4);
    peer_expect(other, bytes, SHORT_LEN);
    expect_long(other, bytes);
  }
  assert_true(other->counters.written == other->counters.queued);
  assert_true(other->counters.buffered == 0);
  fault_reset();
  kit_disconnect(one);
  kit_disconnect(other);
  free(bytes);
}

static void order_is_kept_among_what_is_sent_to_many(void **state) {
  const size_t maxima[] = {0, 3, 100, 204, 1000, LEN};
  for (size_t i = 0; i < 6; i++) {
    send_to_two(*state, UVWS_TRANSPORT_OWNED, maxima[i]);
  }
}

static void however_many_there_are_they_go_at_once(void **state) {
  kit_t *kit = *state;
  kit_end_t *one = kit_connect(kit, UVWS_TRANSPORT_OWNED);
  kit_end_t *other = kit_connect(kit, UVWS_TRANSPORT_OWNED);
  uint8_t *bytes = make_bytes(7);
  for (size_t i = 0; i < 300; i++) {
    kit_send(one, UVWS_OPCODE_BINARY, bytes + i, SHORT_LEN);
    kit_send(other, UVWS_OPCODE_BINARY, bytes + i, SHORT_LEN);
  }
  uvws_loop_flush(&kit->loop);
  assert_true(other->counters.written == 300 * (SHORT_LEN + 4));
  assert_false(other->connection->is_blocked);
  for (size_t i = 0; i < 300; i++) {
    expect_short(one, bytes + i);
    expect_short(other, bytes + i);
  }
  kit_disconnect(one);
  kit_disconnect(other);
  free(bytes);
}

static void what_is_queued_before_the_end_goes_before_it(void **state) {
  kit_t *kit = *state;
  kit_end_t *one = kit_connect(kit, UVWS_TRANSPORT_OWNED);
  kit_end_t *other = kit_connect(kit, UVWS_TRANSPORT_OWNED);
  uint8_t *bytes = make_bytes(9);
  kit_send(one, UVWS_OPCODE_BINARY, bytes, SHORT_LEN);
  kit_send(other, UVWS_OPCODE_BINARY, bytes, SHORT_LEN);
  uvws_connection_end(other->connection);
  kit_send(other, UVWS_OPCODE_BINARY, bytes, LEN);
  expect_short(other, bytes);
  expect_long(other, bytes);
  assert_int_equal(peer_read_end(other), 0);
  kit_disconnect(one);
  kit_disconnect(other);
  free(bytes);
}

static void who_is_gone_lets_go_of_what_was_sent_to_many(void **state) {
  kit_t *kit = *state;
  kit_end_t *one = kit_connect(kit, UVWS_TRANSPORT_OWNED);
  kit_end_t *other = kit_connect(kit, UVWS_TRANSPORT_OWNED);
  uint8_t *bytes = make_bytes(8);
  kit_send(one, UVWS_OPCODE_BINARY, bytes, SHORT_LEN);
  kit_send(other, UVWS_OPCODE_BINARY, bytes, SHORT_LEN);
  assert_non_null(kit->loop.kept);
  uvws_connection_abandon(other->connection);
  kit_disconnect(other);
  assert_null(kit->loop.kept);
  expect_short(one, bytes);
  kit_disconnect(one);
  free(bytes);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      KIT_TEST(readers_of_one_message_share_a_copy),
      KIT_TEST(other_bytes_are_another_copy),
      KIT_TEST(order_is_kept_however_little_is_written),
      KIT_TEST(who_ends_lets_go_of_it),
      KIT_TEST(receivers_of_one_message_share_a_copy),
      KIT_TEST(order_is_kept_among_what_is_sent_to_many),
      KIT_TEST(however_many_there_are_they_go_at_once),
      KIT_TEST(what_is_queued_before_the_end_goes_before_it),
      KIT_TEST(who_is_gone_lets_go_of_what_was_sent_to_many),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
