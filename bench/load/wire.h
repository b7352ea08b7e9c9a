#ifndef BENCH_WIRE_H
#define BENCH_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "options.h"

/* A nonblocking byte stream to the server: TCP, or TLS over it. Reading and
   writing behave as recv and sendmsg do: -1 and EAGAIN when there is nothing to
   be had or no room, 0 at the end of the stream. */

typedef struct {
  int fd;
  struct ssl_st *tls; /* NULL: plain TCP */
} wire_t;

/* On its way to the server; `index` chooses the source address (see
   network_connect). */
void wire_connect(wire_t *wire, const options_t *options, size_t index);

/* Goes on with the TLS handshake; true once there is none left to do. */
bool wire_secure(wire_t *wire);

ssize_t wire_read(wire_t *wire, void *bytes, size_t cap);
ssize_t wire_write(wire_t *wire, const struct iovec *parts, int count);

/* Whether bytes have been received that only wire_read can see: the epoll set
   does not tell of them. */
bool wire_has_pending(const wire_t *wire);

void wire_close(wire_t *wire);

#endif
