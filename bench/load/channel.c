#include "channel.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "fail.h"
#include "network.h"

#define READ_BYTES (256 * 1024)

void channel_init(channel_t *channel, const script_t *script, int fd, int epoll,
                  uint64_t id, size_t first) {
  size_t index = first % script->count;

  *channel = (channel_t){.script = script,
                         .fd = fd,
                         .epoll = epoll,
                         .id = id,
                         .send_at = index * script->request_len,
                         .receive_at = index * script->reply_len};
  network_add(epoll, fd, EPOLLIN, id);
}

static void set_blocked(channel_t *channel, bool is_blocked) {
  if (channel->is_blocked != is_blocked) {
    channel->is_blocked = is_blocked;
    network_modify(channel->epoll, channel->fd,
                   is_blocked ? EPOLLIN | EPOLLOUT : EPOLLIN, channel->id);
  }
}

/* One gathered write: up to the end of the cycle, then from its beginning. */
static ssize_t write_some(const channel_t *channel, size_t cycle) {
  uint8_t *requests = channel->script->requests;
  size_t head = cycle - channel->send_at;
  size_t tail = 0;
  struct iovec parts[2];
  struct msghdr message = {.msg_iov = parts};

  if (head >= channel->owed) {
    head = channel->owed;
  } else {
    tail = channel->owed - head;
    tail = tail < channel->send_at ? tail : channel->send_at;
  }

  parts[0] = (struct iovec){requests + channel->send_at, head};
  parts[1] = (struct iovec){requests, tail};
  message.msg_iovlen = tail == 0 ? 1 : 2;

  return sendmsg(channel->fd, &message, MSG_NOSIGNAL);
}

void channel_resume(channel_t *channel) {
  size_t cycle = channel->script->count * channel->script->request_len;

  while (channel->owed > 0) {
    ssize_t n = write_some(channel, cycle);

    if (n < 0) {
      if (errno != EAGAIN) {
        fail_errno("sending messages");
      }
      set_blocked(channel, true);
      return;
    }

    channel->owed -= (size_t)n;
    channel->send_at = (channel->send_at + (size_t)n) % cycle;
  }

  set_blocked(channel, false);
}

void channel_send(channel_t *channel, size_t count) {
  channel->owed += count * channel->script->request_len;
  if (!channel->is_blocked) {
    channel_resume(channel);
  }
}

static void check(channel_t *channel, const uint8_t *bytes, size_t len) {
  const script_t *script = channel->script;
  size_t cycle = script->count * script->reply_len;

  while (len > 0) {
    size_t run = cycle - channel->receive_at;

    run = run < len ? run : len;
    if (memcmp(bytes, script->replies + channel->receive_at, run) != 0) {
      fail("connection %llu: a reply differs from what was sent",
           (unsigned long long)channel->id);
    }

    bytes += run;
    len -= run;
    channel->receive_at = (channel->receive_at + run) % cycle;
  }
}

size_t channel_receive(channel_t *channel) {
  static uint8_t buffer[READ_BYTES];
  ssize_t n = recv(channel->fd, buffer, sizeof buffer, 0);
  size_t complete;

  if (n < 0) {
    if (errno == EAGAIN) {
      return 0;
    }
    fail_errno("reading replies");
  }
  if (n == 0) {
    fail("the server ended connection %llu", (unsigned long long)channel->id);
  }

  check(channel, buffer, (size_t)n);
  channel->partial += (size_t)n;
  complete = channel->partial / channel->script->reply_len;
  channel->partial -= complete * channel->script->reply_len;

  return complete;
}
