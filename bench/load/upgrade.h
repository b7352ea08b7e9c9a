#ifndef BENCH_UPGRADE_H
#define BENCH_UPGRADE_H

#include <stdbool.h>
#include <stddef.h>

#include "options.h"
#include "wire.h"

/* The client's half of the opening handshakes: TLS, where there is one, and
   WebSocket. Compression is offered as browsers do it, if at all. */

#define UPGRADE_RESPONSE_MAX 1024

typedef struct {
  const options_t *options;
  bool is_sent;
  size_t got;
  char response[UPGRADE_RESPONSE_MAX + 1];
} upgrade_t;

void upgrade_init(upgrade_t *upgrade, const options_t *options);

/* Does what the socket allows now: sends the request, reads the response.
   True once a whole 101 with the right accept value, and the compression that
   was asked for, was read. fail()s on any other response and on bytes after
   it: no scenario's server speaks first. */
bool upgrade_advance(upgrade_t *upgrade, wire_t *wire);

#endif
