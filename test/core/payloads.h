/* Payloads to compress. */
#ifndef UVWS_TEST_CORE_PAYLOADS_H
#define UVWS_TEST_CORE_PAYLOADS_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/slice.h"

/* The next pseudo-random number; *seed must not be 0. */
static inline uint32_t payload_random(uint32_t *seed) {
  *seed ^= *seed << 13;
  *seed ^= *seed >> 17;
  *seed ^= *seed << 5;
  return *seed;
}

/* len bytes on the heap that look like the JSON of a feed: they compress about
 * as well as that. Other seeds, other values. */
static inline uint8_t *payload_json(size_t len, uint32_t seed) {
  static const char *const states[] = {"open", "closed", "pending", "unknown"};
  char *text = malloc(len + 256);
  size_t at = 0;
  if (text == NULL) {
    abort();
  }
  while (at < len) {
    uint32_t id = payload_random(&seed) % 100000;
    at += (size_t)snprintf(
        text + at, 256,
        "{\"id\":%u,\"user\":\"user-%u\",\"price\":%u.%02u,\"state\":\"%s\","
        "\"tags\":[\"a%u\",\"b\"]},",
        id, id % 977, payload_random(&seed) % 5000, id % 100, states[id % 4],
        id % 13);
  }
  return (uint8_t *)text;
}

/* len bytes on the heap that do not compress. */
static inline uint8_t *payload_noise(size_t len, uint32_t seed) {
  uint8_t *bytes = malloc(len + 1);
  if (bytes == NULL) {
    abort();
  }
  for (size_t i = 0; i < len; i++) {
    bytes[i] = (uint8_t)(payload_random(&seed) >> 11);
  }
  return bytes;
}

#endif
