/* System calls on stream sockets, with EINTR retried and errors as negative
 * libuv codes. Knows nothing of loops or of WebSocket. */
#ifndef UVWS_NET_SOCKET_H
#define UVWS_NET_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h> /* ssize_t, everywhere */

#include "net/iovec.h"

#define UVWS_ADDRESS_MAX 46 /* INET6_ADDRSTRLEN */

typedef struct uvws_address {
  char host[UVWS_ADDRESS_MAX]; /* numeric, NUL-terminated */
  int family;                  /* 4 or 6 */
  uint16_t port;
} uvws_address_t;

typedef struct uvws_listen_options {
  const char *host;    /* numeric IPv4 or IPv6 address */
  uint16_t port;       /* 0: any free port */
  int backlog;         /* at least 1 */
  bool is_ipv6_only;   /* refuse IPv4-mapped addresses */
  bool is_port_shared; /* other listeners that share it too may have the same
                          address; the kernel spreads connections over them */
} uvws_listen_options_t;

/* False where descriptors are node's alone: all connections then go through
 * streams, and every function here fails with UV_ENOTSUP. */
bool uvws_socket_is_supported(void);

/* Bytes read, 0 at the end of the stream, or a negative error; UV_EAGAIN where
 * nothing is there. */
ssize_t uvws_socket_read(int fd, struct iovec *parts, int count);

/* Bytes written, which may be fewer than asked for, or a negative error;
 * UV_EAGAIN where the kernel takes none. Never raises SIGPIPE. */
ssize_t uvws_socket_write(int fd, struct iovec *parts, int count);

/* Whether a read of fewer bytes than there was room for has read all there was,
 * unless urgent data or the end lie behind: so with TCP, not with a Unix domain
 * socket, where a read stops at descriptors that are handed over. */
bool uvws_socket_reads_all(int fd);

/* Half-closes the writing side; a socket that is already gone is no error. */
void uvws_socket_end(int fd);

/* Closes the descriptor. */
void uvws_socket_close(int fd);

/* Makes a bound and listening descriptor, non-blocking and close-on-exec, with
 * SO_REUSEADDR as libuv sets it. Returns the descriptor or a negative error. */
int uvws_socket_listen(const uvws_listen_options_t *options);

/* Takes one connection, non-blocking, close-on-exec and with TCP_NODELAY.
 * Returns its descriptor or a negative error; UV_EAGAIN where none waits. */
int uvws_socket_accept(int fd);

/* Fills in the local address, or the peer's. Returns 0 or a negative error. */
int uvws_socket_local_address(int fd, uvws_address_t *address);
int uvws_socket_peer_address(int fd, uvws_address_t *address);

#endif
