/* Accepting, and the end of it. */
#include <errno.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server.h"

/* ---- Accepting ---- */

static void a_flood_is_accepted_in_full(void **state) {
  enum { PEERS = 150 };
  server_t *server = server_new(*state, 1000);
  int peers[PEERS];
  for (int i = 0; i < PEERS; i++) {
    peers[i] = client_dial(server);
    if (i % 50 == 0) {
      kit_turn(*state, 1);
    }
  }
  kit_turn(*state, 5);
  assert_int_equal(server->count, PEERS);
  for (int i = 0; i < PEERS; i++) {
    close(peers[i]);
  }
  kit_turn(*state, 3);
  assert_int_equal(server->count, 0);
  server_free(server);
}

/* Out of descriptors it must neither spin nor give up. */
static void out_of_descriptors_it_waits_and_tries_again(void **state) {
  const int numbers[] = {EMFILE, ENFILE, ENOBUFS, ENOMEM};
  for (size_t i = 0; i < 4; i++) {
    server_t *server = server_new(*state, 1000);
    int peer = client_dial(server);
    fault.accepts = 0;
    fault.on_accept = (fault_errors_t){2, numbers[i]};
    kit_run(*state, server_has_accepted, server);
    assert_true(fault.accepts <= 4); /* two failed, one did, one had nothing */
    close(peer);
    server_free(server);
  }
}

static void a_true_lack_of_descriptors_ends_with_it(void **state) {
  server_t *server = server_new(*state, 1000);
  int peer = client_dial(server);
  struct rlimit old;
  assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
  struct rlimit none = {.rlim_cur = 3, .rlim_max = old.rlim_max};
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
  kit_turn(*state, 50);
  assert_int_equal(server->count, 0);
  assert_int_equal(fault.accepts, 1); /* it does not spin */
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
  int late = client_dial(server); /* valgrind drops the first */
  kit_run(*state, server_has_accepted, server);
  close(late);
  close(peer);
  server_free(server);
}

static void a_connection_that_gave_up_is_passed_over(void **state) {
  const int numbers[] = {ECONNABORTED, EPROTO};
  for (size_t i = 0; i < 2; i++) {
    server_t *server = server_new(*state, 1000);
    int peer = client_dial(server);
    fault.on_accept = (fault_errors_t){3, numbers[i]};
    kit_turn(*state, 1);
    assert_int_equal(server->count, 1);
    close(peer);
    server_free(server);
  }
}

/* Watching again may fail as well: it must not stay deaf. */
static void a_failed_return_from_the_wait_is_tried_again(void **state) {
  server_t *server = server_new(*state, 1000);
  int peer = client_dial(server);
  fault.on_accept = (fault_errors_t){1, EMFILE};
  kit_turn(*state, 2);
  fault.on_watch = (fault_errors_t){1, ENOMEM};
  kit_run(*state, server_has_accepted, server);
  close(peer);
  server_free(server);
}

static void what_cannot_be_watched_is_closed(void **state) {
  server_t *server = server_new(*state, 1000);
  int peer = client_dial(server);
  fault.on_watch = (fault_errors_t){1, ENOSPC};
  client_expect_end(server, peer);
  assert_int_equal(server->count, 0);
  close(peer);
  server_free(server);
}

/* ---- Closing ---- */

static void closing_closes_what_is_not_decided(void **state) {
  server_t *server = server_new(*state, 1000);
  int peers[3];
  for (int i = 0; i < 3; i++) {
    peers[i] = client_dial(server);
    client_say(peers[i], SERVER_REQUEST, (size_t)i * 10);
  }
  kit_turn(*state, 3);
  assert_int_equal(server->count, 3);
  uvws_listener_close(server->listener);
  uvws_listener_close(server->listener);
  assert_int_equal(server->count, 0);
  for (int i = 0; i < 3; i++) {
    client_expect_end(server, peers[i]);
    close(peers[i]);
  }
  server_free(server);
}

static void closing_leaves_connections_alone(void **state) {
  server_t *server = server_new(*state, 1000);
  int peer = client_dial(server);
  client_say(peer, SERVER_REQUEST, SERVER_REQUEST_LEN);
  client_expect(server, peer, SERVER_101);
  uvws_listener_close(server->listener);
  kit_turn(*state, 3);
  assert_null(server->listener);
  assert_int_equal(server->count, 1);
  assert_non_null(server->connections[0]);
  close(peer);
  server_free(server);
}

/* The one that is being asked about is still to be decided. */
static void closing_while_it_asks_lets_the_answer_be_given(void **state) {
  const decision_t decisions[] = {DECIDE_ACCEPT, DECIDE_REFUSE, DECIDE_RELEASE,
                                  DECIDE_NOTHING};
  for (size_t i = 0; i < 4; i++) {
    server_t *server = server_new(*state, 1000);
    server->is_closing_in_request = true;
    server->decision = decisions[i];
    int peer = client_dial(server);
    int waiting = client_dial(server);
    kit_turn(*state, 2);
    client_say(peer, SERVER_REQUEST, SERVER_REQUEST_LEN);
    kit_turn(*state, 4);
    assert_int_equal(server->requests, 1);
    assert_null(server->listener);
    assert_int_equal(server->count, decisions[i] == DECIDE_ACCEPT);
    if (server->released >= 0) {
      close(server->released);
    }
    close(waiting);
    close(peer);
    server_free(server);
  }
}

static void an_unreferenced_listener_lets_the_loop_end(void **state) {
  kit_t *kit = *state;
  server_t *server = server_new(kit, 1000);
  assert_true(uv_loop_alive(&kit->uv));
  uvws_listener_unref(server->listener);
  uvws_listener_unref(server->listener);
  assert_false(uv_loop_alive(&kit->uv));
  uvws_listener_ref(server->listener);
  uvws_listener_ref(server->listener);
  assert_true(uv_loop_alive(&kit->uv));
  uvws_listener_close(server->listener);
  uvws_listener_ref(server->listener);
  kit_run_dry(kit);
  server_free(server);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      KIT_TEST(a_flood_is_accepted_in_full),
      KIT_TEST(out_of_descriptors_it_waits_and_tries_again),
      KIT_TEST(a_true_lack_of_descriptors_ends_with_it),
      KIT_TEST(a_connection_that_gave_up_is_passed_over),
      KIT_TEST(a_failed_return_from_the_wait_is_tried_again),
      KIT_TEST(what_cannot_be_watched_is_closed),
      KIT_TEST(closing_closes_what_is_not_decided),
      KIT_TEST(closing_leaves_connections_alone),
      KIT_TEST(closing_while_it_asks_lets_the_answer_be_given),
      KIT_TEST(an_unreferenced_listener_lets_the_loop_end),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
