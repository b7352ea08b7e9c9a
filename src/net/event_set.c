#include "net/event_set.h"

#include <assert.h>
#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

/* Enough for a batch to amortise epoll_wait; the next one reports what is left
 * over. */
#define BATCH_MAX 512

/* What comes with ONCE, and what means MORE. */
#define EPOLL_ONCE (EPOLLET | EPOLLRDHUP | EPOLLPRI)
#define EPOLL_MORE (EPOLLRDHUP | EPOLLPRI | EPOLLERR | EPOLLHUP)

static unsigned from_epoll(uint32_t events) {
  unsigned result = 0;
  if (events & EPOLLIN) {
    result |= UVWS_EVENT_READ;
  }
  if (events & EPOLLOUT) {
    result |= UVWS_EVENT_WRITE;
  }
  if (events & EPOLLRDHUP) {
    result |= UVWS_EVENT_HANGUP;
  }
  if (events & (EPOLLERR | EPOLLHUP)) {
    result |= UVWS_EVENT_ERROR;
  }
  if (events & EPOLL_MORE) {
    result |= UVWS_EVENT_MORE;
  }
  return result;
}

static uint32_t to_epoll(unsigned interest) {
  return ((interest & UVWS_EVENT_READ) ? (uint32_t)EPOLLIN : 0) |
         ((interest & UVWS_EVENT_WRITE) ? (uint32_t)EPOLLOUT : 0) |
         ((interest & UVWS_EVENT_HANGUP) ? (uint32_t)EPOLLRDHUP : 0) |
         ((interest & UVWS_EVENT_ONCE) ? (uint32_t)EPOLL_ONCE : 0);
}

static void on_poll(uv_poll_t *poll, int status, int events) {
  uvws_event_set_t *set = poll->data;
  struct epoll_event batch[BATCH_MAX];
  (void)events;
  if (status < 0) {
    return;
  }
  int count = epoll_wait(set->fd, batch, BATCH_MAX, 0);
  for (int i = 0; i < count; i++) {
    uvws_watcher_t *watcher = batch[i].data.ptr;
    /* An earlier event of this batch may have unwatched it. */
    if (watcher->interest != 0) {
      watcher->on_events(watcher, from_epoll(batch[i].events));
    }
  }
  set->on_batch_end(set);
}

int uvws_event_set_init(uvws_event_set_t *set, uv_loop_t *loop,
                        void (*on_batch_end)(uvws_event_set_t *set)) {
  set->on_batch_end = on_batch_end;
  set->fd = epoll_create1(EPOLL_CLOEXEC);
  if (set->fd < 0) {
    return -errno;
  }
  int err = uv_poll_init(loop, &set->poll, set->fd);
  if (err != 0) {
    close(set->fd);
    return err;
  }
  set->poll.data = set;
  uv_unref((uv_handle_t *)&set->poll);
  /* Fails only for a handle that is being closed. */
  (void)uv_poll_start(&set->poll, UV_READABLE, on_poll);
  return 0;
}

void uvws_event_set_close(uvws_event_set_t *set, uv_close_cb on_closed) {
  uv_close((uv_handle_t *)&set->poll, on_closed);
  close(set->fd);
  set->fd = -1;
}

static int control(uvws_event_set_t *set, int op, uvws_watcher_t *watcher,
                   unsigned interest) {
  struct epoll_event event = {.events = to_epoll(interest),
                              .data.ptr = watcher};
  return epoll_ctl(set->fd, op, watcher->fd, &event);
}

int uvws_event_set_watch(uvws_event_set_t *set, uvws_watcher_t *watcher,
                         unsigned interest) {
  if (interest == watcher->interest) {
    return 0;
  }
  int op = EPOLL_CTL_MOD;
  if (watcher->interest == 0) {
    op = EPOLL_CTL_ADD;
  } else if (interest == 0) {
    op = EPOLL_CTL_DEL;
  }
  int result = control(set, op, watcher, interest);
  /* A removal can only fail for a descriptor that is gone from the set. */
  if (result != 0 && op != EPOLL_CTL_DEL) {
    return -errno;
  }
  watcher->interest = interest;
  return 0;
}

int uvws_event_set_replace(uvws_event_set_t *set, uvws_watcher_t *former,
                           uvws_watcher_t *watcher, unsigned interest) {
  assert(former->fd == watcher->fd && watcher->interest == 0);
  if (former->interest == 0) {
    return uvws_event_set_watch(set, watcher, interest);
  }
  if (interest == 0) {
    return uvws_event_set_watch(set, former, 0);
  }
  if (control(set, EPOLL_CTL_MOD, watcher, interest) != 0) {
    return -errno;
  }
  former->interest = 0;
  watcher->interest = interest;
  return 0;
}

/* A change looks at the state anew, even where it changes nothing. */
void uvws_event_set_watch_again(uvws_event_set_t *set,
                                uvws_watcher_t *watcher) {
  (void)control(set, EPOLL_CTL_MOD, watcher, watcher->interest);
}
