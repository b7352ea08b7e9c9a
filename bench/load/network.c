#include "network.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "fail.h"

#define SPARE_DESCRIPTORS 64

void network_reserve(size_t count) {
  struct rlimit limit;
  rlim_t wanted = count + SPARE_DESCRIPTORS;

  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
    fail_errno("getrlimit");
  }
  if (limit.rlim_cur >= wanted) {
    return;
  }

  limit.rlim_cur = wanted;
  if (limit.rlim_max < wanted) {
    limit.rlim_max = wanted;
  }
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) {
    fail_errno("raising the descriptor limit");
  }
}

static struct sockaddr_in loopback(size_t host, uint16_t port) {
  struct sockaddr_in address = {0};

  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + (uint32_t)host);

  return address;
}

static void bind_source(int fd, size_t host) {
  struct sockaddr_in source = loopback(host, 0);
  int on = 1;

  /* leaves the choice of the port to connect(), which knows the whole tuple */
  setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  if (bind(fd, (struct sockaddr *)&source, sizeof source) != 0) {
    fail_errno("bind");
  }
}

int network_connect(const options_t *options, size_t index) {
  struct sockaddr_in server = loopback(0, options->port);
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  int on = 1;

  if (fd < 0) {
    fail_errno("socket");
  }
  if (options->sources > 1) {
    bind_source(fd, index % options->sources);
  }

  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (connect(fd, (struct sockaddr *)&server, sizeof server) != 0 &&
      errno != EINPROGRESS) {
    fail_errno("connect");
  }

  return fd;
}

int network_epoll(void) {
  int epoll = epoll_create1(EPOLL_CLOEXEC);

  if (epoll < 0) {
    fail_errno("epoll_create1");
  }

  return epoll;
}

static void control(int epoll, int operation, int fd, uint32_t events,
                    uint64_t data) {
  struct epoll_event event = {.events = events, .data.u64 = data};

  if (epoll_ctl(epoll, operation, fd, &event) != 0) {
    fail_errno("epoll_ctl");
  }
}

void network_add(int epoll, int fd, uint32_t events, uint64_t data) {
  control(epoll, EPOLL_CTL_ADD, fd, events, data);
}

void network_modify(int epoll, int fd, uint32_t events, uint64_t data) {
  control(epoll, EPOLL_CTL_MOD, fd, events, data);
}
