/* Who is told only once of what came must leave nothing lying there, whatever
 * stops a read before it has all: over TCP, without faults. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kit.h"

#define SLAB 64

/* Sent again and again until the kernel refuses it. */
#define LONG_PAYLOAD ((size_t)64 * 1024)

static const uvws_transport_t transports[] = {UVWS_TRANSPORT_OWNED,
                                              UVWS_TRANSPORT_PARKED};

static bool has_ended(void *arg) {
  kit_end_t *end = arg;
  return end->counts[KIT_END] > 0;
}

static bool has_two_messages(void *arg) {
  kit_end_t *end = arg;
  return end->counts[KIT_MESSAGE] == 2;
}

static void nothing_is_told_twice(void **state) {
  for (size_t i = 0; i < 2; i++) {
    kit_end_t *end = kit_connect_tcp(*state, transports[i]);
    peer_send(end, UVWS_OPCODE_TEXT, "a");
    kit_turn(*state, 3);
    size_t reads = fault.reads;
    kit_turn(*state, 3);
    assert_int_equal(fault.reads, reads);
    peer_send(end, UVWS_OPCODE_TEXT, "b");
    kit_turn(*state, 3);
    kit_assert_log(end, "message:a read message:b read");
    kit_disconnect(end);
  }
}

static void the_end_behind_a_message_is_seen(void **state) {
  for (size_t i = 0; i < 2; i++) {
    kit_end_t *end = kit_connect_tcp(*state, transports[i]);
    peer_send(end, UVWS_OPCODE_TEXT, "last");
    assert_int_equal(shutdown(end->peer, SHUT_WR), 0);
    kit_run(*state, has_ended, end);
    kit_run(*state, kit_is_closed, end);
    kit_assert_log(end, "message:last read end read closed");
    if (transports[i] == UVWS_TRANSPORT_PARKED) {
      close(end->fd);
    }
    kit_disconnect(end);
  }
}

static void a_reset_behind_a_message_is_seen(void **state) {
  kit_end_t *end = kit_connect_tcp(*state, UVWS_TRANSPORT_OWNED);
  peer_send(end, UVWS_OPCODE_TEXT, "last");
  peer_reset(end);
  kit_run(*state, kit_is_closed, end);
  assert_int_equal(end->counts[KIT_CLOSED], 1);
  kit_disconnect(end);
}

/* A read stops at the urgent byte, which is not part of the stream. */
static void urgent_data_hides_nothing(void **state) {
  kit_end_t *end = kit_connect_tcp(*state, UVWS_TRANSPORT_OWNED);
  peer_send(end, UVWS_OPCODE_TEXT, "before");
  assert_int_equal(send(end->peer, "!", 1, MSG_OOB), 1);
  peer_send(end, UVWS_OPCODE_TEXT, "behind");
  kit_run(*state, has_two_messages, end);
  kit_turn(*state, 3);
  kit_assert_log(end, "message:before read message:behind read");
  size_t reads = fault.reads;
  kit_turn(*state, 3);
  assert_int_equal(fault.reads, reads);
  assert_int_equal(send(end->peer, "!", 1, MSG_OOB), 1);
  kit_turn(*state, 5);
  reads = fault.reads;
  kit_turn(*state, 3);
  assert_int_equal(fault.reads, reads); /* nor does it keep us busy */
  kit_disconnect(end);
}

static void more_than_the_slab_holds_is_read(void **state) {
  (void)state;
  kit_t *kit = kit_new(SLAB);
  for (size_t len = SLAB - 8; len <= (size_t)SLAB * 3; len++) {
    kit_end_t *end = kit_connect_tcp(kit, UVWS_TRANSPORT_OWNED);
    uint8_t *payload = calloc(1, len);
    uvws_buffer_t frame = peer_frame(end, UVWS_OPCODE_BINARY, payload, len);
    peer_write(end, frame.data, frame.len);
    peer_write(end, frame.data, frame.len);
    kit_run(kit, has_two_messages, end);
    assert_int_equal(end->message_bytes, 2 * len);
    uvws_buffer_deinit(&frame, &kit->mem.mem);
    free(payload);
    kit_disconnect(end);
  }
  kit_free(kit);
}

/* What came while nothing was read, or while output was refused, too. */
static void what_came_meanwhile_is_read(void **state) {
  kit_end_t *end = kit_connect_tcp(*state, UVWS_TRANSPORT_OWNED);
  uvws_connection_pause(end->connection);
  peer_send(end, UVWS_OPCODE_TEXT, "a");
  kit_turn(*state, 3);
  kit_assert_log(end, "");
  uvws_connection_resume(end->connection);
  kit_turn(*state, 3);
  kit_assert_log(end, "message:a read");
  kit_disconnect(end);
}

static void reads_on_when_output_is_refused_and_after(void **state) {
  kit_end_t *end = kit_connect_tcp(*state, UVWS_TRANSPORT_OWNED);
  uint8_t *payload = calloc(1, LONG_PAYLOAD);
  size_t sent = 0;
  while (!end->connection->is_blocked) {
    kit_send(end, UVWS_OPCODE_BINARY, payload, LONG_PAYLOAD);
    kit_turn(*state, 1);
    sent += LONG_PAYLOAD + 10;
  }
  peer_send(end, UVWS_OPCODE_TEXT, "blocked");
  kit_turn(*state, 3);
  assert_int_equal(end->counts[KIT_MESSAGE], 1);
  uint8_t *heard = malloc(sent);
  peer_read(end, heard, sent);
  kit_turn(*state, 2);
  assert_false(end->connection->is_blocked);
  peer_send(end, UVWS_OPCODE_TEXT, "free");
  kit_turn(*state, 3);
  assert_int_equal(end->counts[KIT_MESSAGE], 2);
  free(heard);
  free(payload);
  kit_disconnect(end);
}

/* A Unix domain socket's read stops at descriptors handed over, with room left:
 * such a socket is told of for as long as something lies there. */
static void descriptors_handed_over_hide_nothing(void **state) {
  kit_end_t *end = kit_connect(*state, UVWS_TRANSPORT_PARKED);
  uvws_buffer_t frame = peer_frame(end, UVWS_OPCODE_TEXT, "with", 4);
  union {
    struct cmsghdr header;
    char room[CMSG_SPACE(sizeof(int))];
  } control = {.header = {.cmsg_len = CMSG_LEN(sizeof(int)),
                          .cmsg_level = SOL_SOCKET,
                          .cmsg_type = SCM_RIGHTS}};
  memcpy(CMSG_DATA(&control.header), &end->peer, sizeof(int));
  struct iovec part = {frame.data, frame.len};
  struct msghdr message = {.msg_iov = &part,
                           .msg_iovlen = 1,
                           .msg_control = &control,
                           .msg_controllen = sizeof(control)};
  assert_int_equal(sendmsg(end->peer, &message, 0), frame.len);
  peer_send(end, UVWS_OPCODE_TEXT, "behind");
  kit_turn(*state, 4);
  assert_int_equal(end->counts[KIT_MESSAGE], 2);
  uvws_buffer_deinit(&frame, &end->kit->mem.mem);
  kit_disconnect(end);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      KIT_TEST(nothing_is_told_twice),
      KIT_TEST(the_end_behind_a_message_is_seen),
      KIT_TEST(a_reset_behind_a_message_is_seen),
      KIT_TEST(urgent_data_hides_nothing),
      cmocka_unit_test(more_than_the_slab_holds_is_read),
      KIT_TEST(what_came_meanwhile_is_read),
      KIT_TEST(reads_on_when_output_is_refused_and_after),
      KIT_TEST(descriptors_handed_over_hide_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
