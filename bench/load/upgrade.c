#include "upgrade.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "fail.h"

/* The key and accept value of RFC 6455 1.3: a fixed pair spares a SHA-1. */
#define KEY "dGhlIHNhbXBsZSBub25jZQ=="
#define ACCEPT "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

static const char request[] = "GET /bench HTTP/1.1\r\n"
                              "Host: localhost\r\n"
                              "Upgrade: websocket\r\n"
                              "Connection: Upgrade\r\n"
                              "Sec-WebSocket-Key: " KEY "\r\n"
                              "Sec-WebSocket-Version: 13\r\n"
                              "\r\n";

void upgrade_init(upgrade_t *upgrade) {
  upgrade->is_sent = false;
  upgrade->got = 0;
}

static bool send_request(upgrade_t *upgrade, int fd) {
  ssize_t n = send(fd, request, sizeof request - 1, MSG_NOSIGNAL);

  if (n < 0) {
    if (errno == EAGAIN || errno == EINPROGRESS) {
      return false;
    }
    fail_errno("sending the upgrade request");
  }
  if ((size_t)n != sizeof request - 1) {
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

  return true;
}

bool upgrade_advance(upgrade_t *upgrade, int fd) {
  ssize_t n;

  if (!upgrade->is_sent && !send_request(upgrade, fd)) {
    return false;
  }

  n = recv(fd, upgrade->response + upgrade->got,
           UPGRADE_RESPONSE_MAX - upgrade->got, 0);
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
