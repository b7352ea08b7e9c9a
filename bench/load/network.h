#ifndef BENCH_NETWORK_H
#define BENCH_NETWORK_H

#include <stddef.h>
#include <stdint.h>

#include "options.h"

/* Sockets and the epoll set. Everything is nonblocking; all functions fail()
   on an error that is not merely "not yet". */

/* Raises the descriptor limit so that `count` connections fit. */
void network_reserve(size_t count);

/* A socket on its way to the server. The index chooses among the loopback
   source addresses (127.0.0.1, 127.0.0.2, ...): one address has about 28,000
   ports to offer. */
int network_connect(const options_t *options, size_t index);

int network_epoll(void);
void network_add(int epoll, int fd, uint32_t events, uint64_t data);
void network_modify(int epoll, int fd, uint32_t events, uint64_t data);

#endif
