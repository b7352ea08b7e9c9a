/* Big-endian loads and stores at any alignment (RFC 6455 5.2: network byte
 * order). */
#ifndef UVWS_CORE_BYTES_H
#define UVWS_CORE_BYTES_H

#include <stdint.h>

static inline uint16_t uvws_load_be16(const uint8_t *in) {
  return (uint16_t)((in[0] << 8) | in[1]);
}

static inline uint32_t uvws_load_be32(const uint8_t *in) {
  return ((uint32_t)in[0] << 24) | ((uint32_t)in[1] << 16) |
         ((uint32_t)in[2] << 8) | in[3];
}

static inline uint64_t uvws_load_be64(const uint8_t *in) {
  return ((uint64_t)uvws_load_be32(in) << 32) | uvws_load_be32(in + 4);
}

static inline void uvws_store_be16(uint8_t *out, uint16_t value) {
  out[0] = (uint8_t)(value >> 8);
  out[1] = (uint8_t)value;
}

static inline void uvws_store_be32(uint8_t *out, uint32_t value) {
  uvws_store_be16(out, (uint16_t)(value >> 16));
  uvws_store_be16(out + 2, (uint16_t)value);
}

static inline void uvws_store_be64(uint8_t *out, uint64_t value) {
  uvws_store_be32(out, (uint32_t)(value >> 32));
  uvws_store_be32(out + 4, (uint32_t)value);
}

#endif
