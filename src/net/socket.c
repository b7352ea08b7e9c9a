#include "net/socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

typedef union any_address {
  struct sockaddr base;
  struct sockaddr_in v4;
  struct sockaddr_in6 v6;
  struct sockaddr_storage room;
} any_address_t;

bool uvws_socket_is_supported(void) { return true; }

static ssize_t result_of(ssize_t result) {
  if (result >= 0) {
    return result;
  }
  return errno == EWOULDBLOCK ? UV_EAGAIN : -errno;
}

ssize_t uvws_socket_read(int fd, struct iovec *parts, int count) {
  ssize_t n;
  do {
    n = count == 1 ? recv(fd, parts[0].iov_base, parts[0].iov_len, 0)
                   : readv(fd, parts, count);
  } while (n < 0 && errno == EINTR);
  return result_of(n);
}

ssize_t uvws_socket_write(int fd, struct iovec *parts, int count) {
  struct msghdr message = {.msg_iov = parts, .msg_iovlen = (size_t)count};
  ssize_t n;
  do {
    n = count == 1 ? send(fd, parts[0].iov_base, parts[0].iov_len, MSG_NOSIGNAL)
                   : sendmsg(fd, &message, MSG_NOSIGNAL);
  } while (n < 0 && errno == EINTR);
  /* As libuv: a kernel short of memory takes it later. */
  return n < 0 && errno == ENOBUFS ? UV_EAGAIN : result_of(n);
}

bool uvws_socket_reads_all(int fd) {
#ifdef SO_PROTOCOL
  int protocol = 0;
  socklen_t len = sizeof(protocol);
  return getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &len) == 0 &&
         protocol == IPPROTO_TCP;
#else
  (void)fd;
  return false;
#endif
}

void uvws_socket_end(int fd) { (void)shutdown(fd, SHUT_WR); }

void uvws_socket_close(int fd) { (void)close(fd); }

/* Fills in the address to bind to; 0 where host is not a numeric address. */
static socklen_t parse_address(const uvws_listen_options_t *options,
                               any_address_t *address) {
  memset(address, 0, sizeof(*address));
  if (inet_pton(AF_INET, options->host, &address->v4.sin_addr) == 1) {
    address->v4.sin_family = AF_INET;
    address->v4.sin_port = htons(options->port);
    return sizeof(address->v4);
  }
  if (uv_ip6_addr(options->host, options->port, &address->v6) == 0) {
    return sizeof(address->v6);
  }
  return 0;
}

static int bind_and_listen(int fd, const uvws_listen_options_t *options,
                           const any_address_t *address, socklen_t len) {
  int on = 1;
  if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0) {
    return -errno;
  }
  if (options->is_port_shared &&
      setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) != 0) {
    return -errno;
  }
  int only = options->is_ipv6_only ? 1 : 0;
  if (address->base.sa_family == AF_INET6 &&
      setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof(only)) != 0) {
    return -errno;
  }
  /* Accepted sockets inherit it: a system call less for each. */
  if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) != 0) {
    return -errno;
  }
  if (bind(fd, &address->base, len) != 0 || listen(fd, options->backlog) != 0) {
    return -errno;
  }
  return 0;
}

int uvws_socket_listen(const uvws_listen_options_t *options) {
  any_address_t address;
  socklen_t len = parse_address(options, &address);
  if (len == 0) {
    return UV_EINVAL;
  }
  int fd = socket(address.base.sa_family,
                  SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) {
    return -errno;
  }
  int err = bind_and_listen(fd, options, &address, len);
  if (err != 0) {
    close(fd);
    return err;
  }
  return fd;
}

int uvws_socket_accept(int fd) {
  int accepted;
  do {
    accepted = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
  } while (accepted < 0 && errno == EINTR);
  if (accepted < 0) {
    return (int)result_of(accepted);
  }
  return accepted;
}

static int to_address(const any_address_t *from, uvws_address_t *address) {
  if (from->base.sa_family == AF_INET) {
    address->family = 4;
    address->port = ntohs(from->v4.sin_port);
    return uv_ip4_name(&from->v4, address->host, sizeof(address->host));
  }
  if (from->base.sa_family == AF_INET6) {
    address->family = 6;
    address->port = ntohs(from->v6.sin6_port);
    return uv_ip6_name(&from->v6, address->host, sizeof(address->host));
  }
  return UV_EINVAL;
}

int uvws_socket_local_address(int fd, uvws_address_t *address) {
  any_address_t from = {0};
  socklen_t len = sizeof(from);
  if (getsockname(fd, &from.base, &len) != 0) {
    return -errno;
  }
  return to_address(&from, address);
}

int uvws_socket_peer_address(int fd, uvws_address_t *address) {
  any_address_t from = {0};
  socklen_t len = sizeof(from);
  if (getpeername(fd, &from.base, &len) != 0) {
    return -errno;
  }
  return to_address(&from, address);
}
