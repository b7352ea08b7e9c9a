/* What comes in: however the kernel cuts it, the same is reported. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "kit.h"

static const uvws_transport_t transports[] = {
    UVWS_TRANSPORT_OWNED, UVWS_TRANSPORT_PARKED, UVWS_TRANSPORT_STREAM};

static void reports_a_message_and_then_the_read(void **state) {
  kit_end_t *end = kit_connect(*state, UVWS_TRANSPORT_OWNED);
  peer_send(end, UVWS_OPCODE_TEXT, "hello");
  kit_turn(*state, 2);
  kit_assert_log(end, "message:hello read");
  assert_int_equal(end->counters.received, 11);
  kit_disconnect(end);
}

static void reports_all_of_one_read_before_the_read(void **state) {
  kit_end_t *end = kit_connect(*state, UVWS_TRANSPORT_OWNED);
  peer_send(end, UVWS_OPCODE_TEXT, "a");
  peer_send(end, UVWS_OPCODE_PING, "b");
  peer_send(end, UVWS_OPCODE_PONG, "c");
  peer_send(end, UVWS_OPCODE_CLOSE, "\x03\xe8");
  kit_turn(*state, 2);
  kit_assert_log(end, "message:a ping:b pong:c close:1000 read");
  kit_disconnect(end);
}

static void a_stream_is_fed_without_a_read(void **state) {
  kit_end_t *end = kit_connect(*state, UVWS_TRANSPORT_STREAM);
  peer_send(end, UVWS_OPCODE_TEXT, "hello");
  kit_assert_log(end, "message:hello");
  kit_disconnect(end);
}

/* Whatever the size of a read, the messages are the same. */
static void the_size_of_reads_does_not_matter(void **state) {
  for (size_t size = 1; size <= 24; size++) {
    kit_end_t *end = kit_connect(*state, UVWS_TRANSPORT_OWNED);
    fault.read_max = size;
    peer_send(end, UVWS_OPCODE_TEXT, "one");
    peer_send(end, UVWS_OPCODE_BINARY, "");
    peer_send(end, UVWS_OPCODE_PING, "two");
    kit_turn(*state, 30);
    assert_int_equal(end->counts[KIT_MESSAGE], 2);
    assert_int_equal(end->counts[KIT_PING], 1);
    assert_int_equal(end->counts[KIT_READ], (9 + 6 + 9 + size - 1) / size);
    assert_int_equal(end->counters.received, 24);
    fault_reset();
    kit_disconnect(end);
  }
}

static bool has_message(void *arg) {
  kit_end_t *end = arg;
  return end->counts[KIT_MESSAGE] > 0;
}

static bool is_written_out(kit_end_t *end, const uvws_buffer_t *bytes,
                           size_t *at) {
  size_t len = bytes->len - *at;
  if (len > 4000) {
    len = 4000;
  }
  if (len > 0) {
    peer_write(end, bytes->data + *at, len);
    *at += len;
  }
  return *at == bytes->len;
}

/* Payloads are received into the message itself, what is behind them into the
 * slab, which here is too small for either. */
static void a_message_may_be_longer_than_the_slab(void **state) {
  (void)state;
  kit_t *kit = kit_new(64);
  const size_t lens[] = {60, 64, 65, 125, 126, 5000, 65535, 65536, 300000};
  for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
    kit_end_t *end = kit_connect(kit, UVWS_TRANSPORT_OWNED);
    char *payload = calloc(1, lens[i]);
    uvws_buffer_t frame = peer_frame(end, UVWS_OPCODE_TEXT, payload, lens[i]);
    size_t at = 0;
    while (!is_written_out(end, &frame, &at)) {
      kit_turn(kit, 80);
    }
    peer_send(end, UVWS_OPCODE_PING, "behind");
    kit_run(kit, has_message, end);
    kit_turn(kit, 4);
    assert_int_equal(end->message_bytes, lens[i]);
    assert_int_equal(end->counts[KIT_PING], 1);
    assert_int_equal(end->counts[KIT_FAILURE], 0);
    assert_int_equal(end->counters.received, frame.len + 12);
    uvws_buffer_deinit(&frame, &kit->mem.mem);
    free(payload);
    kit_disconnect(end);
  }
  kit_free(kit);
}

static void nothing_to_read_after_all_is_no_event(void **state) {
  const int numbers[] = {EAGAIN, EWOULDBLOCK};
  for (size_t i = 0; i < 2; i++) {
    kit_end_t *end = kit_connect(*state, UVWS_TRANSPORT_OWNED);
    fault.on_read = (fault_errors_t){3, numbers[i]};
    peer_send(end, UVWS_OPCODE_TEXT, "x");
    kit_turn(*state, 5);
    kit_assert_log(end, "message:x read");
    kit_disconnect(end);
  }
}

static void a_failed_read_ends_it(void **state) {
  const int numbers[] = {ECONNRESET, ETIMEDOUT, ENOMEM, EHOSTUNREACH};
  for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
    kit_end_t *end = kit_connect(*state, UVWS_TRANSPORT_OWNED);
    fault.on_read = (fault_errors_t){1, numbers[i]};
    peer_send(end, UVWS_OPCODE_TEXT, "x");
    kit_run(*state, kit_is_closed, end);
    kit_assert_log(end, "closed");
    kit_disconnect(end);
  }
}

static void a_broken_peer_is_reported_once_and_then_ignored(void **state) {
  for (size_t i = 0; i < 3; i++) {
    kit_end_t *end = kit_connect(*state, transports[i]);
    peer_write(end, "\xff\x80zzzz", 6);
    peer_send(end, UVWS_OPCODE_TEXT, "x");
    kit_turn(*state, 2);
    assert_int_equal(end->counts[KIT_FAILURE], 1);
    assert_int_equal(end->counts[KIT_MESSAGE], 0);
    kit_disconnect(end);
  }
}

/* ---- Pausing ---- */

static void a_paused_connection_reads_nothing_until_resumed(void **state) {
  for (size_t i = 0; i < 2; i++) {
    kit_end_t *end = kit_connect(*state, transports[i]);
    uvws_connection_pause(end->connection);
    uvws_connection_pause(end->connection);
    peer_send(end, UVWS_OPCODE_TEXT, "x");
    kit_turn(*state, 3);
    assert_int_equal(end->counts[KIT_READ], 0);
    uvws_connection_resume(end->connection);
    kit_turn(*state, 1);
    kit_assert_log(end, "message:x read");
    kit_disconnect(end);
  }
}

static void pause_in_a_callback(kit_end_t *end, kit_event_t event) {
  if (event == KIT_MESSAGE) {
    uvws_connection_pause(end->connection);
  }
}

static void what_was_read_before_a_pause_still_comes(void **state) {
  kit_end_t *end = kit_connect(*state, UVWS_TRANSPORT_OWNED);
  end->act = pause_in_a_callback;
  peer_send(end, UVWS_OPCODE_TEXT, "a");
  peer_send(end, UVWS_OPCODE_TEXT, "b");
  kit_turn(*state, 2);
  kit_assert_log(end, "message:a message:b read");
  peer_send(end, UVWS_OPCODE_TEXT, "c");
  kit_turn(*state, 2);
  kit_assert_log(end, "");
  kit_disconnect(end);
}

static void a_paused_connection_can_write(void **state) {
  kit_end_t *end = kit_connect(*state, UVWS_TRANSPORT_OWNED);
  uvws_connection_pause(end->connection);
  kit_send(end, UVWS_OPCODE_TEXT, "x", 1);
  peer_expect(end, "\x81\x01x", 3);
  kit_disconnect(end);
}

/* Nothing but the connection's own descriptor keeps the loop alive. */
static void a_loop_with_a_connection_is_alive(void **state) {
  kit_t *kit = *state;
  for (size_t i = 0; i < 3; i++) {
    kit_end_t *end = kit_connect(kit, transports[i]);
    bool has_descriptor = transports[i] != UVWS_TRANSPORT_STREAM;
    assert_int_equal(uv_loop_alive(&kit->uv) != 0, has_descriptor);
    kit_disconnect(end);
    assert_int_equal(uv_loop_alive(&kit->uv), 0);
  }
}

static void what_cannot_be_watched_is_no_connection(void **state) {
  kit_t *kit = *state;
  int fds[2];
  kit_tcp_pair(fds);
  size_t live = kit->mem.live;
  fault.on_watch = (fault_errors_t){1, ENOSPC};
  kit_end_t *end = kit_connect_over(kit, UVWS_TRANSPORT_OWNED, fds[0], fds[1]);
  assert_null(end->connection);
  assert_int_equal(kit->mem.live, live);
  close(fds[0]); /* it is still the caller's */
  close(fds[1]);
  free(end);
}

/* A set that is full when reading is to go on would leave it deaf. */
static void what_cannot_be_watched_any_more_ends(void **state) {
  kit_end_t *end = kit_connect(*state, UVWS_TRANSPORT_OWNED);
  uvws_connection_pause(end->connection);
  fault.on_watch = (fault_errors_t){1, ENOMEM};
  uvws_connection_resume(end->connection);
  kit_run(*state, kit_is_closed, end);
  kit_disconnect(end);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      KIT_TEST(reports_a_message_and_then_the_read),
      KIT_TEST(reports_all_of_one_read_before_the_read),
      KIT_TEST(a_stream_is_fed_without_a_read),
      KIT_TEST(the_size_of_reads_does_not_matter),
      cmocka_unit_test(a_message_may_be_longer_than_the_slab),
      KIT_TEST(nothing_to_read_after_all_is_no_event),
      KIT_TEST(a_failed_read_ends_it),
      KIT_TEST(a_broken_peer_is_reported_once_and_then_ignored),
      KIT_TEST(a_paused_connection_reads_nothing_until_resumed),
      KIT_TEST(what_was_read_before_a_pause_still_comes),
      KIT_TEST(a_paused_connection_can_write),
      KIT_TEST(a_loop_with_a_connection_is_alive),
      KIT_TEST(what_cannot_be_watched_is_no_connection),
      KIT_TEST(what_cannot_be_watched_any_more_ends),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
