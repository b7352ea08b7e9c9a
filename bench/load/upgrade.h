#ifndef BENCH_UPGRADE_H
#define BENCH_UPGRADE_H

#include <stdbool.h>
#include <stddef.h>

/* The client's half of the opening handshake, over a nonblocking socket. */

#define UPGRADE_RESPONSE_MAX 1024

typedef struct {
  bool is_sent;
  size_t got;
  char response[UPGRADE_RESPONSE_MAX + 1];
} upgrade_t;

void upgrade_init(upgrade_t *upgrade);

/* Does what the socket allows now: sends the request, reads the response.
   True once a whole 101 with the right accept value was read. fail()s on any
   other response and on bytes after it: no scenario's server speaks first. */
bool upgrade_advance(upgrade_t *upgrade, int fd);

#endif
