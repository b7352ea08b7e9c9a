#include "server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define WAITING_ID 77

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

static void ignore_flag(uvws_connection_t *connection, bool is_begun) {
  (void)connection;
  (void)is_begun;
}

static void ignore_output(uvws_connection_t *connection, uvws_buffer_t *bytes,
                          bool is_end) {
  (void)connection;
  (void)bytes;
  (void)is_end;
}

static void note_closed(uvws_connection_t *connection) {
  server_t *server = connection->user;
  server->connections[connection->id] = NULL;
  server->count--;
}

static const uvws_connection_callbacks_t connection_callbacks = {
    {.on_message = ignore_message,
     .on_ping = ignore_control,
     .on_pong = ignore_control,
     .on_close = ignore_close},
    ignore_failure,
    ignore,
    ignore_flag,
    ignore_flag,
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
                           uvws_slice_t protocol) {
  uint32_t id = (uint32_t)server->accepted++;
  uvws_connection_config_t config = {.options = &server->kit->options,
                                     .callbacks = &connection_callbacks,
                                     .user = server,
                                     .id = id,
                                     .counters = &server->counters[id]};
  uvws_handshake_answer_t answer = {.protocol = protocol};
  server->connections[id] = uvws_upgrade_accept(upgrade, &config, &answer);
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
  if (server->decision == DECIDE_LATER) {
    if (uvws_upgrade_wait(upgrade, WAITING_ID)) {
      server->waiting = upgrade;
    }
    return;
  }
  if (server->decision == DECIDE_RELEASE) {
    server->released = uvws_upgrade_release(upgrade);
    server->count--;
  } else if (asked->verdict < 0 || server->decision == DECIDE_REFUSE) {
    uvws_upgrade_refuse(upgrade, asked->verdict < 0
                                     ? asked->verdict
                                     : UVWS_ERR_HANDSHAKE_PROTOCOL);
  } else {
    accept_upgrade(server, upgrade, asked->handshake.protocol);
  }
}

void server_accept(server_t *server) {
  uvws_upgrade_t *upgrade = server->waiting;
  server->waiting = NULL;
  accept_upgrade(server, upgrade, uvws_slice(NULL, 0));
}

static void on_count(uvws_listener_t *listener, int change) {
  server_t *server = listener->user;
  server->count += change;
  assert_true(server->count >= 0);
}

static void on_abandoned(uvws_listener_t *listener, uint32_t id) {
  server_t *server = listener->user;
  assert_int_equal(id, WAITING_ID);
  server->waiting = NULL;
  server->abandoned++;
}

static void on_closed(uvws_listener_t *listener) {
  server_t *server = listener->user;
  server->listener = NULL;
}

static const uvws_listener_callbacks_t listener_callbacks = {
    on_request, on_count, on_abandoned, on_closed};

server_t *server_new(kit_t *kit, uint32_t timeout_ms) {
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

void server_free(server_t *server) {
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

int client_dial(const server_t *server) {
  struct sockaddr_in target = {.sin_family = AF_INET,
                               .sin_port = htons(server->port),
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  assert_true(fd >= 0);
  assert_int_equal(connect(fd, (struct sockaddr *)&target, sizeof(target)), 0);
  assert_int_equal(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK), 0);
  return fd;
}

void client_say(int fd, const char *text, size_t len) {
  assert_int_equal(send(fd, text, len, MSG_NOSIGNAL), len);
}

size_t client_hear(const server_t *server, int fd, char *into, size_t len) {
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

void client_expect(const server_t *server, int fd, const char *start) {
  char heard[256] = {0};
  size_t len = strlen(start);
  assert_int_equal(client_hear(server, fd, heard, len + 1), len + 1);
  assert_memory_equal(heard, start, len);
}

void client_expect_end(const server_t *server, int fd) {
  char byte[2];
  assert_int_equal(client_hear(server, fd, byte, 1), 0);
}

bool server_has_accepted(void *server) {
  return ((server_t *)server)->count > 0;
}

void client_reset(int fd) {
  struct linger linger = {1, 0};
  assert_int_equal(
      setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)), 0);
  close(fd);
}
