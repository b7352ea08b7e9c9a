#include "net/backlog.h"
#include "net/connection_internal.h"

#include "net/heartbeat.h"
#include "net/hub.h"
#include "net/rest.h"
#include "net/shared_output.h"
#include "net/socket.h"
#include "net/throttle.h"

/* ---- End of life ---- */

static void on_reaped(uvws_corpse_t *corpse) {
  uvws_connection_t *connection =
      UVWS_CONTAINER_OF(corpse, uvws_connection_t, corpse);
  uvws_loop_t *loop = connection->loop;
  uvws_session_deinit(&connection->session);
  connection->callbacks->on_closed(connection);
  uvws_hub_leave(connection);
  uvws_buffer_deinit(&connection->out, loop->mem);
  uvws_backlog_drop(connection);
  uvws_connection_unref(connection);
  uvws_mem_free(loop->mem, connection);
}

void uvws_connection_die(uvws_connection_t *connection) {
  if (connection->is_dead) {
    return;
  }
  connection->is_dead = true;
  if (connection->watcher.fd >= 0) {
    (void)uvws_event_set_watch(&connection->loop->events, &connection->watcher,
                               0);
    if (connection->is_owned) {
      uvws_socket_close(connection->watcher.fd);
    }
    connection->watcher.fd = -1;
  }
  uvws_connection_drop_deflation(connection);
  uvws_shared_output_leave(connection);
  uvws_list_remove(&connection->dirty);
  uvws_rest_leave(connection);
  uvws_deadline_stop(&connection->deadline);
  connection->corpse = (uvws_corpse_t){.on_reaped = on_reaped};
  uvws_list_init(&connection->corpse.link);
  if (!uvws_connection_is_inflating(connection)) {
    uvws_connection_bury(connection);
  }
}

void uvws_connection_bury(uvws_connection_t *connection) {
  if (uvws_list_is_empty(&connection->corpse.link)) {
    uvws_session_conclude(&connection->session);
    uvws_loop_bury(connection->loop, &connection->corpse);
  }
}

/* What the descriptor is watched for follows from the state. */
static unsigned interest_of(const uvws_connection_t *connection) {
  unsigned interest = 0;
  if (!connection->is_paused && !connection->is_throttled &&
      !connection->is_read_ended && !uvws_connection_is_inflating(connection)) {
    interest |= UVWS_EVENT_READ;
  }
  if (connection->is_blocked && connection->hold_count == 0) {
    interest |= UVWS_EVENT_WRITE;
  }
  if (interest == UVWS_EVENT_READ && connection->reads_all) {
    interest |= UVWS_EVENT_ONCE;
  }
  return interest;
}

static bool watch(uvws_connection_t *connection) {
  return connection->is_stream ||
         uvws_event_set_watch(&connection->loop->events, &connection->watcher,
                              interest_of(connection)) == 0;
}

/* A set that is out of memory would leave the connection deaf: better to end
 * it. */
void uvws_connection_watch(uvws_connection_t *connection) {
  if (!connection->is_dead && !watch(connection)) {
    uvws_connection_die(connection);
  }
}

static void on_deadline(uvws_deadline_t *deadline) {
  uvws_connection_t *connection =
      UVWS_CONTAINER_OF(deadline, uvws_connection_t, deadline);
  if (!uvws_heartbeat_pardons(connection)) {
    uvws_connection_terminate(connection);
  }
}

/* ---- Closing ---- */

static void end_if_finished(uvws_connection_t *connection) {
  if (uvws_session_is_finished(&connection->session)) {
    uvws_connection_end(connection);
  }
}

void uvws_connection_expect_close(uvws_connection_t *connection) {
  if (!connection->is_dead && uvws_list_is_empty(&connection->deadline.link)) {
    uvws_deadline_start(connection->loop, &connection->deadline,
                        connection->session.options->close_timeout_ms);
  }
}

uvws_status_t uvws_connection_close(uvws_connection_t *connection,
                                    uint16_t code, uvws_slice_t reason) {
  if (connection->is_dead || connection->session.is_close_sent) {
    return UVWS_OK;
  }
  uvws_buffer_t *out = uvws_connection_output(connection);
  size_t before = out->len;
  uvws_status_t status = uvws_session_close(
      &connection->session, out, code, reason, uvws_loop_now(connection->loop));
  if (status != UVWS_OK) {
    return status;
  }
  uvws_connection_expect_close(connection);
  uvws_connection_appended(connection, out->len - before);
  end_if_finished(connection);
  return UVWS_OK;
}

void uvws_connection_conclude(uvws_connection_t *connection) {
  if (connection->is_dead) {
    return;
  }
  uvws_session_conclude(&connection->session);
  end_if_finished(connection);
  uvws_connection_resume(connection);
}

void uvws_connection_terminate(uvws_connection_t *connection) {
  uvws_connection_flush(connection);
  uvws_connection_die(connection);
}

void uvws_connection_abandon(uvws_connection_t *connection) {
  connection->is_owned = false;
  uvws_connection_die(connection);
}

/* ---- Reading ---- */

void uvws_connection_note_status(uvws_connection_t *connection,
                                 uvws_status_t status) {
  if (status != UVWS_OK) {
    connection->callbacks->on_failure(connection, status,
                                      connection->session.receiver.detail);
  }
}

/* After a feed or a fill. */
static void end_input(uvws_connection_t *connection, uvws_status_t status,
                      size_t len) {
  connection->counters->received += (double)len;
  connection->is_heard = true;
  uvws_hub_count_bytes_in(connection, len);
  uvws_connection_note_status(connection, status);
  uvws_throttle_note_bytes(connection, len);
  if (connection->has_compression) {
    uvws_connection_inflate(connection);
    uvws_rest_note(connection);
  }
}

void uvws_connection_feed(uvws_connection_t *connection, uint8_t *data,
                          size_t len) {
  end_input(connection, uvws_session_feed(&connection->session, data, len),
            len);
}

/* The read filled the room of a long payload first, then the slab. */
static void take_input(uvws_connection_t *connection, size_t room_len,
                       size_t len) {
  size_t of_room = len < room_len ? len : room_len;
  connection->loop->slab_filled = len - of_room;
  if (of_room > 0) {
    end_input(connection, uvws_session_filled(&connection->session, of_room),
              of_room);
  }
  if (len > of_room) {
    uvws_connection_feed(connection, connection->loop->slab, len - of_room);
  }
  connection->callbacks->on_read(connection);
}

void uvws_connection_note_end(uvws_connection_t *connection) {
  connection->is_read_ended = true;
  uvws_session_conclude(&connection->session);
  connection->callbacks->on_end(connection);
}

void uvws_connection_feed_end(uvws_connection_t *connection) {
  if (connection->is_dead) {
    return;
  }
  if (uvws_connection_is_inflating(connection)) {
    connection->is_end_kept = true;
    return;
  }
  uvws_connection_note_end(connection);
  uvws_connection_end(connection);
}

static void take_end(uvws_connection_t *connection) {
  uvws_connection_note_end(connection);
  connection->callbacks->on_read(connection);
  if (connection->is_dead) {
    return;
  }
  if (connection->is_write_failed) {
    uvws_connection_die(connection);
    return;
  }
  uvws_connection_watch(connection);
  uvws_connection_end(connection);
}

/* Told once that something had come, we have read len bytes of it. */
static void read_more(uvws_connection_t *connection, unsigned events,
                      size_t len, size_t room_len) {
  const unsigned once = UVWS_EVENT_READ | UVWS_EVENT_ONCE;
  bool may_be_more = len == room_len || (events & UVWS_EVENT_MORE);
  if (may_be_more && !connection->is_dead &&
      connection->watcher.interest == once) {
    uvws_event_set_watch_again(&connection->loop->events, &connection->watcher);
  }
}

static void read_available(uvws_connection_t *connection, unsigned events) {
  uvws_loop_t *loop = connection->loop;
  size_t room_len = 0;
  size_t slab_len = loop->slab_len;
  struct iovec parts[2];
  int count = 0;
  uint8_t *room = uvws_session_room(&connection->session, &room_len);
  if (room != NULL) {
    parts[count++] = (struct iovec){room, room_len};
  }
  parts[count++] = (struct iovec){loop->slab, slab_len};
  ssize_t n = uvws_socket_read(connection->watcher.fd, parts, count);
  if (n > 0) {
    take_input(connection, room_len, (size_t)n);
    read_more(connection, events, (size_t)n, room_len + slab_len);
  } else if (n == 0) {
    take_end(connection);
  } else if (n != UV_EAGAIN) {
    uvws_connection_die(connection);
  }
}

static void on_events(uvws_watcher_t *watcher, unsigned events) {
  uvws_connection_t *connection =
      UVWS_CONTAINER_OF(watcher, uvws_connection_t, watcher);
  if (connection->is_blocked && connection->hold_count == 0 &&
      (events & (UVWS_EVENT_WRITE | UVWS_EVENT_ERROR))) {
    uvws_connection_write_out(connection);
    connection->is_heard = true; /* a peer that reads is there */
    if (!connection->is_dead) {
      connection->callbacks->on_written(connection);
    }
  }
  if (!connection->is_dead && (watcher->interest & UVWS_EVENT_READ) &&
      (events & (UVWS_EVENT_READ | UVWS_EVENT_ERROR))) {
    read_available(connection, events);
  }
}

/* Where output has failed, reading alone would still tell the end. */
void uvws_connection_pause(uvws_connection_t *connection) {
  connection->is_paused = true;
  if (connection->is_write_failed) {
    uvws_connection_die(connection);
  }
  uvws_connection_watch(connection);
}

void uvws_connection_resume(uvws_connection_t *connection) {
  connection->is_paused = false;
  uvws_connection_watch(connection);
}

void uvws_connection_ref(uvws_connection_t *connection) {
  if (!connection->is_stream && !connection->is_ref) {
    connection->is_ref = true;
    uvws_loop_ref(connection->loop);
  }
}

void uvws_connection_unref(uvws_connection_t *connection) {
  if (connection->is_ref) {
    connection->is_ref = false;
    uvws_loop_unref(connection->loop);
  }
}

int uvws_connection_disown(uvws_connection_t *connection) {
  connection->is_owned = false;
  return connection->watcher.fd;
}

/* ---- Start of life ---- */

/* Nearly all that have none agreed on would not use the room for it. */
static uvws_connection_t *alloc_connection(const uvws_mem_t *mem,
                                           bool has_compression) {
  size_t extra = has_compression ? sizeof(uvws_connection_compression_t) : 0;
  uvws_connection_t *connection =
      uvws_mem_calloc(mem, sizeof(*connection) + extra);
  if (connection != NULL && has_compression) {
    connection->has_compression = true;
    uvws_list_init(&connection->compression->of_rest);
    uvws_list_init(&connection->compression->of_deflate_job);
  }
  return connection;
}

uvws_connection_t *uvws_connection_new(uvws_loop_t *loop,
                                       const uvws_connection_config_t *config) {
  uvws_connection_t *connection = alloc_connection(
      loop->mem, config->options->receiver.compression != NULL);
  if (connection == NULL) {
    return NULL;
  }
  connection->watcher.on_events = on_events;
  connection->watcher.fd = config->fd;
  connection->loop = loop;
  connection->callbacks = config->callbacks;
  connection->user = config->user;
  connection->id = config->id;
  connection->counters = config->counters;
  connection->is_owned = config->transport == UVWS_TRANSPORT_OWNED;
  connection->is_stream = config->transport == UVWS_TRANSPORT_STREAM;
  connection->reads_all = config->reads_all;
  connection->out = uvws_buffer_empty();
  connection->backlog = NULL;
  *config->counters = (uvws_counters_t){0};
  uvws_list_init(&connection->dirty);
  uvws_list_init(&connection->of_hub);
  uvws_subscriber_init(&connection->subscriber);
  uvws_deadline_init(&connection->deadline, on_deadline);
  uvws_session_init(&connection->session, config->options,
                    &config->callbacks->receiver, connection);
  bool is_watched = config->former == NULL
                        ? watch(connection)
                        : uvws_event_set_replace(&loop->events, config->former,
                                                 &connection->watcher,
                                                 interest_of(connection)) == 0;
  if (!is_watched) {
    uvws_mem_free(loop->mem, connection);
    return NULL;
  }
  uvws_connection_ref(connection);
  return connection;
}
