/* The writing half of a connection: frames gather in `out`, are written
 * together, and what the kernel refuses waits there for writability. */
#include <assert.h>

#include "net/backlog.h"
#include "net/connection_internal.h"
#include "net/hub.h"
#include "net/rest.h"
#include "net/shared_output.h"
#include "net/socket.h"

/* Parts that are written with one call. */
#define WRITE_PARTS 64

static size_t pending(const uvws_connection_t *connection) {
  return uvws_backlog_len(connection) + connection->out.len -
         connection->out_start;
}

static void count_written(uvws_connection_t *connection, size_t len) {
  connection->counters->written += (double)len;
  uvws_hub_count_bytes_out(connection, len);
}

static void drop_output(uvws_connection_t *connection) {
  uvws_backlog_drop(connection);
  if (connection->out.data != NULL) {
    uvws_loop_give_spare(connection->loop, &connection->out);
    connection->out_start = 0;
  }
}

static void set_blocked(uvws_connection_t *connection, bool is_blocked) {
  connection->counters->buffered =
      is_blocked ? (double)pending(connection) : 0.0;
  if (connection->is_blocked != is_blocked) {
    connection->is_blocked = is_blocked;
    uvws_connection_watch(connection);
  }
}

/* A reset may leave input to be read: the end is seen by reading. Where only
 * our side is gone it would not come: then the close timeout ends it. */
static void fail_writing(uvws_connection_t *connection) {
  connection->is_write_failed = true;
  uvws_connection_expect_close(connection);
  drop_output(connection);
  set_blocked(connection, false);
  if (connection->is_paused || connection->is_read_ended) {
    uvws_connection_die(connection);
  }
}

/* Counts written bytes and keeps the rest in `out`. What was written is given
 * back once it is the larger part: a peer that is always a little behind would
 * make `out` grow for ever. */
static void consume_output(uvws_connection_t *connection, size_t count) {
  size_t of_backlog = uvws_backlog_len(connection);
  if (of_backlog > count) {
    of_backlog = count;
  }
  count_written(connection, count);
  uvws_backlog_consume(connection, of_backlog);
  connection->out_start += count - of_backlog;
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
    uvws_connection_die(connection);
  }
}

/* The backlog and, behind it, `out`, as far as they fit; how many parts. */
static int gather(const uvws_connection_t *connection, struct iovec *parts) {
  size_t len = connection->out.len - connection->out_start;
  int count = uvws_backlog_peek(connection, parts, WRITE_PARTS);
  if (len > 0 && count < WRITE_PARTS) {
    parts[count++] =
        (struct iovec){connection->out.data + connection->out_start, len};
  }
  return count;
}

static size_t len_of(const struct iovec *parts, int count) {
  size_t len = 0;
  for (int i = 0; i < count; i++) {
    len += parts[i].iov_len;
  }
  return len;
}

/* Writes parts until the kernel refuses some: whether it takes more. */
static bool write_parts(uvws_connection_t *connection) {
  struct iovec parts[WRITE_PARTS];
  int count = gather(connection, parts);
  size_t len = len_of(parts, count);
  ssize_t n = uvws_socket_write(connection->watcher.fd, parts, count);
  if (n < 0 && n != UV_EAGAIN) {
    fail_writing(connection);
    return false;
  }
  if (n > 0) {
    consume_output(connection, (size_t)n);
  }
  return n > 0 && (size_t)n == len;
}

/* Writes what is queued: whether all of it was taken. */
static bool write_pending(uvws_connection_t *connection) {
  while (pending(connection) > 0 && write_parts(connection)) {
  }
  if (connection->is_write_failed) {
    return false;
  }
  set_blocked(connection, pending(connection) > 0);
  return !connection->is_blocked;
}

void uvws_connection_write_out(uvws_connection_t *connection) {
  if (write_pending(connection) && connection->is_end_requested) {
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
  count_written(connection, len);
  if (is_end) {
    connection->is_write_ended = true;
  }
  connection->callbacks->on_output(connection, &out, is_end);
  uvws_loop_give_spare(connection->loop, &out);
}

/* Never of a dead one, which is freed before the next flush. */
void uvws_connection_mark_dirty(uvws_connection_t *connection) {
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
  if (uvws_connection_is_waiting(connection) || connection->hold_count > 0) {
    connection->counters->buffered += (double)len;
  }
}

/* Queues bytes, shared with whoever waits for the same if they are many. */
static uvws_status_t keep(uvws_connection_t *connection, uvws_slice_t bytes) {
  if (bytes.len >= UVWS_BACKLOG_SHARE_AT) {
    return uvws_backlog_keep(connection, uvws_slice(NULL, 0), bytes);
  }
  if (connection->out.data == NULL) {
    connection->out = uvws_loop_take_spare(connection->loop, bytes.len);
  }
  return uvws_buffer_append(&connection->out, connection->loop->mem, bytes,
                            SIZE_MAX);
}

/* Writes `out` and, behind it, a payload that is not copied as far as the
 * kernel takes it. There must be no backlog. */
static uvws_status_t write_through(uvws_connection_t *connection,
                                   uvws_slice_t payload) {
  size_t before = pending(connection);
  uint8_t *out =
      before == 0 ? NULL : connection->out.data + connection->out_start;
  struct iovec parts[2] = {{out, before}, {(void *)payload.data, payload.len}};
  ssize_t n = before == 0
                  ? uvws_socket_write(connection->watcher.fd, parts + 1, 1)
                  : uvws_socket_write(connection->watcher.fd, parts, 2);
  count_queued(connection, payload.len);
  if (n < 0 && n != UV_EAGAIN) {
    fail_writing(connection);
    return UVWS_OK;
  }
  size_t written = n < 0 ? 0 : (size_t)n;
  size_t of_payload = written > before ? written - before : 0;
  uvws_slice_t rest =
      uvws_slice(payload.data + of_payload, payload.len - of_payload);
  count_written(connection, of_payload);
  consume_output(connection, written - of_payload);
  if (rest.len > 0 && keep(connection, rest) != UVWS_OK) {
    /* Half a frame is out: the stream can't be mended. */
    uvws_connection_die(connection);
    return UVWS_ERR_NO_MEMORY;
  }
  set_blocked(connection, pending(connection) > 0);
  if (!connection->is_end_requested) {
    uvws_list_remove(&connection->dirty);
  }
  return UVWS_OK;
}

/* What is shared is written where it lies. */
static void write_shared(uvws_connection_t *connection) {
  (void)write_through(connection, uvws_shared_output_of(connection));
  uvws_shared_output_leave(connection);
}

void uvws_connection_flush(uvws_connection_t *connection) {
  if (connection->shared != NULL) {
    write_shared(connection);
  }
  uvws_list_remove(&connection->dirty);
  if (connection->is_dead || connection->hold_count > 0) {
    return;
  }
  if (connection->is_stream) {
    write_to_stream(connection);
  } else if (connection->is_write_failed) {
    drop_output(connection);
  } else if (!connection->is_blocked) {
    uvws_connection_write_out(connection);
  }
}

/* Without memory for it the stream would have a gap. */
void uvws_connection_unshare(uvws_connection_t *connection) {
  if (connection->shared == NULL) {
    return;
  }
  uvws_slice_t bytes = uvws_shared_output_of(connection);
  connection->out = uvws_loop_take_spare(connection->loop, 0);
  if (uvws_buffer_append(&connection->out, connection->loop->mem, bytes,
                         SIZE_MAX) == UVWS_OK) {
    count_queued(connection, bytes.len);
    uvws_shared_output_leave(connection);
  } else {
    uvws_connection_die(connection);
  }
}

uvws_buffer_t *uvws_connection_output(uvws_connection_t *connection) {
  uvws_connection_unshare(connection);
  if (connection->out.data == NULL) {
    connection->out = uvws_loop_take_spare(connection->loop, 0);
  }
  return &connection->out;
}

/* len bytes more stand in `out`. */
void uvws_connection_appended(uvws_connection_t *connection, size_t len) {
  count_queued(connection, len);
  bool is_due =
      pending(connection) >= UVWS_FLUSH_AT || connection->loop->is_immediate;
  if (is_due && !connection->is_blocked) {
    uvws_connection_flush(connection);
  } else {
    uvws_connection_mark_dirty(connection);
  }
}

bool uvws_connection_gathered(uvws_connection_t *connection, size_t len) {
  if (!connection->is_stream) {
    uvws_connection_appended(connection, len);
    return false;
  }
  count_queued(connection, len);
  uvws_connection_mark_dirty(connection);
  return pending(connection) >= UVWS_FLUSH_AT || connection->loop->is_immediate;
}

static bool is_lost(const uvws_connection_t *connection) {
  return connection->is_dead || connection->is_write_failed;
}

static bool is_long(const uvws_connection_t *connection, size_t len) {
  return len >= UVWS_WRITE_THROUGH_AT && !connection->is_stream &&
         connection->hold_count == 0;
}

/* What stands behind a header that is queued already. */
static uvws_status_t send_long(uvws_connection_t *connection,
                               uvws_slice_t payload) {
  if (!connection->is_blocked && connection->backlog != NULL) {
    (void)write_pending(connection);
  }
  if (is_lost(connection)) {
    return UVWS_OK;
  }
  if (!connection->is_blocked) {
    return write_through(connection, payload);
  }
  uvws_status_t status = keep(connection, payload);
  if (status == UVWS_OK) {
    count_queued(connection, payload.len);
  } else {
    uvws_connection_die(connection);
  }
  return status;
}

static uvws_status_t send_compressed(uvws_connection_t *connection,
                                     uvws_outgoing_t what,
                                     uvws_slice_t payload) {
  uvws_rest_note(connection);
  uvws_buffer_t *out = uvws_connection_output(connection);
  size_t before = out->len;
  uvws_status_t status =
      uvws_session_send(&connection->session, out, what, payload);
  if (status == UVWS_OK) {
    uvws_hub_count_deflated(connection->hub, payload.len, out->len - before);
    uvws_connection_appended(connection, out->len - before);
  }
  return status;
}

/* Whether the payload, by where it lies, is the one that was sent last: a loop
 * sends it to many. */
static bool is_repeated(const uvws_connection_t *connection,
                        uvws_slice_t payload) {
  uvws_slice_t last = connection->loop->sent_last;
  connection->loop->sent_last = payload;
  return last.data == payload.data && last.len == payload.len &&
         payload.len >= UVWS_BACKLOG_REPEAT_AT && !connection->is_stream;
}

/* Not copied for each: for thousands that takes more memory than the processor
 * has at hand. */
static uvws_status_t send_repeated(uvws_connection_t *connection,
                                   const uvws_outgoing_t *what,
                                   uvws_slice_t payload) {
  uint8_t bytes[UVWS_FRAME_HEADER_MAX];
  uvws_buffer_t header = {bytes, 0, sizeof(bytes)};
  uvws_connection_unshare(connection);
  uvws_status_t status =
      uvws_sender_header(&connection->session.sender, &header,
                         connection->loop->mem, what, payload.len);
  if (status == UVWS_OK) {
    status = uvws_backlog_keep(connection, uvws_buffer_slice(&header), payload);
  }
  if (status == UVWS_OK) {
    uvws_connection_appended(connection, header.len + payload.len);
  }
  return status;
}

uvws_status_t uvws_connection_send(uvws_connection_t *connection,
                                   uvws_outgoing_t what, uvws_slice_t payload) {
  if (is_lost(connection)) {
    return UVWS_OK;
  }
  uint8_t key[UVWS_MASK_KEY_LEN];
  uvws_status_t status;
  uvws_hub_count_out(connection, &what, payload.len);
  if (uvws_session_compresses(&connection->session, &what, payload.len)) {
    return send_compressed(connection, what, payload);
  }
  what.is_compressed = false;
  uvws_session_draw_key(&connection->session, &what, key);
  bool is_again = is_repeated(connection, payload);
  if (what.key == NULL && is_again && !is_long(connection, payload.len)) {
    return send_repeated(connection, &what, payload);
  }
  uvws_buffer_t *out = uvws_connection_output(connection);
  size_t before = out->len;
  if (what.key == NULL && is_long(connection, payload.len)) {
    status = uvws_sender_header(&connection->session.sender, out,
                                connection->loop->mem, &what, payload.len);
    if (status != UVWS_OK) {
      return status;
    }
    count_queued(connection, out->len - before);
    return send_long(connection, payload);
  }
  status = uvws_sender_frame(&connection->session.sender, out,
                             connection->loop->mem, &what, payload);
  if (status == UVWS_OK) {
    uvws_connection_appended(connection, out->len - before);
  }
  return status;
}

uint8_t *uvws_connection_prepare(uvws_connection_t *connection,
                                 uvws_outgoing_t *what,
                                 uint8_t key[UVWS_MASK_KEY_LEN], size_t room) {
  assert(!uvws_session_compresses(&connection->session, what, room));
  what->is_compressed = false;
  uvws_session_draw_key(&connection->session, what, key);
  return uvws_sender_prepare(uvws_connection_output(connection),
                             connection->loop->mem, what, room);
}

void uvws_connection_commit(uvws_connection_t *connection,
                            const uvws_outgoing_t *what, size_t room,
                            size_t len) {
  size_t before = connection->out.len;
  uvws_hub_count_out(connection, what, len);
  uvws_sender_commit(&connection->session.sender, &connection->out, what, room,
                     len);
  uvws_connection_appended(connection, connection->out.len - before);
}

static uvws_status_t append(uvws_connection_t *connection, uvws_slice_t bytes) {
  return uvws_buffer_append(uvws_connection_output(connection),
                            connection->loop->mem, bytes, SIZE_MAX);
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
  if (is_long(connection, more.len)) {
    count_queued(connection, bytes.len);
    return send_long(connection, more);
  }
  status = append(connection, more);
  if (status == UVWS_OK) {
    uvws_connection_appended(connection, bytes.len + more.len);
  } else {
    connection->out.len -= bytes.len;
  }
  return status;
}

void uvws_connection_end(uvws_connection_t *connection) {
  connection->is_end_requested = true;
  uvws_connection_mark_dirty(connection);
}

void uvws_connection_set_queueing(uvws_connection_t *connection,
                                  bool is_queueing) {
  uvws_connection_unshare(connection);
  connection->is_queueing = is_queueing;
}

void uvws_connection_set_full(uvws_connection_t *connection, bool is_full,
                              size_t buffered) {
  connection->is_full = is_full;
  connection->counters->buffered = is_full ? (double)buffered : 0;
}

void uvws_connection_hold(uvws_connection_t *connection) {
  uvws_connection_unshare(connection);
  connection->hold_count++;
  uvws_connection_watch(connection);
}

void uvws_connection_release(uvws_connection_t *connection) {
  if (connection->hold_count == 0 || --connection->hold_count > 0) {
    return;
  }
  if (!connection->is_blocked) {
    connection->counters->buffered = 0;
    uvws_connection_mark_dirty(connection);
  }
  uvws_connection_watch(connection);
}
