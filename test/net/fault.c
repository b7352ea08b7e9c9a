#include "fault.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#define PARTS_MAX 64

fault_t fault;

void fault_reset(void) { fault = (fault_t){0}; }

int __real_accept4(int fd, struct sockaddr *address, socklen_t *len, int flags);
int __real_close(int fd);
int __real_epoll_ctl(int set, int op, int fd, struct epoll_event *event);
ssize_t __real_recv(int fd, void *data, size_t len, int flags);
ssize_t __real_readv(int fd, const struct iovec *parts, int count);
ssize_t __real_send(int fd, const void *data, size_t len, int flags);
ssize_t __real_sendmsg(int fd, const struct msghdr *message, int flags);
int __real_shutdown(int fd, int how);

int __wrap_accept4(int fd, struct sockaddr *address, socklen_t *len, int flags);
int __wrap_close(int fd);
int __wrap_epoll_ctl(int set, int op, int fd, struct epoll_event *event);
ssize_t __wrap_recv(int fd, void *data, size_t len, int flags);
ssize_t __wrap_readv(int fd, const struct iovec *parts, int count);
ssize_t __wrap_send(int fd, const void *data, size_t len, int flags);
ssize_t __wrap_sendmsg(int fd, const struct msghdr *message, int flags);
int __wrap_shutdown(int fd, int how);

static bool is_due(fault_errors_t *errors) {
  if (errors->count == 0) {
    return false;
  }
  errors->count--;
  errno = errors->number;
  return true;
}

static ssize_t watch_stray(ssize_t result) {
  if (result < 0 && errno == EBADF) {
    fault.strays++;
  }
  return result;
}

static size_t at_most(size_t len, size_t max) {
  return max > 0 && len > max ? max : len;
}

/* The first `max` bytes of the parts; how many parts these are. */
static int cut(struct iovec *into, const struct iovec *parts, int count,
               size_t max) {
  int used = 0;
  size_t left = max;
  while (used < count && used < PARTS_MAX && (max == 0 || left > 0)) {
    into[used] = parts[used];
    into[used].iov_len =
        max == 0 ? parts[used].iov_len : at_most(parts[used].iov_len, left);
    left -= max == 0 ? 0 : into[used].iov_len;
    used++;
  }
  return used;
}

ssize_t __wrap_recv(int fd, void *data, size_t len, int flags) {
  fault.reads++;
  if (is_due(&fault.on_read)) {
    return -1;
  }
  return watch_stray(
      __real_recv(fd, data, at_most(len, fault.read_max), flags));
}

ssize_t __wrap_readv(int fd, const struct iovec *parts, int count) {
  struct iovec some[PARTS_MAX];
  fault.reads++;
  if (is_due(&fault.on_read)) {
    return -1;
  }
  int used = cut(some, parts, count, fault.read_max);
  return watch_stray(__real_readv(fd, some, used));
}

ssize_t __wrap_send(int fd, const void *data, size_t len, int flags) {
  fault.writes++;
  if (is_due(&fault.on_write)) {
    return -1;
  }
  return watch_stray(
      __real_send(fd, data, at_most(len, fault.write_max), flags));
}

ssize_t __wrap_sendmsg(int fd, const struct msghdr *message, int flags) {
  struct iovec some[PARTS_MAX];
  struct msghdr part = *message;
  fault.writes++;
  if (is_due(&fault.on_write)) {
    return -1;
  }
  part.msg_iov = some;
  part.msg_iovlen = (size_t)cut(some, message->msg_iov,
                                (int)message->msg_iovlen, fault.write_max);
  return watch_stray(__real_sendmsg(fd, &part, flags));
}

int __wrap_accept4(int fd, struct sockaddr *address, socklen_t *len,
                   int flags) {
  fault.accepts++;
  if (is_due(&fault.on_accept)) {
    return -1;
  }
  return __real_accept4(fd, address, len, flags);
}

int __wrap_epoll_ctl(int set, int op, int fd, struct epoll_event *event) {
  if (op != EPOLL_CTL_DEL && is_due(&fault.on_watch)) {
    return -1;
  }
  return (int)watch_stray(__real_epoll_ctl(set, op, fd, event));
}

int __wrap_close(int fd) { return (int)watch_stray(__real_close(fd)); }

int __wrap_shutdown(int fd, int how) {
  return (int)watch_stray(__real_shutdown(fd, how));
}
