/* An upgrade whose decision is put off. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server.h"

/* A client whose upgrade waits. */
static int dial_and_wait(server_t *server) {
  server->decision = DECIDE_LATER;
  int peer = client_dial(server);
  client_say(peer, SERVER_REQUEST, SERVER_REQUEST_LEN);
  kit_turn(server->kit, 3);
  assert_non_null(server->waiting);
  return peer;
}

static void may_be_accepted_later(void **state) {
  server_t *server = server_new(*state, 20);
  int peer = dial_and_wait(server);
  char byte;
  assert_int_equal(recv(peer, &byte, 1, 0), -1);
  assert_int_equal(errno, EAGAIN);
  server_accept(server);
  client_expect(server, peer, SERVER_101);
  assert_int_equal(server->abandoned, 0);
  assert_int_equal(server->count, 1);
  close(peer);
  server_free(server);
}

static void has_the_accept_value_of_its_own_key(void **state) {
  server_t *server = server_new(*state, 1000);
  int peer = dial_and_wait(server);
  uvws_upgrade_t *first = server->waiting;
  char heard[256];
  int other = dial_and_wait(server);
  server_accept(server);
  server->waiting = first;
  server_accept(server);
  (void)client_hear(server, peer, heard, 129);
  heard[129] = '\0';
  assert_non_null(strstr(heard, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
  close(other);
  close(peer);
  server_free(server);
}

static void leaves_what_comes_meanwhile_to_the_connection(void **state) {
  server_t *server = server_new(*state, 1000);
  int peer = dial_and_wait(server);
  uvws_connection_t *const *connection = &server->connections[0];
  client_say(peer, "\x89\x80\x01\x02\x03\x04", 6); /* a ping */
  kit_turn(*state, 3);
  assert_int_equal(server->abandoned, 0);
  server_accept(server);
  assert_non_null(*connection);
  client_expect(server, peer, SERVER_101);
  kit_turn(*state, 3);
  assert_true(server->counters[0].received == 6);
  close(peer);
  server_free(server);
}

static void is_abandoned_when_the_client_goes(void **state) {
  server_t *server = server_new(*state, 1000);
  for (int way = 0; way < 4; way++) {
    int peer = dial_and_wait(server);
    if (way >= 2) { /* with input that nobody has read */
      client_say(peer, "early", 5);
    }
    if (way % 2 == 0) {
      close(peer);
    } else {
      client_reset(peer);
    }
    kit_turn(*state, 3);
    assert_int_equal(server->abandoned, way + 1);
    assert_null(server->waiting);
    assert_int_equal(server->count, 0);
  }
  server_free(server);
}

static void is_abandoned_when_the_client_ends_its_side(void **state) {
  server_t *server = server_new(*state, 1000);
  int peer = dial_and_wait(server);
  assert_int_equal(shutdown(peer, SHUT_WR), 0);
  client_expect_end(server, peer);
  assert_int_equal(server->abandoned, 1);
  close(peer);
  server_free(server);
}

static void is_abandoned_when_the_listener_closes(void **state) {
  server_t *server = server_new(*state, 1000);
  int peer = dial_and_wait(server);
  uvws_listener_close(server->listener);
  assert_int_equal(server->abandoned, 1);
  assert_int_equal(server->count, 0);
  close(peer);
  server_free(server);
}

static void cannot_wait_for_a_closed_listener(void **state) {
  server_t *server = server_new(*state, 1000);
  server->decision = DECIDE_LATER;
  server->is_closing_in_request = true;
  int peer = client_dial(server);
  client_say(peer, SERVER_REQUEST, SERVER_REQUEST_LEN);
  client_expect_end(server, peer);
  assert_null(server->waiting);
  assert_int_equal(server->abandoned, 0);
  close(peer);
  server_free(server);
}

static void cannot_wait_where_it_cannot_be_watched(void **state) {
  server_t *server = server_new(*state, 1000);
  server->decision = DECIDE_LATER;
  int peer = client_dial(server);
  kit_turn(*state, 2);
  fault.on_watch.count = 1;
  fault.on_watch.number = ENOMEM;
  client_say(peer, SERVER_REQUEST, SERVER_REQUEST_LEN);
  client_expect_end(server, peer);
  assert_null(server->waiting);
  assert_int_equal(server->count, 0);
  close(peer);
  server_free(server);
}

/* The client has said more than was read: the answer must arrive all the
 * same. */
static void may_be_answered(void **state) {
  server_t *server = server_new(*state, 1000);
  int peer = dial_and_wait(server);
  const char answer[] = "HTTP/1.1 503 Service Unavailable\r\n\r\n";
  char heard[128];
  client_say(peer, "early", 5);
  kit_turn(*state, 2);
  uvws_upgrade_answer(server->waiting, uvws_slice(answer, strlen(answer)));
  assert_int_equal(server->count, 0);
  (void)client_hear(server, peer, heard, sizeof(heard));
  assert_string_equal(heard, answer);
  assert_int_equal(server->abandoned, 0);
  close(peer);
  server_free(server);
}

static void may_be_handed_out(void **state) {
  server_t *server = server_new(*state, 1000);
  int peer = dial_and_wait(server);
  int fd = uvws_upgrade_release(server->waiting);
  server->count--;
  assert_true(fcntl(fd, F_GETFD) >= 0);
  close(peer);
  kit_turn(*state, 3);
  assert_int_equal(server->abandoned, 0);
  close(fd);
  server_free(server);
}

static void tells_where_the_client_is(void **state) {
  server_t *server = server_new(*state, 1000);
  int peer = dial_and_wait(server);
  uvws_address_t mine;
  uvws_address_t told;
  assert_int_equal(uvws_socket_local_address(peer, &mine), 0);
  assert_int_equal(uvws_upgrade_peer_address(server->waiting, &told), 0);
  assert_string_equal(told.host, mine.host);
  assert_int_equal(told.port, mine.port);
  close(peer);
  server_free(server);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      KIT_TEST(may_be_accepted_later),
      KIT_TEST(has_the_accept_value_of_its_own_key),
      KIT_TEST(leaves_what_comes_meanwhile_to_the_connection),
      KIT_TEST(is_abandoned_when_the_client_goes),
      KIT_TEST(is_abandoned_when_the_client_ends_its_side),
      KIT_TEST(is_abandoned_when_the_listener_closes),
      KIT_TEST(cannot_wait_for_a_closed_listener),
      KIT_TEST(cannot_wait_where_it_cannot_be_watched),
      KIT_TEST(may_be_answered),
      KIT_TEST(may_be_handed_out),
      KIT_TEST(tells_where_the_client_is),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
