#include "net/listener.h"

#include "net/socket.h"
#include "net/upgrade.h"

/* Accepted in one go; more wait for the next batch, so that established
 * connections are not starved by a flood of new ones. */
#define ACCEPT_MAX 64

/* How long to leave the backlog alone when descriptors or memory ran out. */
#define BACKOFF_MS 100

static void on_backoff_over(uvws_deadline_t *deadline) {
  uvws_listener_t *listener =
      UVWS_CONTAINER_OF(deadline, uvws_listener_t, backoff);
  if (uvws_event_set_watch(&listener->loop->events, &listener->watcher,
                           UVWS_EVENT_READ) != 0) {
    uvws_deadline_start(listener->loop, deadline, BACKOFF_MS);
  }
}

/* A level-triggered set would report the waiting connection for ever. */
static void back_off(uvws_listener_t *listener) {
  (void)uvws_event_set_watch(&listener->loop->events, &listener->watcher, 0);
  uvws_deadline_start(listener->loop, &listener->backoff, BACKOFF_MS);
}

static void on_events(uvws_watcher_t *watcher, unsigned events) {
  uvws_listener_t *listener =
      UVWS_CONTAINER_OF(watcher, uvws_listener_t, watcher);
  (void)events;
  for (int i = 0; i < ACCEPT_MAX && !listener->is_closed; i++) {
    int fd = uvws_socket_accept(watcher->fd);
    if (fd >= 0) {
      uvws_upgrade_start(listener, fd);
    } else if (fd == UV_EAGAIN) {
      return;
    } else if (fd != UV_ECONNABORTED && fd != UV_EPROTO) {
      back_off(listener);
      return;
    }
  }
}

static void on_reaped(uvws_corpse_t *corpse) {
  uvws_listener_t *listener =
      UVWS_CONTAINER_OF(corpse, uvws_listener_t, corpse);
  uvws_loop_t *loop = listener->loop;
  listener->callbacks->on_closed(listener);
  uvws_mem_free(loop->mem, listener);
}

uvws_listener_t *uvws_listener_new(uvws_loop_t *loop, int fd,
                                   uint32_t handshake_timeout_ms,
                                   const uvws_listener_callbacks_t *callbacks,
                                   void *user) {
  uvws_listener_t *listener = uvws_mem_calloc(loop->mem, sizeof(*listener));
  if (listener == NULL) {
    return NULL;
  }
  listener->watcher.on_events = on_events;
  listener->watcher.fd = fd;
  listener->loop = loop;
  listener->callbacks = callbacks;
  listener->user = user;
  listener->handshake_timeout_ms = handshake_timeout_ms;
  listener->reads_all = uvws_socket_reads_all(fd);
  listener->corpse.on_reaped = on_reaped;
  uvws_list_init(&listener->upgrades);
  uvws_list_init(&listener->corpse.link);
  uvws_deadline_init(&listener->backoff, on_backoff_over);
  if (uvws_event_set_watch(&loop->events, &listener->watcher,
                           UVWS_EVENT_READ) != 0) {
    uvws_mem_free(loop->mem, listener);
    return NULL;
  }
  uvws_loop_ref(loop);
  return listener;
}

void uvws_listener_close(uvws_listener_t *listener) {
  if (listener->is_closed) {
    return;
  }
  listener->is_closed = true;
  uvws_deadline_stop(&listener->backoff);
  (void)uvws_event_set_watch(&listener->loop->events, &listener->watcher, 0);
  uvws_socket_close(listener->watcher.fd);
  listener->watcher.fd = -1;
  while (!uvws_list_is_empty(&listener->upgrades)) {
    uvws_upgrade_abort(uvws_upgrade_of(listener->upgrades.next));
  }
  uvws_listener_unref(listener);
  uvws_loop_bury(listener->loop, &listener->corpse);
}

void uvws_listener_ref(uvws_listener_t *listener) {
  if (listener->is_unrefed && !listener->is_closed) {
    listener->is_unrefed = false;
    uvws_loop_ref(listener->loop);
  }
}

void uvws_listener_unref(uvws_listener_t *listener) {
  if (!listener->is_unrefed) {
    listener->is_unrefed = true;
    uvws_loop_unref(listener->loop);
  }
}
