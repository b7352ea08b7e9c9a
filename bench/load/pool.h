#ifndef BENCH_POOL_H
#define BENCH_POOL_H

#include <stddef.h>

#include "options.h"
#include "wire.h"

/* Opens `count` WebSocket connections, a few dozen at a time, and stores them
   at `wires`. `first` numbers them for the choice of source addresses. */
void pool_open(const options_t *options, size_t first, size_t count,
               wire_t *wires);

#endif
