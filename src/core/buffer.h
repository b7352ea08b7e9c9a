/* A growable run of owned bytes with a ceiling that is given at init. Growth
 * doubles, so that n appended bytes cost O(n); nothing is allocated until the
 * first byte comes. */
#ifndef UVWS_CORE_BUFFER_H
#define UVWS_CORE_BUFFER_H

#include "core/mem.h"
#include "core/slice.h"
#include "core/status.h"

typedef struct uvws_buffer {
  uint8_t *data; /* NULL while nothing is allocated */
  size_t len;    /* bytes in use */
  size_t cap;    /* bytes allocated */
} uvws_buffer_t;

/* An empty buffer. Needs no deinit while empty. */
static inline uvws_buffer_t uvws_buffer_empty(void) {
  return (uvws_buffer_t){NULL, 0, 0};
}

/* For _reserve, where the room is not there yet. */
UVWS_MUST_USE uvws_status_t uvws_buffer_grow(uvws_buffer_t *buffer,
                                             const uvws_mem_t *mem,
                                             size_t extra, size_t ceiling);

/* Makes room for at least `extra` bytes behind len, growing to twice the old
 * cap or to what is needed, whichever is larger, and never above ceiling
 * (SIZE_MAX: none). Pointers into data are invalid afterwards. ERR_TOO_LARGE
 * above the ceiling or on overflow, ERR_NO_MEMORY; unchanged on failure. */
UVWS_MUST_USE static inline uvws_status_t
uvws_buffer_reserve(uvws_buffer_t *buffer, const uvws_mem_t *mem, size_t extra,
                    size_t ceiling) {
  if (extra <= buffer->cap - buffer->len && buffer->len + extra <= ceiling) {
    return UVWS_OK;
  }
  return uvws_buffer_grow(buffer, mem, extra, ceiling);
}

/* Appends a copy of bytes, which must not lie in the buffer. Fails as
 * uvws_buffer_reserve does, with the buffer unchanged. */
UVWS_MUST_USE uvws_status_t uvws_buffer_append(uvws_buffer_t *buffer,
                                               const uvws_mem_t *mem,
                                               uvws_slice_t bytes,
                                               size_t ceiling);

/* Drops the first `count` <= len bytes, moving the rest to the front. */
void uvws_buffer_consume(uvws_buffer_t *buffer, size_t count);

/* The content, borrowed until the buffer is changed. */
static inline uvws_slice_t uvws_buffer_slice(const uvws_buffer_t *buffer) {
  return uvws_slice(buffer->data, buffer->len);
}

/* Moves the content out: the source is empty afterwards, the caller owns the
 * result and ends it with uvws_buffer_deinit. */
uvws_buffer_t uvws_buffer_take(uvws_buffer_t *buffer);

/* Frees the bytes and leaves an empty buffer. NULL is legal. */
void uvws_buffer_deinit(uvws_buffer_t *buffer, const uvws_mem_t *mem);

#endif
