#include "core/buffer.h"

#include <assert.h>
#include <string.h>

/* Twice the old cap or what is needed; needed is at most ceiling. */
static size_t next_cap(size_t cap, size_t needed, size_t ceiling) {
  size_t doubled = cap > ceiling / 2 ? ceiling : cap * 2;
  return doubled > needed ? doubled : needed;
}

uvws_status_t uvws_buffer_grow(uvws_buffer_t *buffer, const uvws_mem_t *mem,
                               size_t extra, size_t ceiling) {
  if (extra > SIZE_MAX - buffer->len || buffer->len + extra > ceiling) {
    return UVWS_ERR_TOO_LARGE;
  }
  size_t needed = buffer->len + extra;
  size_t cap = next_cap(buffer->cap, needed, ceiling);
  uint8_t *data = uvws_mem_resize(mem, buffer->data, cap);
  if (data == NULL) {
    return UVWS_ERR_NO_MEMORY;
  }
  buffer->data = data;
  buffer->cap = cap;
  return UVWS_OK;
}

uvws_status_t uvws_buffer_append(uvws_buffer_t *buffer, const uvws_mem_t *mem,
                                 uvws_slice_t bytes, size_t ceiling) {
  uvws_status_t status = uvws_buffer_reserve(buffer, mem, bytes.len, ceiling);
  if (status == UVWS_OK && bytes.len > 0) {
    memcpy(buffer->data + buffer->len, bytes.data, bytes.len);
    buffer->len += bytes.len;
  }
  return status;
}

void uvws_buffer_consume(uvws_buffer_t *buffer, size_t count) {
  assert(count <= buffer->len);
  if (count == 0) {
    return;
  }
  buffer->len -= count;
  memmove(buffer->data, buffer->data + count, buffer->len);
}

uvws_buffer_t uvws_buffer_take(uvws_buffer_t *buffer) {
  uvws_buffer_t taken = *buffer;
  *buffer = uvws_buffer_empty();
  return taken;
}

void uvws_buffer_deinit(uvws_buffer_t *buffer, const uvws_mem_t *mem) {
  if (buffer == NULL) {
    return;
  }
  uvws_mem_free(mem, buffer->data);
  *buffer = uvws_buffer_empty();
}
