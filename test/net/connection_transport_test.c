/* Whose the descriptor is, and what a stream gets instead of one. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kit.h"

static bool is_open(int fd) { return fcntl(fd, F_GETFD) >= 0; }

static void an_owned_descriptor_is_closed_with_the_connection(void **state) {
  kit_end_t *end = kit_connect(*state, UVWS_TRANSPORT_OWNED);
  uvws_connection_terminate(end->connection);
  assert_false(is_open(end->fd));
  assert_int_equal(peer_read_end(end), 0);
  kit_run(*state, kit_is_closed, end);
  kit_disconnect(end);
}

static void a_parked_descriptor_is_left_open(void **state) {
  kit_end_t *end = kit_connect(*state, UVWS_TRANSPORT_PARKED);
  int fd = end->fd;
  uvws_connection_terminate(end->connection);
  kit_run(*state, kit_is_closed, end);
  assert_true(is_open(fd));
  assert_int_equal(write(fd, "x", 1), 1); /* the owner goes on with it */
  peer_expect(end, "x", 1);
  kit_disconnect(end);
  close(fd);
}

static void a_disowned_descriptor_is_parked(void **state) {
  kit_end_t *end = kit_connect(*state, UVWS_TRANSPORT_OWNED);
  int fd = end->fd;
  kit_send(end, UVWS_OPCODE_TEXT, "a", 1);
  assert_int_equal(uvws_connection_disown(end->connection), fd);
  peer_expect(end,
              "\x81\x01"
              "a",
              3);
  peer_send(end, UVWS_OPCODE_TEXT, "b");
  kit_turn(*state, 2);
  kit_assert_log(end, "message:b read");
  uvws_connection_terminate(end->connection);
  kit_run(*state, kit_is_closed, end);
  assert_true(is_open(fd));
  kit_disconnect(end);
  close(fd);
}

static void the_dead_have_no_descriptor_to_disown(void **state) {
  kit_end_t *end = kit_connect(*state, UVWS_TRANSPORT_OWNED);
  uvws_connection_terminate(end->connection);
  assert_int_equal(uvws_connection_disown(end->connection), -1);
  kit_run(*state, kit_is_closed, end);
  kit_disconnect(end);
}

/* ---- A descriptor that is gone ---- */

/* Closes the connection's descriptor, as node does without asking, and gives
 * its number to a stranger; gives the stranger's peer. */
static int lose_descriptor(kit_end_t *end) {
  int fds[2];
  close(end->fd);
  assert_int_equal(
      socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds),
      0);
  assert_int_equal(fds[0], end->fd);
  return fds[1];
}

static void assert_untouched(kit_end_t *end, int strangers_peer) {
  char byte;
  assert_int_equal(read(strangers_peer, &byte, 1), -1);
  assert_int_equal(write(end->fd, "x", 1), 1);
  assert_int_equal(read(strangers_peer, &byte, 1), 1);
}

static void abandoning_leaves_the_stranger_in_peace(void **state) {
  kit_t *kit = *state;
  uint8_t *bytes = calloc(1, 1 << 20);
  for (int is_refused = 0; is_refused < 2; is_refused++) {
    kit_end_t *end = kit_connect(kit, UVWS_TRANSPORT_PARKED);
    kit_send(end, UVWS_OPCODE_BINARY, bytes, is_refused ? 1 << 20 : 100);
    assert_int_equal(
        uvws_connection_close(end->connection, 1000, uvws_slice("", 0)),
        UVWS_OK);
    uvws_connection_conclude(end->connection); /* it wants to end it too */
    int strangers_peer = lose_descriptor(end);
    uvws_connection_abandon(end->connection);
    kit_run(kit, kit_is_closed, end);
    assert_untouched(end, strangers_peer);
    close(strangers_peer);
    close(end->fd);
    kit_disconnect(end);
  }
  free(bytes);
}

static void an_abandoned_descriptor_may_live_on(void **state) {
  kit_end_t *end = kit_connect(*state, UVWS_TRANSPORT_PARKED);
  int fd = end->fd;
  kit_send(end, UVWS_OPCODE_TEXT, "a", 1);
  uvws_connection_abandon(end->connection);
  kit_run(*state, kit_is_closed, end);
  peer_write(end, "x", 1); /* nobody hears it */
  kit_turn(*state, 3);
  peer_expect_nothing(end);
  kit_disconnect(end);
  close(fd);
}

static void a_descriptor_that_vanished_does_not_turn_the_loop(void **state) {
  kit_end_t *end = kit_connect(*state, UVWS_TRANSPORT_PARKED);
  int strangers_peer = lose_descriptor(end);
  assert_int_equal(write(strangers_peer, "x", 1), 1);
  kit_turn(*state, 3);
  kit_assert_log(end, "");
  assert_int_equal(fault.reads, 0);
  uvws_connection_abandon(end->connection);
  kit_run(*state, kit_is_closed, end);
  close(strangers_peer);
  close(end->fd);
  kit_disconnect(end);
}

/* ---- Streams ---- */

static void a_stream_gets_a_turns_output_in_one_piece(void **state) {
  kit_end_t *end = kit_connect(*state, UVWS_TRANSPORT_STREAM);
  kit_send(end, UVWS_OPCODE_TEXT, "a", 1);
  kit_send(end, UVWS_OPCODE_TEXT, "b", 1);
  assert_int_equal(end->counts[KIT_OUTPUT], 0);
  kit_turn(*state, 1);
  kit_assert_log(end, "output:\x81\x01"
                      "a\x81\x01"
                      "b");
  assert_int_equal(end->counters.written, 6);
  assert_int_equal(end->counters.buffered, 0);
  kit_disconnect(end);
}

/* Nothing else wakes a loop whose only connections are streams. */
static void a_streams_output_keeps_the_loop_alive(void **state) {
  kit_t *kit = *state;
  kit_end_t *end = kit_connect(kit, UVWS_TRANSPORT_STREAM);
  kit_send(end, UVWS_OPCODE_TEXT, "a", 1);
  kit_run_dry(kit);
  kit_assert_log(end, "output:\x81\x01"
                      "a");
  kit_disconnect(end);
}

static void a_long_payload_for_a_stream_is_not_written_through(void **state) {
  kit_end_t *end = kit_connect(*state, UVWS_TRANSPORT_STREAM);
  uint8_t *bytes = calloc(1, UVWS_WRITE_THROUGH_AT);
  kit_send(end, UVWS_OPCODE_BINARY, bytes, UVWS_WRITE_THROUGH_AT);
  kit_turn(*state, 1);
  assert_int_equal(end->streamed.len, UVWS_WRITE_THROUGH_AT + 4);
  assert_int_equal(fault.writes, 0);
  free(bytes);
  kit_disconnect(end);
}

static void send_once_more(kit_end_t *end, kit_event_t event) {
  if (event == KIT_OUTPUT && end->counts[KIT_OUTPUT] == 1) {
    kit_send(end, UVWS_OPCODE_TEXT, "b", 1);
    uvws_connection_flush(end->connection);
  }
}

static void a_stream_may_send_while_it_writes(void **state) {
  kit_end_t *end = kit_connect(*state, UVWS_TRANSPORT_STREAM);
  end->act = send_once_more;
  kit_send(end, UVWS_OPCODE_TEXT, "a", 1);
  kit_turn(*state, 2);
  assert_int_equal(end->streamed.len, 6);
  assert_memory_equal(end->streamed.data,
                      "\x81\x01"
                      "a\x81\x01"
                      "b",
                      6);
  kit_disconnect(end);
}

static void a_terminated_stream_gets_its_output_but_no_end(void **state) {
  kit_end_t *end = kit_connect(*state, UVWS_TRANSPORT_STREAM);
  kit_send(end, UVWS_OPCODE_TEXT, "a", 1);
  uvws_connection_terminate(end->connection);
  assert_false(end->is_stream_ended);
  kit_run(*state, kit_is_closed, end);
  kit_assert_log(end, "output:\x81\x01"
                      "a closed");
  kit_disconnect(end);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      KIT_TEST(an_owned_descriptor_is_closed_with_the_connection),
      KIT_TEST(a_parked_descriptor_is_left_open),
      KIT_TEST(a_disowned_descriptor_is_parked),
      KIT_TEST(the_dead_have_no_descriptor_to_disown),
      KIT_TEST(abandoning_leaves_the_stranger_in_peace),
      KIT_TEST(an_abandoned_descriptor_may_live_on),
      KIT_TEST(a_descriptor_that_vanished_does_not_turn_the_loop),
      KIT_TEST(a_stream_gets_a_turns_output_in_one_piece),
      KIT_TEST(a_streams_output_keeps_the_loop_alive),
      KIT_TEST(a_long_payload_for_a_stream_is_not_written_through),
      KIT_TEST(a_stream_may_send_while_it_writes),
      KIT_TEST(a_terminated_stream_gets_its_output_but_no_end),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
