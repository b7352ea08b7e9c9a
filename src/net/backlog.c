#include "net/backlog.h"

#include <string.h>

/* A copy that connections share. The loop knows the last one made while it
 * lives. */
typedef struct uvws_kept {
  size_t ref_count;
  size_t len;
  uint8_t bytes[];
} uvws_kept_t;

typedef struct part {
  uvws_list_t link;
  uvws_kept_t *kept;   /* NULL: the bytes are its own */
  const uint8_t *data; /* what is left of it */
  size_t len;
  uint8_t own[];
} part_t;

/* ---- Copies ---- */

static bool has_end(const uvws_kept_t *kept, uvws_slice_t header,
                    uvws_slice_t bytes) {
  if (kept == NULL || kept->len < header.len + bytes.len) {
    return false;
  }
  const uint8_t *at = kept->bytes + kept->len - bytes.len;
  return (header.len == 0 ||
          memcmp(at - header.len, header.data, header.len) == 0) &&
         memcmp(at, bytes.data, bytes.len) == 0;
}

static uvws_kept_t *take_copy(uvws_loop_t *loop, uvws_slice_t header,
                              uvws_slice_t bytes) {
  uvws_kept_t *kept = loop->kept;
  if (has_end(kept, header, bytes)) {
    kept->ref_count++;
    return kept;
  }
  kept = uvws_mem_alloc(loop->mem, sizeof(*kept) + header.len + bytes.len);
  if (kept != NULL) {
    kept->ref_count = 1;
    kept->len = header.len + bytes.len;
    if (header.len > 0) {
      memcpy(kept->bytes, header.data, header.len);
    }
    memcpy(kept->bytes + header.len, bytes.data, bytes.len);
    loop->kept = kept;
  }
  return kept;
}

static void give_copy(uvws_loop_t *loop, uvws_kept_t *kept) {
  if (kept == NULL || --kept->ref_count > 0) {
    return;
  }
  if (loop->kept == kept) {
    loop->kept = NULL;
  }
  uvws_mem_free(loop->mem, kept);
}

/* ---- Parts ---- */

static part_t *first_of(const uvws_backlog_t *backlog) {
  return UVWS_CONTAINER_OF(backlog->parts.next, part_t, link);
}

static void push(uvws_backlog_t *backlog, part_t *part) {
  uvws_list_push(&backlog->parts, &part->link);
  backlog->len += part->len;
}

static uvws_status_t push_own(uvws_connection_t *connection,
                              uvws_slice_t bytes) {
  part_t *part =
      uvws_mem_alloc(connection->loop->mem, sizeof(*part) + bytes.len);
  if (part == NULL) {
    return UVWS_ERR_NO_MEMORY;
  }
  memcpy(part->own, bytes.data, bytes.len);
  part->kept = NULL;
  part->data = part->own;
  part->len = bytes.len;
  push(connection->backlog, part);
  return UVWS_OK;
}

static uvws_status_t push_kept(uvws_connection_t *connection,
                               uvws_slice_t header, uvws_slice_t bytes) {
  uvws_loop_t *loop = connection->loop;
  part_t *part = uvws_mem_alloc(loop->mem, sizeof(*part));
  uvws_kept_t *kept = part == NULL ? NULL : take_copy(loop, header, bytes);
  if (kept == NULL) {
    uvws_mem_free(loop->mem, part);
    return UVWS_ERR_NO_MEMORY;
  }
  part->kept = kept;
  part->len = header.len + bytes.len;
  part->data = kept->bytes + kept->len - part->len;
  push(connection->backlog, part);
  return UVWS_OK;
}

static void drop_first(uvws_connection_t *connection) {
  part_t *part = first_of(connection->backlog);
  connection->backlog->len -= part->len;
  uvws_list_remove(&part->link);
  give_copy(connection->loop, part->kept);
  uvws_mem_free(connection->loop->mem, part);
}

static void free_if_empty(uvws_connection_t *connection) {
  if (uvws_list_is_empty(&connection->backlog->parts)) {
    uvws_mem_free(connection->loop->mem, connection->backlog);
    connection->backlog = NULL;
  }
}

/* ---- The backlog ---- */

static uvws_status_t begin(uvws_connection_t *connection) {
  if (connection->backlog != NULL) {
    return UVWS_OK;
  }
  uvws_backlog_t *backlog =
      uvws_mem_alloc(connection->loop->mem, sizeof(*backlog));
  if (backlog == NULL) {
    return UVWS_ERR_NO_MEMORY;
  }
  uvws_list_init(&backlog->parts);
  backlog->len = 0;
  connection->backlog = backlog;
  return UVWS_OK;
}

static uvws_status_t move_output(uvws_connection_t *connection) {
  size_t start = connection->out_start;
  size_t len = connection->out.len - start;
  if (len == 0) {
    return UVWS_OK;
  }
  uvws_status_t status =
      push_own(connection, uvws_slice(connection->out.data + start, len));
  if (status == UVWS_OK) {
    uvws_loop_give_spare(connection->loop, &connection->out);
    connection->out_start = 0;
  }
  return status;
}

uvws_status_t uvws_backlog_keep(uvws_connection_t *connection,
                                uvws_slice_t header, uvws_slice_t bytes) {
  uvws_status_t status = begin(connection);
  if (status != UVWS_OK) {
    return status;
  }
  status = move_output(connection);
  if (status == UVWS_OK) {
    status = push_kept(connection, header, bytes);
  }
  free_if_empty(connection);
  return status;
}

int uvws_backlog_peek(const uvws_connection_t *connection, struct iovec *parts,
                      int max) {
  const uvws_backlog_t *backlog = connection->backlog;
  int count = 0;
  if (backlog == NULL) {
    return 0;
  }
  for (const uvws_list_t *link = backlog->parts.next;
       link != &backlog->parts && count < max; link = link->next) {
    const part_t *part = UVWS_CONTAINER_OF(link, part_t, link);
    parts[count++] = (struct iovec){(void *)part->data, part->len};
  }
  return count;
}

void uvws_backlog_consume(uvws_connection_t *connection, size_t len) {
  while (len > 0 && connection->backlog != NULL) {
    part_t *part = first_of(connection->backlog);
    if (len < part->len) {
      part->data += len;
      part->len -= len;
      connection->backlog->len -= len;
      return;
    }
    len -= part->len;
    drop_first(connection);
    free_if_empty(connection);
  }
}

void uvws_backlog_drop(uvws_connection_t *connection) {
  uvws_backlog_consume(connection, uvws_backlog_len(connection));
}
