/* Accepting, and the way of an accepted descriptor until its request is
 * decided. */
#include "net/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kit.h"

static const char request[] = "GET /chat HTTP/1.1\r\n"
                              "Host: x\r\n"
                              "Upgrade: websocket\r\n"
                              "Connection: Upgrade\r\n"
                              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                              "Sec-WebSocket-Version: 13\r\n\r\n";
enum { REQUEST_LEN = sizeof(request) - 1 };

static const char accepted_start[] = "HTTP/1.1 101 Switching Protocols\r\n";

/* What a test's server does with a request. */
typedef enum decision {
  DECIDE_ACCEPT,
  DECIDE_REFUSE,
  DECIDE_RELEASE,
  DECIDE_NOTHING
} decision_t;

typedef struct server {
  kit_t *kit;
  uvws_listener_t *listener; /* NULL once it is closed */
  uint16_t port;
  decision_t decision;
  bool is_closing_in_request; /* closes the listener before it decides */
  int requests;
  int count; /* sum of what on_count told */
  int ended; /* connections that ended */
  uvws_status_t verdict;
  char head[256];
  char rest[64];
  int released;
  uvws_counters_t counters[64];
  uvws_connection_t *connections[64];
  int accepted;
} server_t;

/* ---- The connections that come of it ---- */

static void ignore_message(void *user, uvws_opcode_t type, uvws_slice_t payload,
                           uvws_buffer_t *owned) {
  (void)user;
  (void)type;
  (void)payload;
  (void)owned;
}

static void ignore_control(void *user, uvws_slice_t payload) {
  (void)user;
  (void)payload;
}

static void ignore_close(void *user, uint16_t code, uvws_slice_t reason) {
  (void)user;
  (void)code;
  (void)reason;
}

static void ignore_failure(uvws_connection_t *connection, uvws_status_t status,
                           uint32_t detail) {
  (void)connection;
  (void)status;
  (void)detail;
}

static void ignore(uvws_connection_t *connection) { (void)connection; }

static void ignore_output(uvws_connection_t *connection, uvws_slice_t bytes,
                          bool is_end) {
  (void)connection;
  (void)bytes;
  (void)is_end;
}

static void note_closed(uvws_connection_t *connection) {
  server_t *server = connection->user;
  server->connections[connection->id] = NULL;
  server->count--;
  server->ended++;
}

static const uvws_connection_callbacks_t connection_callbacks = {
    {ignore_message, ignore_control, ignore_control, ignore_close},
    ignore_failure,
    ignore,
    ignore,
    ignore,
    ignore_output,
    note_closed};

/* ---- The server ---- */

static void copy_text(char *into, size_t cap, uvws_slice_t text) {
  size_t len = text.len < cap - 1 ? text.len : cap - 1;
  if (len > 0) {
    memcpy(into, text.data, len);
  }
  into[len] = '\0';
}

static void accept_upgrade(server_t *server, uvws_upgrade_t *upgrade,
                           const uvws_upgrade_request_t *asked) {
  uint32_t id = (uint32_t)server->accepted++;
  uvws_connection_config_t config = {.options = &server->kit->options,
                                     .callbacks = &connection_callbacks,
                                     .user = server,
                                     .id = id,
                                     .counters = &server->counters[id]};
  server->connections[id] =
      uvws_upgrade_accept(upgrade, asked, &config, asked->handshake.protocol);
}

static void on_request(uvws_listener_t *listener, uvws_upgrade_t *upgrade,
                       const uvws_upgrade_request_t *asked) {
  server_t *server = listener->user;
  server->requests++;
  server->verdict = asked->verdict;
  copy_text(server->head, sizeof(server->head), asked->head);
  copy_text(server->rest, sizeof(server->rest), asked->rest);
  if (server->is_closing_in_request) {
    uvws_listener_close(listener);
  }
  if (server->decision == DECIDE_NOTHING) {
    return;
  }
  if (server->decision == DECIDE_RELEASE) {
    server->released = uvws_upgrade_release(upgrade);
    server->count--;
  } else if (server->decision == DECIDE_REFUSE || asked->verdict != UVWS_OK) {
    uvws_upgrade_refuse(upgrade, asked->verdict);
  } else {
    accept_upgrade(server, upgrade, asked);
  }
}

static void on_count(uvws_listener_t *listener, int change) {
  server_t *server = listener->user;
  server->count += change;
  assert_true(server->count >= 0);
}

static void on_closed(uvws_listener_t *listener) {
  server_t *server = listener->user;
  server->listener = NULL;
}

static const uvws_listener_callbacks_t listener_callbacks = {
    on_request, on_count, on_closed};

static server_t *serve(kit_t *kit, uint32_t timeout_ms) {
  uvws_listen_options_t options = {.host = "127.0.0.1", .backlog = 128};
  uvws_address_t address;
  server_t *server = calloc(1, sizeof(*server));
  int fd = uvws_socket_listen(&options);
  assert_true(fd >= 0);
  assert_int_equal(uvws_socket_local_address(fd, &address), 0);
  server->kit = kit;
  server->port = address.port;
  server->released = -1;
  server->listener = uvws_listener_new(&kit->loop, fd, timeout_ms,
                                       &listener_callbacks, server);
  assert_non_null(server->listener);
  return server;
}

static bool is_over(void *arg) {
  server_t *server = arg;
  return server->listener == NULL && server->count == 0;
}

static void shut(server_t *server) {
  if (server->listener != NULL) {
    uvws_listener_close(server->listener);
  }
  for (int i = 0; i < server->accepted; i++) {
    if (server->connections[i] != NULL) {
      uvws_connection_terminate(server->connections[i]);
    }
  }
  kit_run(server->kit, is_over, server);
  free(server);
}

/* ---- Peers ---- */

static int dial(const server_t *server) {
  struct sockaddr_in target = {.sin_family = AF_INET,
                               .sin_port = htons(server->port),
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  assert_true(fd >= 0);
  assert_int_equal(connect(fd, (struct sockaddr *)&target, sizeof(target)), 0);
  assert_int_equal(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK), 0);
  return fd;
}

static void say(int fd, const char *text, size_t len) {
  assert_int_equal(send(fd, text, len, MSG_NOSIGNAL), len);
}

/* What the peer hears until the stream ends, or `len` bytes. */
static size_t hear(const server_t *server, int fd, char *into, size_t len) {
  size_t have = 0;
  for (;;) {
    ssize_t n = recv(fd, into + have, len - have, 0);
    if (n == 0 || (n < 0 && errno != EAGAIN)) {
      break;
    }
    have += n > 0 ? (size_t)n : 0;
    if (have == len) {
      break;
    }
    kit_turn(server->kit, 1);
  }
  into[have < len ? have : len - 1] = '\0';
  return have;
}

static void expect_start(const server_t *server, int fd, const char *start) {
  char heard[256] = {0};
  size_t len = strlen(start);
  assert_int_equal(hear(server, fd, heard, len + 1), len + 1);
  assert_memory_equal(heard, start, len);
}

/* ---- Requests ---- */

static void accepts_an_upgrade(void **state) {
  server_t *server = serve(*state, 1000);
  int peer = dial(server);
  say(peer, request, REQUEST_LEN);
  expect_start(server, peer, accepted_start);
  assert_int_equal(server->verdict, UVWS_OK);
  assert_string_equal(server->head, request);
  assert_string_equal(server->rest, "");
  assert_int_equal(server->count, 1);
  close(peer);
  shut(server);
}

static void a_head_may_come_in_any_two_pieces(void **state) {
  server_t *server = serve(*state, 1000);
  server->decision = DECIDE_REFUSE;
  for (size_t split = 1; split < REQUEST_LEN; split++) {
    int peer = dial(server);
    say(peer, request, split);
    kit_turn(*state, 2);
    assert_int_equal(server->requests, split - 1);
    say(peer, request + split, REQUEST_LEN - split);
    kit_turn(*state, 2);
    assert_int_equal(server->requests, split);
    assert_int_equal(server->verdict, UVWS_OK);
    assert_string_equal(server->head, request);
    close(peer);
  }
  shut(server);
}

static void a_head_may_come_byte_by_byte(void **state) {
  server_t *server = serve(*state, 1000);
  int peer = dial(server);
  fault.read_max = 1;
  say(peer, request, REQUEST_LEN);
  expect_start(server, peer, accepted_start);
  assert_int_equal(server->requests, 1);
  close(peer);
  shut(server);
}

static void what_comes_behind_the_head_is_handed_over(void **state) {
  server_t *server = serve(*state, 1000);
  int peer = dial(server);
  char both[REQUEST_LEN + 3];
  memcpy(both, request, REQUEST_LEN);
  memcpy(both + REQUEST_LEN, "abc", 3);
  say(peer, both, sizeof(both));
  expect_start(server, peer, accepted_start);
  assert_string_equal(server->head, request);
  assert_string_equal(server->rest, "abc");
  close(peer);
  shut(server);
}

static void what_is_no_upgrade_is_handed_over_whole(void **state) {
  const char *const texts[] = {"GET / HTTP/1.1\r\nHost: x\r\n\r\nbody",
                               "POST / HTTP/1.1\r\n\r\n", "\x16\x03\x01",
                               "\r\n", "GET / HTTP/1.1\nHost: x\n\n"};
  for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
    server_t *server = serve(*state, 1000);
    server->decision = DECIDE_RELEASE;
    int peer = dial(server);
    say(peer, texts[i], strlen(texts[i]));
    kit_turn(*state, 3);
    assert_int_equal(server->verdict, UVWS_DEFER);
    assert_string_equal(server->head, texts[i]);
    assert_true(fcntl(server->released, F_GETFD) >= 0);
    close(server->released);
    close(peer);
    shut(server);
  }
}

static void a_bad_upgrade_is_refused_and_closed(void **state) {
  server_t *server = serve(*state, 1000);
  int peer = dial(server);
  const char bad[] = "GET / HTTP/1.1\r\nUpgrade: websocket\r\n"
                     "Connection: Upgrade\r\n\r\n";
  char heard[512];
  say(peer, bad, sizeof(bad) - 1);
  assert_true(hear(server, peer, heard, sizeof(heard)) > 0);
  assert_non_null(strstr(heard, "HTTP/1.1 400 Bad Request\r\n"));
  assert_int_equal(server->count, 0);
  close(peer);
  shut(server);
}

static void an_undecided_request_is_closed(void **state) {
  server_t *server = serve(*state, 1000);
  server->decision = DECIDE_NOTHING;
  int peer = dial(server);
  char byte[2];
  say(peer, request, REQUEST_LEN);
  assert_int_equal(hear(server, peer, byte, 1), 0);
  assert_int_equal(server->count, 0);
  close(peer);
  shut(server);
}

static void an_end_before_the_head_is_told_with_what_came(void **state) {
  server_t *server = serve(*state, 1000);
  server->decision = DECIDE_RELEASE;
  int peer = dial(server);
  say(peer, "GET / HT", 8);
  kit_turn(*state, 2);
  assert_int_equal(shutdown(peer, SHUT_WR), 0);
  kit_turn(*state, 2);
  assert_int_equal(server->verdict, UVWS_NEED_MORE);
  assert_string_equal(server->head, "GET / HT");
  close(server->released);
  close(peer);
  shut(server);
}

static void an_end_without_a_byte_is_no_request(void **state) {
  server_t *server = serve(*state, 1000);
  for (int is_reset = 0; is_reset < 2; is_reset++) {
    int peer = dial(server);
    struct linger linger = {is_reset, 0};
    kit_turn(*state, 2);
    assert_int_equal(server->count, 1);
    setsockopt(peer, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
    close(peer);
    kit_turn(*state, 3);
    assert_int_equal(server->count, 0);
  }
  assert_int_equal(server->requests, 0);
  shut(server);
}

static void a_reset_in_the_middle_of_the_head_is_no_request(void **state) {
  server_t *server = serve(*state, 1000);
  struct linger linger = {1, 0};
  for (size_t at = 1; at < REQUEST_LEN; at += 7) {
    int peer = dial(server);
    say(peer, request, at);
    kit_turn(*state, 2);
    setsockopt(peer, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
    close(peer);
    kit_turn(*state, 3);
    assert_int_equal(server->count, 0);
  }
  assert_int_equal(server->requests, 0);
  shut(server);
}

/* A head without end costs its limit, not more. */
static void an_endless_head_is_given_up(void **state) {
  server_t *server = serve(*state, 1000);
  server->decision = DECIDE_RELEASE;
  int peer = dial(server);
  char line[] = "GET / HTTP/1.1\r\nx: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy";
  for (int i = 0; i < 1000 && server->requests == 0; i++) {
    say(peer, i == 0 ? line : line + 18, i == 0 ? 50 : 30);
    kit_turn(*state, 1);
  }
  assert_int_equal(server->requests, 1);
  assert_int_equal(server->verdict, UVWS_DEFER);
  assert_true(server->kit->mem.peak_size <= 4 * UVWS_REQUEST_HEAD_MAX);
  close(server->released);
  close(peer);
  shut(server);
}

static void a_late_head_gets_a_408(void **state) {
  server_t *server = serve(*state, 20);
  const size_t lens[] = {0, 1, REQUEST_LEN - 1};
  for (size_t i = 0; i < 3; i++) {
    int peer = dial(server);
    char heard[256];
    say(peer, request, lens[i]);
    assert_true(hear(server, peer, heard, sizeof(heard)) > 0);
    assert_string_equal(
        heard, "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n");
    close(peer);
  }
  assert_int_equal(server->requests, 0);
  shut(server);
}

static void without_a_timeout_a_head_may_take_its_time(void **state) {
  server_t *server = serve(*state, 0);
  int peer = dial(server);
  kit_turn(*state, 3);
  assert_true(uvws_list_is_empty(&server->kit->loop.deadlines));
  assert_int_equal(server->count, 1);
  close(peer);
  shut(server);
}

/* ---- Accepting ---- */

static void a_flood_is_accepted_in_full(void **state) {
  enum { PEERS = 150 };
  server_t *server = serve(*state, 1000);
  int peers[PEERS];
  for (int i = 0; i < PEERS; i++) {
    peers[i] = dial(server);
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
  shut(server);
}

static bool has_accepted(void *arg) { return ((server_t *)arg)->count > 0; }

/* Out of descriptors it must neither spin nor give up. */
static void out_of_descriptors_it_waits_and_tries_again(void **state) {
  const int numbers[] = {EMFILE, ENFILE, ENOBUFS, ENOMEM};
  for (size_t i = 0; i < 4; i++) {
    server_t *server = serve(*state, 1000);
    int peer = dial(server);
    fault.accepts = 0;
    fault.on_accept = (fault_errors_t){2, numbers[i]};
    kit_run(*state, has_accepted, server);
    assert_true(fault.accepts <= 4); /* two failed, one did, one had nothing */
    close(peer);
    shut(server);
  }
}

static void a_true_lack_of_descriptors_ends_with_it(void **state) {
  server_t *server = serve(*state, 1000);
  int peer = dial(server);
  int spare = dup(peer); /* the only number that is free later */
  struct rlimit old;
  assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
  struct rlimit none = {.rlim_cur = 3, .rlim_max = old.rlim_max};
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
  kit_turn(*state, 50);
  assert_int_equal(server->count, 0);
  assert_int_equal(fault.accepts, 1); /* it does not spin */
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
  close(spare);
  kit_run(*state, has_accepted, server);
  close(peer);
  shut(server);
}

static void a_connection_that_gave_up_is_passed_over(void **state) {
  const int numbers[] = {ECONNABORTED, EPROTO};
  for (size_t i = 0; i < 2; i++) {
    server_t *server = serve(*state, 1000);
    int peer = dial(server);
    fault.on_accept = (fault_errors_t){3, numbers[i]};
    kit_turn(*state, 1);
    assert_int_equal(server->count, 1);
    close(peer);
    shut(server);
  }
}

/* Watching again may fail as well: it must not stay deaf. */
static void a_failed_return_from_the_wait_is_tried_again(void **state) {
  server_t *server = serve(*state, 1000);
  int peer = dial(server);
  fault.on_accept = (fault_errors_t){1, EMFILE};
  kit_turn(*state, 2);
  fault.on_watch = (fault_errors_t){1, ENOMEM};
  kit_run(*state, has_accepted, server);
  close(peer);
  shut(server);
}

static void what_cannot_be_watched_is_closed(void **state) {
  server_t *server = serve(*state, 1000);
  int peer = dial(server);
  char byte[2];
  fault.on_watch = (fault_errors_t){1, ENOSPC};
  assert_int_equal(hear(server, peer, byte, 1), 0);
  assert_int_equal(server->count, 0);
  close(peer);
  shut(server);
}

/* ---- Closing ---- */

static void closing_closes_what_is_not_decided(void **state) {
  server_t *server = serve(*state, 1000);
  int peers[3];
  char byte[2];
  for (int i = 0; i < 3; i++) {
    peers[i] = dial(server);
    say(peers[i], request, (size_t)i * 10);
  }
  kit_turn(*state, 3);
  assert_int_equal(server->count, 3);
  uvws_listener_close(server->listener);
  uvws_listener_close(server->listener);
  assert_int_equal(server->count, 0);
  for (int i = 0; i < 3; i++) {
    assert_int_equal(hear(server, peers[i], byte, 1), 0);
    close(peers[i]);
  }
  shut(server);
}

static void closing_leaves_connections_alone(void **state) {
  server_t *server = serve(*state, 1000);
  int peer = dial(server);
  say(peer, request, REQUEST_LEN);
  expect_start(server, peer, accepted_start);
  uvws_listener_close(server->listener);
  kit_turn(*state, 3);
  assert_null(server->listener);
  assert_int_equal(server->count, 1);
  assert_non_null(server->connections[0]);
  close(peer);
  shut(server);
}

/* The one that is being asked about is still to be decided. */
static void closing_while_it_asks_lets_the_answer_be_given(void **state) {
  const decision_t decisions[] = {DECIDE_ACCEPT, DECIDE_REFUSE, DECIDE_RELEASE,
                                  DECIDE_NOTHING};
  for (size_t i = 0; i < 4; i++) {
    server_t *server = serve(*state, 1000);
    server->is_closing_in_request = true;
    server->decision = decisions[i];
    int peer = dial(server);
    int waiting = dial(server);
    kit_turn(*state, 2);
    say(peer, request, REQUEST_LEN);
    kit_turn(*state, 4);
    assert_int_equal(server->requests, 1);
    assert_null(server->listener);
    assert_int_equal(server->count, decisions[i] == DECIDE_ACCEPT);
    if (server->released >= 0) {
      close(server->released);
    }
    close(waiting);
    close(peer);
    shut(server);
  }
}

static void an_unreferenced_listener_lets_the_loop_end(void **state) {
  kit_t *kit = *state;
  server_t *server = serve(kit, 1000);
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
  shut(server);
}

/* ---- Memory ---- */

static void each_allocation_may_fail(void **state) {
  (void)state;
  bool is_reached = true;
  for (size_t fail_at = 2; is_reached; fail_at++) {
    kit_t *kit = kit_new(65536);
    server_t *server = serve(kit, 1000);
    int peer = dial(server);
    char heard[64];
    kit->mem.fail_at = fail_at; /* the first was the listener's */
    kit_turn(kit, 2);
    (void)send(peer, request, 40, MSG_NOSIGNAL);
    kit_turn(kit, 2);
    (void)send(peer, request + 40, REQUEST_LEN - 40, MSG_NOSIGNAL);
    kit_turn(kit, 3);
    is_reached = kit->mem.calls >= fail_at;
    (void)recv(peer, heard, sizeof(heard), 0);
    kit->mem.fail_at = 0;
    int other = dial(server);
    say(other, request, REQUEST_LEN);
    expect_start(server, other, accepted_start);
    close(other);
    close(peer);
    shut(server);
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
      cmocka_unit_test(each_allocation_may_fail),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
