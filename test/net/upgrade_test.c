/* The way of an accepted descriptor until its request is decided. */
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server.h"

static void accepts_an_upgrade(void **state) {
  server_t *server = server_new(*state, 1000);
  int peer = client_dial(server);
  client_say(peer, SERVER_REQUEST, SERVER_REQUEST_LEN);
  client_expect(server, peer, SERVER_101);
  assert_int_equal(server->verdict, UVWS_OK);
  assert_string_equal(server->head, SERVER_REQUEST);
  assert_string_equal(server->rest, "");
  assert_int_equal(server->count, 1);
  close(peer);
  server_free(server);
}

static void a_head_may_come_in_any_two_pieces(void **state) {
  server_t *server = server_new(*state, 1000);
  server->decision = DECIDE_REFUSE;
  for (size_t split = 1; split < SERVER_REQUEST_LEN; split++) {
    int peer = client_dial(server);
    client_say(peer, SERVER_REQUEST, split);
    kit_turn(*state, 2);
    assert_int_equal(server->requests, split - 1);
    client_say(peer, &SERVER_REQUEST[split], SERVER_REQUEST_LEN - split);
    kit_turn(*state, 2);
    assert_int_equal(server->requests, split);
    assert_int_equal(server->verdict, UVWS_OK);
    assert_string_equal(server->head, SERVER_REQUEST);
    close(peer);
  }
  server_free(server);
}

static void a_head_may_come_byte_by_byte(void **state) {
  server_t *server = server_new(*state, 1000);
  int peer = client_dial(server);
  fault.read_max = 1;
  client_say(peer, SERVER_REQUEST, SERVER_REQUEST_LEN);
  client_expect(server, peer, SERVER_101);
  assert_int_equal(server->requests, 1);
  close(peer);
  server_free(server);
}

static void what_comes_behind_the_head_is_handed_over(void **state) {
  server_t *server = server_new(*state, 1000);
  int peer = client_dial(server);
  char both[SERVER_REQUEST_LEN + 3];
  memcpy(both, SERVER_REQUEST, SERVER_REQUEST_LEN);
  memcpy(both + SERVER_REQUEST_LEN, "abc", 3);
  client_say(peer, both, sizeof(both));
  client_expect(server, peer, SERVER_101);
  assert_string_equal(server->head, SERVER_REQUEST);
  assert_string_equal(server->rest, "abc");
  close(peer);
  server_free(server);
}

static void what_is_no_upgrade_is_handed_over_whole(void **state) {
  const char *const texts[] = {"GET / HTTP/1.1\r\nHost: x\r\n\r\nbody",
                               "POST / HTTP/1.1\r\n\r\n", "\x16\x03\x01",
                               "\r\n", "GET / HTTP/1.1\nHost: x\n\n"};
  for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
    server_t *server = server_new(*state, 1000);
    server->decision = DECIDE_RELEASE;
    int peer = client_dial(server);
    client_say(peer, texts[i], strlen(texts[i]));
    kit_turn(*state, 3);
    assert_int_equal(server->verdict, UVWS_DEFER);
    assert_string_equal(server->head, texts[i]);
    assert_string_equal(server->rest, "");
    assert_true(fcntl(server->released, F_GETFD) >= 0);
    close(server->released);
    close(peer);
    server_free(server);
  }
}

static void a_bad_upgrade_is_refused_and_closed(void **state) {
  server_t *server = server_new(*state, 1000);
  int peer = client_dial(server);
  const char bad[] = "GET / HTTP/1.1\r\nUpgrade: websocket\r\n"
                     "Connection: Upgrade\r\n\r\n";
  char heard[512];
  client_say(peer, bad, sizeof(bad) - 1);
  assert_true(client_hear(server, peer, heard, sizeof(heard)) > 0);
  assert_non_null(strstr(heard, "HTTP/1.1 400 Bad Request\r\n"));
  assert_int_equal(server->count, 0);
  close(peer);
  server_free(server);
}

static void an_undecided_request_is_closed(void **state) {
  server_t *server = server_new(*state, 1000);
  server->decision = DECIDE_NOTHING;
  int peer = client_dial(server);
  client_say(peer, SERVER_REQUEST, SERVER_REQUEST_LEN);
  client_expect_end(server, peer);
  assert_int_equal(server->count, 0);
  close(peer);
  server_free(server);
}

static void an_end_before_the_head_is_told_with_what_came(void **state) {
  server_t *server = server_new(*state, 1000);
  server->decision = DECIDE_RELEASE;
  int peer = client_dial(server);
  client_say(peer, "GET / HT", 8);
  kit_turn(*state, 2);
  assert_int_equal(shutdown(peer, SHUT_WR), 0);
  kit_turn(*state, 2);
  assert_int_equal(server->verdict, UVWS_NEED_MORE);
  assert_string_equal(server->head, "GET / HT");
  close(server->released);
  close(peer);
  server_free(server);
}

static void an_end_without_a_byte_is_no_request(void **state) {
  server_t *server = server_new(*state, 1000);
  for (int is_reset = 0; is_reset < 2; is_reset++) {
    int peer = client_dial(server);
    kit_turn(*state, 2);
    assert_int_equal(server->count, 1);
    if (is_reset) {
      client_reset(peer);
    } else {
      close(peer);
    }
    kit_turn(*state, 3);
    assert_int_equal(server->count, 0);
  }
  assert_int_equal(server->requests, 0);
  server_free(server);
}

static void a_reset_in_the_middle_of_the_head_is_no_request(void **state) {
  server_t *server = server_new(*state, 1000);
  for (size_t at = 1; at < SERVER_REQUEST_LEN; at += 7) {
    int peer = client_dial(server);
    client_say(peer, SERVER_REQUEST, at);
    kit_turn(*state, 2);
    client_reset(peer);
    kit_turn(*state, 3);
    assert_int_equal(server->count, 0);
  }
  assert_int_equal(server->requests, 0);
  server_free(server);
}

/* A head without end costs its limit, not more. */
static void an_endless_head_is_given_up(void **state) {
  server_t *server = server_new(*state, 1000);
  server->decision = DECIDE_RELEASE;
  int peer = client_dial(server);
  char line[] = "GET / HTTP/1.1\r\nx: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy";
  for (int i = 0; i < 1000 && server->requests == 0; i++) {
    client_say(peer, i == 0 ? line : line + 18, i == 0 ? 50 : 30);
    kit_turn(*state, 1);
  }
  assert_int_equal(server->requests, 1);
  assert_int_equal(server->verdict, UVWS_DEFER);
  assert_true(server->kit->mem.peak_size <= 4 * UVWS_REQUEST_HEAD_MAX);
  close(server->released);
  close(peer);
  server_free(server);
}

static void a_late_head_gets_a_408(void **state) {
  server_t *server = server_new(*state, 20);
  const size_t lens[] = {0, 1, SERVER_REQUEST_LEN - 1};
  for (size_t i = 0; i < 3; i++) {
    int peer = client_dial(server);
    char heard[256];
    client_say(peer, SERVER_REQUEST, lens[i]);
    assert_true(client_hear(server, peer, heard, sizeof(heard)) > 0);
    assert_string_equal(
        heard, "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n");
    close(peer);
  }
  assert_int_equal(server->requests, 0);
  server_free(server);
}

static void without_a_timeout_a_head_may_take_its_time(void **state) {
  server_t *server = server_new(*state, 0);
  int peer = client_dial(server);
  kit_turn(*state, 3);
  assert_true(uvws_list_is_empty(&server->kit->loop.deadlines));
  assert_int_equal(server->count, 1);
  close(peer);
  server_free(server);
}

static void each_allocation_may_fail(void **state) {
  (void)state;
  bool is_reached = true;
  for (size_t fail_at = 2; is_reached; fail_at++) {
    kit_t *kit = kit_new(65536);
    server_t *server = server_new(kit, 1000);
    int peer = client_dial(server);
    char heard[64];
    kit->mem.fail_at = fail_at; /* the first was the listener's */
    kit_turn(kit, 2);
    (void)send(peer, SERVER_REQUEST, 40, MSG_NOSIGNAL);
    kit_turn(kit, 2);
    (void)send(peer, &SERVER_REQUEST[40], SERVER_REQUEST_LEN - 40,
               MSG_NOSIGNAL);
    kit_turn(kit, 3);
    is_reached = kit->mem.calls >= fail_at;
    (void)recv(peer, heard, sizeof(heard), 0);
    kit->mem.fail_at = 0;
    int other = client_dial(server);
    client_say(other, SERVER_REQUEST, SERVER_REQUEST_LEN);
    client_expect(server, other, SERVER_101);
    close(other);
    close(peer);
    server_free(server);
    kit_free(kit);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      KIT_TEST(accepts_an_upgrade),
      KIT_TEST(a_head_may_come_in_any_two_pieces),
      KIT_TEST(a_head_may_come_byte_by_byte),
      KIT_TEST(what_comes_behind_the_head_is_handed_over),
      KIT_TEST(what_is_no_upgrade_is_handed_over_whole),
      KIT_TEST(a_bad_upgrade_is_refused_and_closed),
      KIT_TEST(an_undecided_request_is_closed),
      KIT_TEST(an_end_before_the_head_is_told_with_what_came),
      KIT_TEST(an_end_without_a_byte_is_no_request),
      KIT_TEST(a_reset_in_the_middle_of_the_head_is_no_request),
      KIT_TEST(an_endless_head_is_given_up),
      KIT_TEST(a_late_head_gets_a_408),
      KIT_TEST(without_a_timeout_a_head_may_take_its_time),
      cmocka_unit_test(each_allocation_may_fail),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
