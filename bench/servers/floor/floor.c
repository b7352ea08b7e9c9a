/* floor: an epoll server that does for valid clients just what the scenarios
   need (upgrade, unmask, echo or send to all, ping, close) and no more: no
   limits, no checks, fragments echoed as they come. What it costs is what the
   kernel leaves to a server of whole messages.

   Environment: PORT (0: any), MODE (echo, fanout, publish). */

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "peer.h"

#define EVENTS_MAX 1024
#define BACKLOG 511

static void require(int ok, const char *what) {
  if (!ok) {
    perror(what);
    exit(1);
  }
}

static int listen_on(uint16_t port) {
  struct sockaddr_in address = {.sin_family = AF_INET,
                                .sin_port = htons(port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t len = sizeof address;
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  int on = 1;

  require(fd >= 0, "socket");
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  /* inherited by the accepted sockets */
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  require(bind(fd, (struct sockaddr *)&address, sizeof address) == 0, "bind");
  require(listen(fd, BACKLOG) == 0, "listen");
  require(getsockname(fd, (struct sockaddr *)&address, &len) == 0,
          "getsockname");

  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);

  return fd;
}

static void accept_all(server_t *server, int listener) {
  int fd;

  while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >=
         0) {
    peer_new(server, fd);
  }
  require(errno == EAGAIN || errno == ECONNABORTED, "accept");
}

static void dispatch(server_t *server, int listener,
                     const struct epoll_event *event) {
  peer_t *peer = event->data.ptr;

  if (peer == NULL) {
    accept_all(server, listener);
  } else if (event->events & EPOLLOUT) {
    peer_on_writable(server, peer);
  } else {
    peer_on_readable(server, peer);
  }
}

static void run(server_t *server, int listener) {
  static struct epoll_event events[EVENTS_MAX];

  for (;;) {
    int ready = epoll_wait(server->epoll, events, EVENTS_MAX, -1);

    require(ready >= 0 || errno == EINTR, "epoll_wait");
    for (int i = 0; i < ready; i++) {
      dispatch(server, listener, &events[i]);
    }
    peers_flush(server);
  }
}

int main(void) {
  const char *port = getenv("PORT");
  const char *mode = getenv("MODE");
  server_t server = {0};
  struct epoll_event event = {.events = EPOLLIN};
  int listener;

  /* asks the other servers for a garbage collection */
  signal(SIGUSR2, SIG_IGN);

  server.is_fanout = mode != NULL && strcmp(mode, "echo") != 0;
  server.epoll = epoll_create1(EPOLL_CLOEXEC);
  require(server.epoll >= 0, "epoll_create1");
  listener = listen_on((uint16_t)(port == NULL ? 0 : atoi(port)));
  require(epoll_ctl(server.epoll, EPOLL_CTL_ADD, listener, &event) == 0,
          "epoll_ctl");
  run(&server, listener);
}
