/* The ends of connections, clean and not. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kit.h"

static const uvws_transport_t transports[] = {
    UVWS_TRANSPORT_OWNED, UVWS_TRANSPORT_PARKED, UVWS_TRANSPORT_STREAM};

static const char close_frame[] = "\x88\x02\x03\xe8";

static void close_now(kit_end_t *end) {
  assert_int_equal(
      uvws_connection_close(end->connection, 1000, uvws_slice("", 0)), UVWS_OK);
}

/* What lib does with a close frame: answers and concludes. */
static void answer_close(kit_end_t *end, kit_event_t event) {
  if (event == KIT_CLOSE) {
    uvws_connection_conclude(end->connection);
    close_now(end);
  }
}

/* ---- The closing handshake ---- */

static void a_close_of_the_peer_is_answered_and_ended(void **state) {
  for (size_t i = 0; i < 2; i++) {
    kit_end_t *end = kit_connect(*state, transports[i]);
    end->act = answer_close;
    peer_send(end, UVWS_OPCODE_CLOSE, "\x03\xe8");
    peer_expect(end, close_frame, 4);
    assert_int_equal(peer_read_end(end), 0);
    kit_assert_log(end, "close:1000 read");
    peer_close(end);
    kit_run(*state, kit_is_closed, end);
    kit_assert_log(end, "end read closed");
    if (transports[i] == UVWS_TRANSPORT_PARKED) {
      close(end->fd);
    }
    kit_disconnect(end);
  }
}

static void a_close_of_ours_waits_for_the_peers(void **state) {
  kit_end_t *end = kit_connect(*state, UVWS_TRANSPORT_OWNED);
  end->act = answer_close;
  close_now(end);
  close_now(end);
  peer_expect(end, close_frame, 4);
  kit_turn(*state, 3);
  peer_expect_nothing(end); /* not ended yet */
  peer_send(end, UVWS_OPCODE_CLOSE, "\x03\xe8");
  assert_int_equal(peer_read_end(end), 0);
  peer_close(end);
  kit_run(*state, kit_is_closed, end);
  kit_disconnect(end);
}

static void data_behind_a_close_is_ignored(void **state) {
  kit_end_t *end = kit_connect(*state, UVWS_TRANSPORT_OWNED);
  end->act = answer_close;
  peer_send(end, UVWS_OPCODE_CLOSE, "\x03\xe8");
  peer_send(end, UVWS_OPCODE_TEXT, "x");
  peer_write(end, "\xff\xff\xff", 3);
  kit_turn(*state, 3);
  kit_assert_log(end, "close:1000 read");
  kit_disconnect(end);
}

static void on_stream_close_both_ends_are_told(void **state) {
  kit_end_t *end = kit_connect(*state, UVWS_TRANSPORT_STREAM);
  end->act = answer_close;
  peer_send(end, UVWS_OPCODE_CLOSE, "\x03\xe8");
  kit_turn(*state, 1);
  assert_int_equal(end->streamed.len, 4);
  assert_memory_equal(end->streamed.data, close_frame, 4);
  assert_true(end->is_stream_ended);
  kit_disconnect(end);
}

static void
a_silent_peer_is_ended_when_the_close_timeout_is_over(void **state) {
  kit_t *kit = *state;
  for (size_t i = 0; i < 3; i++) {
    kit->options.close_timeout_ms = 20;
    kit_end_t *end = kit_connect(kit, transports[i]);
    close_now(end);
    kit_run(kit, kit_is_closed, end);
    assert_int_equal(end->counts[KIT_READ], 0);
    if (transports[i] == UVWS_TRANSPORT_PARKED) {
      close(end->fd);
    }
    kit_disconnect(end);
  }
}

static void a_peer_that_does_not_read_is_ended_too(void **state) {
  kit_t *kit = *state;
  char *bytes = calloc(1, 1 << 20);
  kit->options.close_timeout_ms = 20;
  kit_end_t *end = kit_connect_tcp(kit, UVWS_TRANSPORT_OWNED);
  for (int i = 0; i < 16; i++) {
    kit_send(end, UVWS_OPCODE_BINARY, bytes, 1 << 20);
  }
  close_now(end);
  kit_run(kit, kit_is_closed, end);
  free(bytes);
  kit_disconnect(end);
}

/* ---- Half-open connections ---- */

static void a_fin_ends_both_sides_behind_the_output(void **state) {
  for (size_t i = 0; i < 2; i++) {
    kit_end_t *end = kit_connect(*state, transports[i]);
    kit_send(end, UVWS_OPCODE_TEXT, "a", 1);
    assert_int_equal(shutdown(end->peer, SHUT_WR), 0);
    peer_expect(end,
                "\x81\x01"
                "a",
                3);
    kit_run(*state, kit_is_closed, end);
    kit_assert_log(end, "end read closed");
    assert_int_equal(peer_read_end(end), 0);
    if (transports[i] == UVWS_TRANSPORT_PARKED) {
      close(end->fd); /* it was ours to end, not to close */
    }
    kit_disconnect(end);
  }
}

static void a_fin_lets_refused_output_out_first(void **state) {
  kit_end_t *end = kit_connect_tcp(*state, UVWS_TRANSPORT_OWNED);
  enum { LEN = 16 << 20 };
  uint8_t *bytes = calloc(1, LEN);
  kit_send(end, UVWS_OPCODE_BINARY, bytes, LEN);
  assert_true(end->connection->is_blocked);
  assert_int_equal(shutdown(end->peer, SHUT_WR), 0);
  kit_turn(*state, 5);
  assert_int_equal(end->counts[KIT_END], 1);
  assert_non_null(end->connection);
  for (int i = 0; i < LEN / (1 << 20); i++) {
    peer_read(end, bytes, 1 << 20);
  }
  peer_read(end, bytes, 10);
  assert_int_equal(peer_read_end(end), 0);
  kit_run(*state, kit_is_closed, end);
  free(bytes);
  kit_disconnect(end);
}

static void an_ended_side_still_reads(void **state) {
  kit_end_t *end = kit_connect(*state, UVWS_TRANSPORT_OWNED);
  kit_send(end, UVWS_OPCODE_TEXT, "a", 1);
  uvws_connection_end(end->connection);
  uvws_connection_end(end->connection);
  peer_expect(end,
              "\x81\x01"
              "a",
              3);
  assert_int_equal(peer_read_end(end), 0);
  peer_send(end, UVWS_OPCODE_TEXT, "b");
  kit_turn(*state, 2);
  kit_assert_log(end, "message:b read");
  peer_close(end);
  kit_run(*state, kit_is_closed, end);
  kit_disconnect(end);
}

/* A payload that is written through must not forget the end. */
static void an_end_is_not_lost_to_a_long_payload(void **state) {
  kit_end_t *end = kit_connect(*state, UVWS_TRANSPORT_OWNED);
  uint8_t *bytes = calloc(1, UVWS_WRITE_THROUGH_AT + 4);
  uvws_connection_end(end->connection);
  kit_send(end, UVWS_OPCODE_BINARY, bytes, UVWS_WRITE_THROUGH_AT);
  peer_read(end, bytes, UVWS_WRITE_THROUGH_AT + 4);
  assert_int_equal(peer_read_end(end), 0);
  free(bytes);
  kit_disconnect(end);
}

static void a_stream_that_ends_is_ended_behind_the_output(void **state) {
  kit_end_t *end = kit_connect(*state, UVWS_TRANSPORT_STREAM);
  kit_send(end, UVWS_OPCODE_TEXT, "a", 1);
  uvws_connection_feed_end(end->connection);
  kit_turn(*state, 1);
  kit_assert_log(end, "end output:\x81\x01"
                      "a");
  assert_true(end->is_stream_ended);
  kit_disconnect(end);
}

/* ---- Broken connections ---- */

static void a_reset_ends_it(void **state) {
  for (size_t i = 0; i < 2; i++) {
    kit_end_t *end = kit_connect_tcp(*state, transports[i]);
    peer_reset(end);
    kit_run(*state, kit_is_closed, end);
    kit_assert_log(end, "closed");
    if (transports[i] == UVWS_TRANSPORT_PARKED) {
      close(end->fd);
    }
    kit_disconnect(end);
  }
}

static void a_reset_with_unread_messages_ends_it(void **state) {
  kit_end_t *end = kit_connect_tcp(*state, UVWS_TRANSPORT_OWNED);
  peer_send(end, UVWS_OPCODE_TEXT, "a");
  peer_reset(end);
  kit_run(*state, kit_is_closed, end);
  kit_disconnect(end);
}

static void a_reset_with_output_outstanding_ends_it(void **state) {
  enum { LEN = 8 << 20 };
  uint8_t *bytes = calloc(1, LEN);
  for (int is_paused = 0; is_paused < 2; is_paused++) {
    kit_end_t *end = kit_connect_tcp(*state, UVWS_TRANSPORT_OWNED);
    if (is_paused) {
      uvws_connection_pause(end->connection);
    }
    kit_send(end, UVWS_OPCODE_BINARY, bytes, LEN);
    peer_reset(end);
    kit_run(*state, kit_is_closed, end);
    assert_int_equal(end->counters.buffered, 0);
    kit_disconnect(end);
  }
  free(bytes);
}

/* The write fails first; what the peer said before must still be heard. */
static void what_came_before_a_failed_write_is_still_read(void **state) {
  const int numbers[] = {EPIPE, ECONNRESET};
  for (size_t i = 0; i < 2; i++) {
    kit_end_t *end = kit_connect(*state, UVWS_TRANSPORT_OWNED);
    peer_send(end, UVWS_OPCODE_TEXT, "a");
    peer_close(end);
    fault.on_write = (fault_errors_t){1, numbers[i]};
    kit_send(end, UVWS_OPCODE_TEXT, "x", 1);
    uvws_connection_flush(end->connection);
    kit_send(end, UVWS_OPCODE_TEXT, "y", 1);
    kit_run(*state, kit_is_closed, end);
    kit_assert_log(end, "message:a read end read closed");
    assert_int_equal(end->counters.written, 0);
    kit_disconnect(end);
  }
}

static void a_failed_write_ends_what_does_not_read(void **state) {
  const size_t lens[] = {1, UVWS_WRITE_THROUGH_AT};
  char *bytes = calloc(1, UVWS_WRITE_THROUGH_AT);
  for (size_t i = 0; i < 2; i++) {
    kit_end_t *end = kit_connect(*state, UVWS_TRANSPORT_OWNED);
    uvws_connection_pause(end->connection);
    fault.on_write = (fault_errors_t){1, EPIPE};
    kit_send(end, UVWS_OPCODE_BINARY, bytes, lens[i]);
    kit_run(*state, kit_is_closed, end);
    assert_int_equal(end->counters.buffered, 0);
    kit_disconnect(end);
  }
  free(bytes);
}

/* Nothing would ever tell a connection that pauses now that it is broken. */
static void pausing_after_a_failed_write_ends_it(void **state) {
  kit_end_t *end = kit_connect(*state, UVWS_TRANSPORT_OWNED);
  fault.on_write = (fault_errors_t){1, EPIPE};
  kit_send(end, UVWS_OPCODE_TEXT, "x", 1);
  uvws_connection_flush(end->connection);
  uvws_connection_pause(end->connection);
  kit_run(*state, kit_is_closed, end);
  kit_disconnect(end);
}

/* The close frame's own write finds the peer gone. */
static void a_close_that_cannot_be_written_leaves_no_deadline(void **state) {
  kit_t *kit = *state;
  kit_end_t *end = kit_connect(kit, UVWS_TRANSPORT_OWNED);
  kit->loop.is_immediate = true;
  uvws_connection_pause(end->connection);
  fault.on_write = (fault_errors_t){1, EPIPE};
  close_now(end);
  assert_true(end->connection->is_dead);
  uvws_deadline_stop(&kit->loop.age_deadline);
  assert_true(uvws_list_is_empty(&kit->loop.deadlines));
  kit_run(kit, kit_is_closed, end);
  kit_disconnect(end);
}

/* ---- Terminating ---- */

static void terminating_writes_what_the_kernel_takes(void **state) {
  for (size_t i = 0; i < 2; i++) {
    kit_end_t *end = kit_connect(*state, transports[i]);
    kit_send(end, UVWS_OPCODE_TEXT, "a", 1);
    uvws_connection_terminate(end->connection);
    uvws_connection_terminate(end->connection);
    kit_run(*state, kit_is_closed, end);
    kit_assert_log(end, "closed");
    peer_expect(end,
                "\x81\x01"
                "a",
                3);
    if (transports[i] == UVWS_TRANSPORT_PARKED) {
      peer_expect_nothing(end);
      close(end->fd);
    }
    assert_int_equal(peer_read_end(end), 0);
    kit_disconnect(end);
  }
}

/* Whatever is still called between the end and on_closed does nothing. */
static void use_dead(uvws_connection_t *connection) {
  uint8_t byte = 0x80;
  uvws_outgoing_t what = {.opcode = UVWS_OPCODE_TEXT, .is_final = true};
  uvws_slice_t text = uvws_slice("x", 1);
  assert_int_equal(uvws_connection_send(connection, what, text), UVWS_OK);
  assert_int_equal(uvws_connection_write(connection, text, text), UVWS_OK);
  assert_int_equal(uvws_connection_close(connection, 1000, text), UVWS_OK);
  uvws_connection_conclude(connection);
  uvws_connection_end(connection);
  uvws_connection_hold(connection);
  uvws_connection_release(connection);
  uvws_connection_pause(connection);
  uvws_connection_resume(connection);
  uvws_connection_flush(connection);
  uvws_connection_feed(connection, &byte, 1);
  uvws_connection_feed_end(connection);
  uvws_connection_terminate(connection);
  uvws_connection_abandon(connection);
  assert_true(connection->is_dead);
  assert_true(uvws_list_is_empty(&connection->dirty));
}

static void use_when_closed(kit_end_t *end, kit_event_t event) {
  if (event == KIT_CLOSED) {
    use_dead(end->connection);
  }
}

static void the_dead_may_be_used_until_they_are_freed(void **state) {
  for (size_t i = 0; i < 3; i++) {
    kit_end_t *end = kit_connect(*state, transports[i]);
    end->act = use_when_closed;
    uvws_connection_terminate(end->connection);
    use_dead(end->connection);
    kit_run(*state, kit_is_closed, end);
    if (transports[i] == UVWS_TRANSPORT_PARKED) {
      close(end->fd);
    }
    kit_disconnect(end);
  }
}

static void use_the_other(kit_end_t *end, kit_event_t event) {
  kit_end_t *other = end->arg;
  if (event == KIT_CLOSED && other->connection != NULL) {
    use_dead(other->connection);
  }
}

static void two_that_die_together_may_use_each_other(void **state) {
  kit_end_t *one = kit_connect(*state, UVWS_TRANSPORT_OWNED);
  kit_end_t *two = kit_connect(*state, UVWS_TRANSPORT_OWNED);
  one->act = use_the_other;
  one->arg = two;
  two->act = use_the_other;
  two->arg = one;
  uvws_connection_terminate(one->connection);
  uvws_connection_terminate(two->connection);
  kit_run(*state, kit_is_closed, one);
  kit_run(*state, kit_is_closed, two);
  kit_disconnect(one);
  kit_disconnect(two);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      KIT_TEST(a_close_of_the_peer_is_answered_and_ended),
      KIT_TEST(a_close_of_ours_waits_for_the_peers),
      KIT_TEST(data_behind_a_close_is_ignored),
      KIT_TEST(on_stream_close_both_ends_are_told),
      KIT_TEST(a_silent_peer_is_ended_when_the_close_timeout_is_over),
      KIT_TEST(a_peer_that_does_not_read_is_ended_too),
      KIT_TEST(a_fin_ends_both_sides_behind_the_output),
      KIT_TEST(a_fin_lets_refused_output_out_first),
      KIT_TEST(an_ended_side_still_reads),
      KIT_TEST(an_end_is_not_lost_to_a_long_payload),
      KIT_TEST(a_stream_that_ends_is_ended_behind_the_output),
      KIT_TEST(a_reset_ends_it),
      KIT_TEST(a_reset_with_unread_messages_ends_it),
      KIT_TEST(a_reset_with_output_outstanding_ends_it),
      KIT_TEST(what_came_before_a_failed_write_is_still_read),
      KIT_TEST(a_failed_write_ends_what_does_not_read),
      KIT_TEST(pausing_after_a_failed_write_ends_it),
      KIT_TEST(a_close_that_cannot_be_written_leaves_no_deadline),
      KIT_TEST(terminating_writes_what_the_kernel_takes),
      KIT_TEST(the_dead_may_be_used_until_they_are_freed),
      KIT_TEST(two_that_die_together_may_use_each_other),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
