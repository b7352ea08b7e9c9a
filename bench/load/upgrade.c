#include "upgrade.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "fail.h"

/* The key and accept value of RFC 6455 1.3: a fixed pair spares a SHA-1. */
#define KEY "dGhlIHNhbXBsZSBub25jZQ=="
#define ACCEPT "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

#define HEAD                                                                   \
  "GET /bench HTTP/1.1\r\n"                                                    \
  "Host: localhost\r\n"                                                        \
  "Upgrade: websocket\r\n"                                                     \
  "Connection: Upgrade\r\n"                                                    \
  "Sec-WebSocket-Key: " KEY "\r\n"                                             \
  "Sec-WebSocket-Version: 13\r\n"

static char plain_request[] = HEAD "\r\n";
static char deflate_request[] = HEAD
    "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"
    "\r\n";

void upgrade_init(upgrade_t *upgrade, const options_t *options) {
  upgrade->options = options;
  upgrade->is_sent = false;
  upgrade->got = 0;
}

static bool send_request(upgrade_t *upgrade, wire_t *wire) {
  char *request =
      upgrade->options->is_deflated ? deflate_request : plain_request;
  struct iovec part = {request, strlen(request)};
  ssize_t n = wire_write(wire, &part, 1);

  if (n < 0) {
    if (errno == EAGAIN || errno == EINPROGRESS) {
      return false;
    }
    fail_errno("sending the upgrade request");
  }
  if ((size_t)n != part.iov_len) {
    fail("the upgrade request did not fit into the socket");
  }

  upgrade->is_sent = true;

  return true;
}

static void check_accept(const char *response) {
  const char *at = strcasestr(response, "\r\nSec-WebSocket-Accept:");

  if (at == NULL) {
    fail("no Sec-WebSocket-Accept in: %s", response);
  }

  at = strchr(at, ':') + 1;
  at += strspn(at, " \t");
  if (strncmp(at, ACCEPT "\r\n", sizeof ACCEPT "\r\n" - 1) != 0) {
    fail("wrong Sec-WebSocket-Accept in: %s", response);
  }
}

/* The requests are compressed with a window of 32 KiB, and independently of
   each other. */
static void check_extension(const upgrade_t *upgrade) {
  const char *response = upgrade->response;
  bool is_agreed =
      strcasestr(response, "\r\nSec-WebSocket-Extensions:") != NULL &&
      strstr(response, "permessage-deflate") != NULL;
  const char *window = strstr(response, "client_max_window_bits=");

  if (is_agreed != upgrade->options->is_deflated) {
    fail("%s compression in: %s", is_agreed ? "unwanted" : "no", response);
  }
  if (window != NULL && strncmp(strchr(window, '=') + 1, "15", 2) != 0) {
    fail("too small a window in: %s", response);
  }
}

static bool check_response(upgrade_t *upgrade) {
  const char *end;

  upgrade->response[upgrade->got] = '\0';
  end = strstr(upgrade->response, "\r\n\r\n");
  if (end == NULL) {
    if (upgrade->got == UPGRADE_RESPONSE_MAX) {
      fail("the upgrade response is too long");
    }
    return false;
  }

  if (strncmp(upgrade->response, "HTTP/1.1 101 ", 13) != 0) {
    fail("refused: %s", upgrade->response);
  }
  if (end + 4 != upgrade->response + upgrade->got) {
    fail("bytes after the upgrade response");
  }
  check_accept(upgrade->response);
  check_extension(upgrade);

  return true;
}

bool upgrade_advance(upgrade_t *upgrade, wire_t *wire) {
  ssize_t n;

  if (!wire_secure(wire)) {
    return false;
  }
  if (!upgrade->is_sent && !send_request(upgrade, wire)) {
    return false;
  }

  n = wire_read(wire, upgrade->response + upgrade->got,
                UPGRADE_RESPONSE_MAX - upgrade->got);
  if (n < 0) {
    if (errno == EAGAIN) {
      return false;
    }
    fail_errno("reading the upgrade response");
  }
  if (n == 0) {
    fail("the server ended the connection during the handshake");
  }

  upgrade->got += (size_t)n;

  return check_response(upgrade);
}
