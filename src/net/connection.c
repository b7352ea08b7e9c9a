#include "net/connection.h"

#include <assert.h>

#include "net/socket.h"

/* ---- End of life ---- */

static void on_reaped(uvws_corpse_t *corpse) {
  uvws_connection_t *connection =
      UVWS_CONTAINER_OF(corpse, uvws_connection_t, corpse);
  uvws_loop_t *loop = connection->loop;
  uvws_session_deinit(&connection->session);
  connection->callbacks->on_closed(connection);
  uvws_buffer_deinit(&connection->out, loop->mem);
  uvws_connection_unref(connection);
  uvws_mem_free(loop->mem, connection);
}

static void die(uvws_connection_t *connection) {
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
  uvws_session_conclude(&connection->session);
  uvws_list_remove(&connection->dirty);
  uvws_deadline_stop(&connection->deadline);
  uvws_loop_bury(connection->loop, &connection->corpse);
}

static void on_deadline(uvws_deadline_t *deadline) {
  uvws_connection_terminate(
      UVWS_CONTAINER_OF(deadline, uvws_connection_t, deadline));
}

/* ---- Writing ---- */

/* What the descriptor is watched for follows from the state. A set that is out
 * of memory would leave the connection deaf: better to end it. */
static void update_interest(uvws_connection_t *connection) {
  unsigned interest = 0;
  if (connection->is_dead || connection->is_stream) {
    return;
  }
  if (!connection->is_paused && !connection->is_read_ended) {
    interest |= UVWS_EVENT_READ;
  }
  if (connection->is_blocked && connection->hold_count == 0) {
    interest |= UVWS_EVENT_WRITE;
  }
  if (uvws_event_set_watch(&connection->loop->events, &connection->watcher,
                           interest) != 0) {
    die(connection);
  }
}

static size_t pending(const uvws_connection_t *connection) {
  return connection->out.len - connection->out_start;
}

static void drop_output(uvws_connection_t *connection) {
  uvws_loop_give_spare(connection->loop, &connection->out);
  connection->out_start = 0;
}

/* The session appends to what this returns. */
static uvws_buffer_t *output(uvws_connection_t *connection) {
  if (connection->out.data == NULL) {
    connection->out = uvws_loop_take_spare(connection->loop);
  }
  return &connection->out;
}

static void set_blocked(uvws_connection_t *connection, bool is_blocked) {
  connection->counters->buffered =
      is_blocked ? (double)pending(connection) : 0.0;
  if (connection->is_blocked != is_blocked) {
    connection->is_blocked = is_blocked;
    update_interest(connection);
  }
}

/* A reset may leave input to be read: the end is seen by reading. */
static void fail_writing(uvws_connection_t *connection) {
  connection->is_write_failed = true;
  drop_output(connection);
  set_blocked(connection, false);
  if (connection->is_paused || connection->is_read_ended) {
    die(connection);
  }
}

/* Counts written bytes and keeps the rest in `out`. What was written is given
 * back once it is the larger part: a peer that is always a little behind would
 * make `out` grow for ever. */
static void consume_output(uvws_connection_t *connection, size_t count) {
  connection->counters->written += (double)count;
  connection->out_start += count;
  if (pending(connection) == 0) {
    drop_output(connection);
  } else if (connection->out_start > pending(connection)) {
    uvws_buffer_consume(&connection->out, connection->out_start);
    connection->out_start = 0;
  }
}

static void end_writing(uvws_connection_t *connection) {
  if (!connection->is_write_ended) {
    connection->is_write_ended = true;
    if (!connection->is_stream) {
      uvws_socket_end(connection->watcher.fd);
    }
  }
  if (connection->is_read_ended && !connection->is_stream) {
    die(connection);
  }
}

static void write_to_descriptor(uvws_connection_t *connection) {
  size_t len = pending(connection);
  if (len > 0) {
    struct iovec part = {connection->out.data + connection->out_start, len};
    ssize_t n = uvws_socket_write(connection->watcher.fd, &part, 1);
    if (n < 0 && n != UV_EAGAIN) {
      fail_writing(connection);
      return;
    }
    if (n > 0) {
      consume_output(connection, (size_t)n);
    }
    set_blocked(connection, pending(connection) > 0);
  }
  if (!connection->is_blocked && connection->is_end_requested) {
    end_writing(connection);
  }
}

/* The bytes are moved out before the callback: it may queue more. */
static void write_to_stream(uvws_connection_t *connection) {
  size_t len = pending(connection);
  bool is_end = connection->is_end_requested && !connection->is_write_ended;
  if (len == 0 && !is_end) {
    return;
  }
  uvws_buffer_t out = uvws_buffer_take(&connection->out);
  connection->out_start = 0;
  connection->counters->written += (double)len;
  if (is_end) {
    connection->is_write_ended = true;
  }
  connection->callbacks->on_output(connection, uvws_slice(out.data, len),
                                   is_end);
  uvws_loop_give_spare(connection->loop, &out);
}

void uvws_connection_flush(uvws_connection_t *connection) {
  if (connection->is_dead) {
    return;
  }
  uvws_list_remove(&connection->dirty);
  if (connection->hold_count > 0) {
    return;
  }
  if (connection->is_stream) {
    write_to_stream(connection);
  } else if (connection->is_write_failed) {
    drop_output(connection);
  } else if (!connection->is_blocked) {
    write_to_descriptor(connection);
  }
}

/* Never of a dead one, which is freed before the next flush. */
static void mark_dirty(uvws_connection_t *connection) {
  if (!connection->is_dead && !connection->is_blocked &&
      uvws_list_is_empty(&connection->dirty)) {
    uvws_list_push(&connection->loop->dirty, &connection->dirty);
    if (connection->is_stream) {
      uvws_loop_expect_flush(connection->loop);
    }
  }
}

static void count_queued(uvws_connection_t *connection, size_t len) {
  connection->counters->queued += (double)len;
  if (connection->is_blocked || connection->hold_count > 0) {
    connection->counters->buffered += (double)len;
  }
}

/* len bytes more stand in `out`. */
static void after_append(uvws_connection_t *connection, size_t len) {
  count_queued(connection, len);
  bool is_due =
      pending(connection) >= UVWS_FLUSH_AT || connection->loop->is_immediate;
  if (is_due && !connection->is_blocked) {
    uvws_connection_flush(connection);
  } else {
    mark_dirty(connection);
  }
}

static bool is_lost(const uvws_connection_t *connection) {
  return connection->is_dead || connection->is_write_failed;
}

/* Writes `out` and, behind it, a payload that is not copied as far as the
 * kernel takes it. */
static uvws_status_t write_through(uvws_connection_t *connection,
                                   uvws_slice_t payload) {
  size_t before = pending(connection);
  struct iovec parts[2] = {
      {connection->out.data + connection->out_start, before},
      {(void *)payload.data, payload.len}};
  ssize_t n = uvws_socket_write(connection->watcher.fd, parts, 2);
  count_queued(connection, payload.len);
  if (n < 0 && n != UV_EAGAIN) {
    fail_writing(connection);
    return UVWS_OK;
  }
  size_t written = n < 0 ? 0 : (size_t)n;
  size_t of_payload = written > before ? written - before : 0;
  uvws_slice_t rest =
      uvws_slice(payload.data + of_payload, payload.len - of_payload);
  if (rest.len > 0 &&
      uvws_buffer_append(&connection->out, connection->loop->mem, rest,
                         SIZE_MAX) != UVWS_OK) {
    /* Half a frame is out: the stream can't be mended. */
    die(connection);
    return UVWS_ERR_NO_MEMORY;
  }
  connection->counters->written += (double)of_payload;
  consume_output(connection, written - of_payload);
  set_blocked(connection, pending(connection) > 0);
  if (!connection->is_end_requested) {
    uvws_list_remove(&connection->dirty);
  }
  return UVWS_OK;
}

static bool can_write_through(const uvws_connection_t *connection, size_t len) {
  return len >= UVWS_WRITE_THROUGH_AT && !connection->is_stream &&
         !connection->is_blocked && connection->hold_count == 0;
}

static uvws_status_t send_compressed(uvws_connection_t *connection,
                                     uvws_outgoing_t what,
                                     uvws_slice_t payload) {
  uvws_buffer_t *out = output(connection);
  size_t before = out->len;
  uvws_status_t status =
      uvws_session_send(&connection->session, out, what, payload);
  if (status == UVWS_OK) {
    after_append(connection, out->len - before);
  }
  return status;
}

uvws_status_t uvws_connection_send(uvws_connection_t *connection,
                                   uvws_outgoing_t what, uvws_slice_t payload) {
  if (is_lost(connection)) {
    return UVWS_OK;
  }
  uint8_t key[UVWS_MASK_KEY_LEN];
  size_t before = connection->out.len;
  uvws_status_t status;
  if (uvws_session_compresses(&connection->session, &what, payload.len)) {
    return send_compressed(connection, what, payload);
  }
  what.is_compressed = false;
  uvws_session_draw_key(&connection->session, &what, key);
  if (what.key == NULL && can_write_through(connection, payload.len)) {
    status = uvws_sender_header(&connection->session.sender, output(connection),
                                connection->loop->mem, &what, payload.len);
    if (status != UVWS_OK) {
      return status;
    }
    count_queued(connection, connection->out.len - before);
    return write_through(connection, payload);
  }
  status = uvws_sender_frame(&connection->session.sender, output(connection),
                             connection->loop->mem, &what, payload);
  if (status == UVWS_OK) {
    after_append(connection, connection->out.len - before);
  }
  return status;
}

uint8_t *uvws_connection_prepare(uvws_connection_t *connection,
                                 uvws_outgoing_t *what,
                                 uint8_t key[UVWS_MASK_KEY_LEN], size_t room) {
  assert(!uvws_session_compresses(&connection->session, what, room));
  what->is_compressed = false;
  uvws_session_draw_key(&connection->session, what, key);
  return uvws_sender_prepare(output(connection), connection->loop->mem, what,
                             room);
}

void uvws_connection_commit(uvws_connection_t *connection,
                            const uvws_outgoing_t *what, size_t room,
                            size_t len) {
  size_t before = connection->out.len;
  uvws_sender_commit(&connection->session.sender, &connection->out, what, room,
                     len);
  after_append(connection, connection->out.len - before);
}

static uvws_status_t append(uvws_connection_t *connection, uvws_slice_t bytes) {
  return uvws_buffer_append(output(connection), connection->loop->mem, bytes,
                            SIZE_MAX);
}

uvws_status_t uvws_connection_write(uvws_connection_t *connection,
                                    uvws_slice_t bytes, uvws_slice_t more) {
  if (is_lost(connection)) {
    return UVWS_OK;
  }
  uvws_status_t status = append(connection, bytes);
  if (status != UVWS_OK) {
    return status;
  }
  if (can_write_through(connection, more.len)) {
    count_queued(connection, bytes.len);
    return write_through(connection, more);
  }
  status = append(connection, more);
  if (status == UVWS_OK) {
    after_append(connection, bytes.len + more.len);
  } else {
    connection->out.len -= bytes.len;
  }
  return status;
}

/* ---- Closing ---- */

void uvws_connection_end(uvws_connection_t *connection) {
  connection->is_end_requested = true;
  mark_dirty(connection);
}

static void end_if_finished(uvws_connection_t *connection) {
  if (uvws_session_is_finished(&connection->session)) {
    uvws_connection_end(connection);
  }
}

uvws_status_t uvws_connection_close(uvws_connection_t *connection,
                                    uint16_t code, uvws_slice_t reason) {
  if (connection->is_dead || connection->session.is_close_sent) {
    return UVWS_OK;
  }
  size_t before = connection->out.len;
  uvws_status_t status =
      uvws_session_close(&connection->session, output(connection), code, reason,
                         uvws_loop_now(connection->loop));
  if (status != UVWS_OK) {
    return status;
  }
  uvws_deadline_start(connection->loop, &connection->deadline,
                      connection->session.options->close_timeout_ms);
  after_append(connection, connection->out.len - before);
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
  die(connection);
}

void uvws_connection_abandon(uvws_connection_t *connection) {
  connection->is_owned = false;
  die(connection);
}

/* ---- Reading ---- */

/* Notes what a feed or a fill came to. */
static void note_status(uvws_connection_t *connection, uvws_status_t status) {
  if (status != UVWS_OK) {
    connection->callbacks->on_failure(connection, status,
                                      connection->session.receiver.detail);
  }
}

void uvws_connection_feed(uvws_connection_t *connection, uint8_t *data,
                          size_t len) {
  connection->counters->received += (double)len;
  note_status(connection, uvws_session_feed(&connection->session, data, len));
}

/* The read filled the room of a long payload first, then the slab. */
static void take_input(uvws_connection_t *connection, size_t room_len,
                       size_t len) {
  size_t of_room = len < room_len ? len : room_len;
  if (of_room > 0) {
    connection->counters->received += (double)of_room;
    note_status(connection, uvws_session_filled(&connection->session, of_room));
  }
  if (len > of_room) {
    uvws_connection_feed(connection, connection->loop->slab, len - of_room);
  }
  connection->callbacks->on_read(connection);
}

static void note_end(uvws_connection_t *connection) {
  connection->is_read_ended = true;
  uvws_session_conclude(&connection->session);
  connection->callbacks->on_end(connection);
}

void uvws_connection_feed_end(uvws_connection_t *connection) {
  if (connection->is_dead) {
    return;
  }
  note_end(connection);
  uvws_connection_end(connection);
}

static void take_end(uvws_connection_t *connection) {
  note_end(connection);
  connection->callbacks->on_read(connection);
  if (connection->is_dead) {
    return;
  }
  if (connection->is_write_failed) {
    die(connection);
    return;
  }
  update_interest(connection);
  uvws_connection_end(connection);
}

static void read_available(uvws_connection_t *connection) {
  uvws_loop_t *loop = connection->loop;
  size_t room_len = 0;
  struct iovec parts[2];
  int count = 0;
  uint8_t *room = uvws_session_room(&connection->session, &room_len);
  if (room != NULL) {
    parts[count++] = (struct iovec){room, room_len};
  }
  parts[count++] = (struct iovec){loop->slab, loop->slab_len};
  ssize_t n = uvws_socket_read(connection->watcher.fd, parts, count);
  if (n > 0) {
    take_input(connection, room_len, (size_t)n);
  } else if (n == 0) {
    take_end(connection);
  } else if (n != UV_EAGAIN) {
    die(connection);
  }
}

static void on_events(uvws_watcher_t *watcher, unsigned events) {
  uvws_connection_t *connection =
      UVWS_CONTAINER_OF(watcher, uvws_connection_t, watcher);
  if (connection->is_blocked && connection->hold_count == 0 &&
      (events & (UVWS_EVENT_WRITE | UVWS_EVENT_ERROR))) {
    write_to_descriptor(connection);
    if (!connection->is_dead) {
      connection->callbacks->on_written(connection);
    }
  }
  if (!connection->is_dead && (watcher->interest & UVWS_EVENT_READ) &&
      (events & (UVWS_EVENT_READ | UVWS_EVENT_ERROR))) {
    read_available(connection);
  }
}

/* Where output has failed, reading alone would still tell the end. */
void uvws_connection_pause(uvws_connection_t *connection) {
  connection->is_paused = true;
  if (connection->is_write_failed) {
    die(connection);
  }
  update_interest(connection);
}

void uvws_connection_resume(uvws_connection_t *connection) {
  connection->is_paused = false;
  update_interest(connection);
}

void uvws_connection_hold(uvws_connection_t *connection) {
  connection->hold_count++;
  update_interest(connection);
}

void uvws_connection_release(uvws_connection_t *connection) {
  if (connection->hold_count == 0 || --connection->hold_count > 0) {
    return;
  }
  if (!connection->is_blocked) {
    connection->counters->buffered = 0;
    mark_dirty(connection);
  }
  update_interest(connection);
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

uvws_connection_t *uvws_connection_new(uvws_loop_t *loop,
                                       const uvws_connection_config_t *config) {
  uvws_connection_t *connection =
      uvws_mem_calloc(loop->mem, sizeof(*connection));
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
  connection->out = uvws_buffer_empty();
  connection->corpse.on_reaped = on_reaped;
  *config->counters = (uvws_counters_t){0};
  uvws_list_init(&connection->dirty);
  uvws_list_init(&connection->corpse.link);
  uvws_deadline_init(&connection->deadline, on_deadline);
  uvws_session_init(&connection->session, config->options,
                    &config->callbacks->receiver, connection);
  if (!connection->is_stream &&
      uvws_event_set_watch(&loop->events, &connection->watcher,
                           UVWS_EVENT_READ) != 0) {
    uvws_mem_free(loop->mem, connection);
    return NULL;
  }
  uvws_connection_ref(connection);
  return connection;
}
