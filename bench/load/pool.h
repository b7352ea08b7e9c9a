#ifndef BENCH_POOL_H
#define BENCH_POOL_H

#include <stddef.h>

#include "options.h"

/* Opens `count` WebSocket connections, a few dozen at a time, and stores their
   descriptors. `first` numbers them for the choice of source addresses. */
void pool_open(const options_t *options, size_t first, size_t count, int *fds);

#endif
