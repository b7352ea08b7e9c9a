#include "channel.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>

#include "fail.h"
#include "network.h"

#define READ_BYTES (256 * 1024)

void channel_init(channel_t *channel, const script_t *script, wire_t wire,
                  int epoll, uint64_t id, size_t first) {
  size_t index = first % script->count;

  *channel = (channel_t){.script = script,
                         .wire = wire,
                         .epoll = epoll,
                         .id = id,
                         .next = index,
                         .send_at = script->request_at[index],
                         .receive_at = index * script->reply_len};
  if (script->is_deflated) {
    channel->inflater = must_alloc(sizeof *channel->inflater);
    inflater_init(channel->inflater, script, index);
  }
  network_add(epoll, wire.fd, EPOLLIN, id);
}

static void set_blocked(channel_t *channel, bool is_blocked) {
  if (channel->is_blocked != is_blocked) {
    channel->is_blocked = is_blocked;
    network_modify(channel->epoll, channel->wire.fd,
                   is_blocked ? EPOLLIN | EPOLLOUT : EPOLLIN, channel->id);
  }
}

/* One gathered write: up to the end of the cycle, then from its beginning. */
static ssize_t write_some(channel_t *channel, size_t cycle) {
  uint8_t *requests = channel->script->requests;
  size_t head = cycle - channel->send_at;
  size_t tail = 0;
  struct iovec parts[2];

  if (head >= channel->owed) {
    head = channel->owed;
  } else {
    tail = channel->owed - head;
    tail = tail < channel->send_at ? tail : channel->send_at;
  }

  parts[0] = (struct iovec){requests + channel->send_at, head};
  parts[1] = (struct iovec){requests, tail};

  return wire_write(&channel->wire, parts, tail == 0 ? 1 : 2);
}

void channel_resume(channel_t *channel) {
  size_t cycle = script_request_cycle(channel->script);

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
  const script_t *script = channel->script;

  channel->owed += script_request_bytes(script, channel->next, count);
  channel->next = (channel->next + count) % script->count;
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

static size_t take(channel_t *channel, uint8_t *bytes, size_t len) {
  size_t reply_len = channel->script->reply_len;
  size_t complete;

  if (channel->inflater != NULL) {
    return inflater_feed(channel->inflater, bytes, len);
  }

  check(channel, bytes, len);
  complete = (channel->partial + len) / reply_len;
  channel->partial = (channel->partial + len) % reply_len;

  return complete;
}

size_t channel_receive(channel_t *channel) {
  static uint8_t buffer[READ_BYTES];
  size_t complete = 0;

  do {
    ssize_t n = wire_read(&channel->wire, buffer, sizeof buffer);

    if (n < 0) {
      if (errno == EAGAIN) {
        break;
      }
      fail_errno("reading replies");
    }
    if (n == 0) {
      fail("the server ended connection %llu", (unsigned long long)channel->id);
    }
    complete += take(channel, buffer, (size_t)n);
  } while (wire_has_pending(&channel->wire));

  return complete;
}
