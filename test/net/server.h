/* A server for the tests of the listener, and clients made by hand. */
#ifndef UVWS_TEST_NET_SERVER_H
#define UVWS_TEST_NET_SERVER_H

#include "kit.h"
#include "net/listener.h"

#define SERVER_CONNECTIONS_MAX 64

/* An upgrade request, and how its answer begins. */
#define SERVER_REQUEST                                                         \
  "GET /chat HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"                    \
  "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"     \
  "Sec-WebSocket-Version: 13\r\n\r\n"
#define SERVER_REQUEST_LEN (sizeof(SERVER_REQUEST) - 1)
#define SERVER_101 "HTTP/1.1 101 Switching Protocols\r\n"

/* What the server does with a request. */
typedef enum decision {
  DECIDE_ACCEPT, /* refuses what can't be accepted */
  DECIDE_REFUSE,
  DECIDE_RELEASE,
  DECIDE_LATER, /* keeps it in server->waiting */
  DECIDE_NOTHING
} decision_t;

typedef struct server {
  kit_t *kit;
  uvws_listener_t *listener; /* NULL once it is closed */
  uint16_t port;
  decision_t decision;
  bool is_closing_in_request; /* closes the listener before it decides */
  int requests;
  int count; /* sum of what on_count told, less what ended */
  uvws_status_t verdict;
  char head[256];
  char rest[64];
  int released;            /* the descriptor released last, or -1 */
  uvws_upgrade_t *waiting; /* whose decision is put off, or NULL */
  int abandoned;           /* how often on_abandoned was called */
  uvws_counters_t counters[SERVER_CONNECTIONS_MAX];
  uvws_connection_t *connections[SERVER_CONNECTIONS_MAX]; /* NULL: ended */
  int accepted;
} server_t;

/* Listens on a port of the loopback interface. */
server_t *server_new(kit_t *kit, uint32_t timeout_ms);

/* Ends the listener and all connections, waits for it and frees. Fails the test
 * if the count is not 0 then. */
void server_free(server_t *server);

bool server_has_accepted(void *server); /* for kit_run */

/* Accepts what is waiting. */
void server_accept(server_t *server);

/* A connected, non-blocking descriptor. */
int client_dial(const server_t *server);

void client_say(int fd, const char *text, size_t len);

/* Turns the loop and gives how much of `len` bytes is heard until the stream
 * ends; `into` is zero-terminated where it was not filled. */
size_t client_hear(const server_t *server, int fd, char *into, size_t len);

/* Turns the loop until so much is heard, and compares. */
void client_expect(const server_t *server, int fd, const char *start);

/* Turns the loop until the stream ends; fails if a byte came before. */
void client_expect_end(const server_t *server, int fd);

/* Closes with a reset instead of a FIN. */
void client_reset(int fd);

#endif
