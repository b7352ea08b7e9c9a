#include "handshake.h"

#include <string.h>
#include <strings.h>

#include "accept_key.h"

#define KEY_NAME "sec-websocket-key:"
#define KEY_NAME_LEN (sizeof KEY_NAME - 1)
#define KEY_LEN 24
#define HEAD                                                                   \
  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"                 \
  "Connection: Upgrade\r\nSec-WebSocket-Accept: "

static const char *find_key(const char *at, const char *end) {
  for (; (size_t)(end - at) > KEY_NAME_LEN + KEY_LEN; at++) {
    at = memchr(at, '\n', (size_t)(end - at));
    if (at == NULL || (size_t)(end - at) <= 1 + KEY_NAME_LEN + KEY_LEN) {
      return NULL;
    }
    if (strncasecmp(at + 1, KEY_NAME, KEY_NAME_LEN) == 0) {
      at += 1 + KEY_NAME_LEN;
      while (*at == ' ' || *at == '\t') {
        at++;
      }
      return end - at > KEY_LEN ? at : NULL;
    }
  }

  return NULL;
}

long handshake_answer(const char *bytes, size_t len, char *response,
                      size_t *response_len) {
  const char *end = memmem(bytes, len, "\r\n\r\n", 4);
  const char *key;
  char *at = response;

  if (end == NULL) {
    return 0;
  }

  key = find_key(bytes, end + 2);
  if (key == NULL) {
    return -1;
  }

  at = mempcpy(at, HEAD, sizeof HEAD - 1);
  accept_key(key, KEY_LEN, at);
  at = mempcpy(at + ACCEPT_KEY_LEN, "\r\n\r\n", 4);
  *response_len = (size_t)(at - response);

  return end + 4 - bytes;
}
