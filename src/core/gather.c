#include "core/gather.h"

#include <string.h>

/* How much a buffer may hold beyond twice what has arrived. */
#define GATHER_FREE_CAP ((size_t)64 * 1024)

/* Less than this is not worth giving back. */
#define TRIM_MIN ((size_t)4 * 1024)

static size_t max_size(size_t a, size_t b) { return a > b ? a : b; }

/* The capacity for a buffer that must hold `need` bytes, of which all but a few
 * have arrived. The frame's end is known but only claimed: up to
 * GATHER_FREE_CAP it is believed, from there on the buffer doubles towards it.
 * Where more frames follow it always at least doubles, so that many small
 * fragments cost linear time. */
static size_t next_cap(const uvws_buffer_t *buffer, size_t need, uint64_t rest,
                       bool is_last) {
  size_t doubled = buffer->cap <= SIZE_MAX / 2 ? buffer->cap * 2 : SIZE_MAX;
  size_t believed = max_size(need, max_size(doubled, GATHER_FREE_CAP));
  if (rest > believed - buffer->len) {
    return believed;
  }
  size_t end = buffer->len + (size_t)rest;
  return is_last ? end : max_size(end, doubled);
}

uvws_status_t uvws_gather_reserve(uvws_buffer_t *buffer, const uvws_mem_t *mem,
                                  size_t len, uint64_t rest, bool is_last) {
  if (len <= buffer->cap - buffer->len) {
    return UVWS_OK;
  }
  if (len > SIZE_MAX - buffer->len) {
    return UVWS_ERR_TOO_LARGE;
  }
  size_t cap = next_cap(buffer, buffer->len + len, rest, is_last);
  return uvws_buffer_reserve(buffer, mem, cap - buffer->len, cap);
}

void uvws_gather_append(uvws_buffer_t *buffer, const uvws_frame_t *frame,
                        uint64_t offset, const uint8_t *data, size_t len) {
  uint8_t *end = buffer->data + buffer->len;
  if (frame->is_masked) {
    uvws_mask(end, data, len, frame->key, offset);
  } else if (end != data) {
    memcpy(end, data, len);
  }
  buffer->len += len;
}

void uvws_gather_trim(uvws_buffer_t *buffer, const uvws_mem_t *mem) {
  if (buffer->cap - buffer->len < TRIM_MIN || buffer->len == 0) {
    return;
  }
  uint8_t *data = uvws_mem_resize(mem, buffer->data, buffer->len);
  if (data != NULL) {
    buffer->data = data;
    buffer->cap = buffer->len;
  }
}
