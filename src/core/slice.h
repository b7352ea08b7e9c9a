/* A slice: borrowed bytes, valid as long as their owner says. */
#ifndef UVWS_CORE_SLICE_H
#define UVWS_CORE_SLICE_H

#include <stddef.h>
#include <stdint.h>

typedef struct uvws_slice {
  const uint8_t *data; /* may be NULL where len is 0 */
  size_t len;
} uvws_slice_t;

static inline uvws_slice_t uvws_slice(const void *data, size_t len) {
  return (uvws_slice_t){(const uint8_t *)data, len};
}

#endif
