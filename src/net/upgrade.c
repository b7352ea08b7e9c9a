#include "net/upgrade.h"

#include <assert.h>
#include <string.h>

struct uvws_upgrade {
  uvws_watcher_t watcher;
  uvws_loop_t *loop;
  uvws_listener_t *listener; /* may be gone once it is decided */
  uvws_list_t link;          /* in listener->upgrades */
  uvws_buffer_t head;        /* what came so far, where it did not come whole */
  size_t scanned;            /* bytes of it that hold no end of head */
  bool is_waiting;           /* the head is whole, the decision is put off */
  uint32_t id;               /* the owner's, while it waits */
  uint8_t key[UVWS_KEY_LEN]; /* where the request may be accepted */
  uvws_deadline_t deadline;
  uvws_corpse_t corpse;
};

static void on_reaped(uvws_corpse_t *corpse) {
  uvws_upgrade_t *upgrade = UVWS_CONTAINER_OF(corpse, uvws_upgrade_t, corpse);
  uvws_mem_free(upgrade->loop->mem, upgrade);
}

/* Lets go of the descriptor; the caller closes it or hands it on. */
static int let_go(uvws_upgrade_t *upgrade) {
  uvws_loop_t *loop = upgrade->loop;
  int fd = upgrade->watcher.fd;
  assert(fd >= 0);
  (void)uvws_event_set_watch(&loop->events, &upgrade->watcher, 0);
  upgrade->watcher.fd = -1;
  uvws_deadline_stop(&upgrade->deadline);
  uvws_list_remove(&upgrade->link);
  uvws_loop_bury(loop, &upgrade->corpse);
  return fd;
}

/* Closes a descriptor that came to nothing. */
static void drop(uvws_upgrade_t *upgrade) {
  uvws_listener_t *listener = upgrade->listener;
  uvws_buffer_deinit(&upgrade->head, listener->loop->mem);
  uvws_socket_close(let_go(upgrade));
  listener->callbacks->on_count(listener, -1);
}

void uvws_upgrade_abort(uvws_upgrade_t *upgrade) {
  uvws_listener_t *listener = upgrade->listener;
  bool is_waiting = upgrade->is_waiting;
  drop(upgrade);
  if (is_waiting) {
    listener->callbacks->on_abandoned(listener, upgrade->id);
  }
}

uvws_upgrade_t *uvws_upgrade_of(uvws_list_t *link) {
  return UVWS_CONTAINER_OF(link, uvws_upgrade_t, link);
}

/* node:http answers a head that is late in the same words. */
static void on_deadline(uvws_deadline_t *deadline) {
  static const char late[] =
      "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n";
  uvws_upgrade_t *upgrade =
      UVWS_CONTAINER_OF(deadline, uvws_upgrade_t, deadline);
  struct iovec part = {(void *)late, sizeof(late) - 1};
  (void)uvws_socket_write(upgrade->watcher.fd, &part, 1);
  drop(upgrade);
}

/* Asks the owner, whose answer ends the upgrade or lets it wait; without one it
 * is dropped. An owner that closes the listener before it decides may still
 * decide: the upgrade is no longer among those that closing drops. */
static void ask(uvws_upgrade_t *upgrade, uvws_upgrade_request_t *request) {
  uvws_listener_t *listener = upgrade->listener;
  uvws_buffer_t bytes = uvws_buffer_take(&upgrade->head);
  uvws_deadline_stop(&upgrade->deadline);
  uvws_list_remove(&upgrade->link);
  listener->callbacks->on_request(listener, upgrade, request);
  uvws_buffer_deinit(&bytes, listener->loop->mem);
  if (upgrade->watcher.fd >= 0 && !upgrade->is_waiting) {
    drop(upgrade);
  }
}

static void ask_about_head(uvws_upgrade_t *upgrade, uvws_slice_t bytes,
                           size_t head_len) {
  uvws_request_t parsed;
  uvws_upgrade_request_t request = {
      .head = uvws_slice(bytes.data, head_len),
      .rest = uvws_slice(bytes.data + head_len, bytes.len - head_len),
      .request = &parsed};
  request.verdict = uvws_request_parse(request.head, &parsed);
  if (request.verdict == UVWS_OK) {
    request.verdict = uvws_handshake_check(&parsed, &request.handshake);
  } else {
    request.verdict = UVWS_DEFER;
  }
  if (request.verdict == UVWS_DEFER) {
    request.head = bytes;
    request.rest = uvws_slice(NULL, 0);
  }
  if (request.verdict == UVWS_OK) {
    memcpy(upgrade->key, request.handshake.key.data, sizeof(upgrade->key));
  }
  ask(upgrade, &request);
}

static void ask_about_garbage(uvws_upgrade_t *upgrade, uvws_slice_t bytes,
                              uvws_status_t verdict) {
  uvws_upgrade_request_t request = {.verdict = verdict, .head = bytes};
  ask(upgrade, &request);
}

/* Stashes what came until the head is whole. */
static void take_input(uvws_upgrade_t *upgrade, size_t len) {
  uvws_loop_t *loop = upgrade->listener->loop;
  uvws_slice_t bytes = uvws_slice(loop->slab, len);
  if (upgrade->head.len > 0) {
    if (uvws_buffer_append(&upgrade->head, loop->mem, bytes, SIZE_MAX) !=
        UVWS_OK) {
      drop(upgrade);
      return;
    }
    bytes = uvws_buffer_slice(&upgrade->head);
  }
  size_t head_len = 0;
  uvws_status_t status = uvws_request_find_end(bytes.data, bytes.len,
                                               &upgrade->scanned, &head_len);
  if (status == UVWS_OK) {
    ask_about_head(upgrade, bytes, head_len);
  } else if (status != UVWS_NEED_MORE) {
    ask_about_garbage(upgrade, bytes, UVWS_DEFER);
  } else if (upgrade->head.len == 0 &&
             uvws_buffer_append(&upgrade->head, loop->mem, bytes, SIZE_MAX) !=
                 UVWS_OK) {
    drop(upgrade);
  }
}

static void on_events(uvws_watcher_t *watcher, unsigned events) {
  uvws_upgrade_t *upgrade = UVWS_CONTAINER_OF(watcher, uvws_upgrade_t, watcher);
  uvws_loop_t *loop = upgrade->listener->loop;
  struct iovec part = {loop->slab, loop->slab_len};
  (void)events;
  if (upgrade->is_waiting) {
    uvws_upgrade_abort(upgrade);
    return;
  }
  ssize_t n = uvws_socket_read(watcher->fd, &part, 1);
  if (n > 0) {
    take_input(upgrade, (size_t)n);
  } else if (n == 0 && upgrade->head.len > 0) {
    uvws_slice_t bytes = uvws_buffer_slice(&upgrade->head);
    ask_about_garbage(upgrade, bytes, UVWS_NEED_MORE);
  } else if (n != UV_EAGAIN) {
    drop(upgrade);
  }
}

void uvws_upgrade_start(uvws_listener_t *listener, int fd) {
  uvws_loop_t *loop = listener->loop;
  uvws_upgrade_t *upgrade = uvws_mem_calloc(loop->mem, sizeof(*upgrade));
  if (upgrade == NULL) {
    uvws_socket_close(fd);
    return;
  }
  upgrade->watcher.on_events = on_events;
  upgrade->watcher.fd = fd;
  upgrade->loop = loop;
  upgrade->listener = listener;
  upgrade->head = uvws_buffer_empty();
  upgrade->corpse.on_reaped = on_reaped;
  uvws_list_init(&upgrade->link);
  uvws_list_init(&upgrade->corpse.link);
  uvws_deadline_init(&upgrade->deadline, on_deadline);
  if (uvws_event_set_watch(&loop->events, &upgrade->watcher, UVWS_EVENT_READ) !=
      0) {
    uvws_socket_close(fd);
    uvws_mem_free(loop->mem, upgrade);
    return;
  }
  uvws_list_push(&listener->upgrades, &upgrade->link);
  if (listener->handshake_timeout_ms > 0) {
    uvws_deadline_start(loop, &upgrade->deadline,
                        listener->handshake_timeout_ms);
  }
  listener->callbacks->on_count(listener, 1);
}

bool uvws_upgrade_wait(uvws_upgrade_t *upgrade, uint32_t id) {
  uvws_listener_t *listener = upgrade->listener;
  if (listener->is_closed ||
      uvws_event_set_watch(&upgrade->loop->events, &upgrade->watcher,
                           UVWS_EVENT_HANGUP) != 0) {
    return false;
  }
  upgrade->is_waiting = true;
  upgrade->id = id;
  uvws_list_push(&listener->upgrades, &upgrade->link);
  return true;
}

bool uvws_upgrade_is_waiting(const uvws_upgrade_t *upgrade) {
  return upgrade->is_waiting;
}

int uvws_upgrade_peer_address(const uvws_upgrade_t *upgrade,
                              uvws_address_t *address) {
  return uvws_socket_peer_address(upgrade->watcher.fd, address);
}

uvws_connection_t *uvws_upgrade_accept(uvws_upgrade_t *upgrade,
                                       uvws_connection_config_t *config,
                                       const uvws_handshake_answer_t *answer) {
  uvws_loop_t *loop = upgrade->listener->loop;
  uvws_buffer_t response = uvws_buffer_empty();
  uvws_connection_t *connection = NULL;
  if (uvws_handshake_write_accept(&response, loop->mem, upgrade->key, answer) !=
      UVWS_OK) {
    drop(upgrade);
    return NULL;
  }
  config->transport = UVWS_TRANSPORT_OWNED;
  config->reads_all = upgrade->listener->reads_all;
  config->fd = upgrade->watcher.fd;
  config->former = &upgrade->watcher;
  connection = uvws_connection_new(loop, config);
  if (connection == NULL) {
    drop(upgrade);
  } else {
    (void)let_go(upgrade);
    if (uvws_connection_write(connection, uvws_buffer_slice(&response),
                              uvws_slice(NULL, 0)) != UVWS_OK) {
      uvws_connection_terminate(connection);
    }
  }
  uvws_buffer_deinit(&response, loop->mem);
  return connection;
}

/* Input that nobody reads would turn the close into a reset, which overtakes
 * the response. The loop's slab may be in use: we may be called from anywhere.
 */
void uvws_upgrade_answer(uvws_upgrade_t *upgrade, uvws_slice_t response) {
  uint8_t ignored[4096];
  struct iovec part = {(void *)response.data, response.len};
  struct iovec unread = {ignored, sizeof(ignored)};
  (void)uvws_socket_write(upgrade->watcher.fd, &part, 1);
  (void)uvws_socket_read(upgrade->watcher.fd, &unread, 1);
  drop(upgrade);
}

void uvws_upgrade_refuse(uvws_upgrade_t *upgrade, uvws_status_t why) {
  uvws_loop_t *loop = upgrade->loop;
  uvws_buffer_t response = uvws_buffer_empty();
  if (uvws_handshake_write_refusal(&response, loop->mem, why) == UVWS_OK) {
    uvws_upgrade_answer(upgrade, uvws_buffer_slice(&response));
  } else {
    drop(upgrade);
  }
  uvws_buffer_deinit(&response, loop->mem);
}

int uvws_upgrade_release(uvws_upgrade_t *upgrade) { return let_go(upgrade); }
