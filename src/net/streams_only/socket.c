#include "net/socket.h"

#include <uv.h>

/* Where descriptors are node's alone: bytes come and go through streams. */

bool uvws_socket_is_supported(void) { return false; }

ssize_t uvws_socket_read(int fd, struct iovec *parts, int count) {
  (void)fd;
  (void)parts;
  (void)count;
  return UV_ENOTSUP;
}

ssize_t uvws_socket_write(int fd, struct iovec *parts, int count) {
  (void)fd;
  (void)parts;
  (void)count;
  return UV_ENOTSUP;
}

bool uvws_socket_reads_all(int fd) {
  (void)fd;
  return false;
}

void uvws_socket_end(int fd) { (void)fd; }

void uvws_socket_close(int fd) { (void)fd; }

int uvws_socket_listen(const uvws_listen_options_t *options) {
  (void)options;
  return UV_ENOTSUP;
}

int uvws_socket_accept(int fd) {
  (void)fd;
  return UV_ENOTSUP;
}

int uvws_socket_local_address(int fd, uvws_address_t *address) {
  (void)fd;
  (void)address;
  return UV_ENOTSUP;
}

int uvws_socket_peer_address(int fd, uvws_address_t *address) {
  (void)fd;
  (void)address;
  return UV_ENOTSUP;
}
