#include "core/base64.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                               "abcdefghijklmnopqrstuvwxyz"
                               "0123456789+/";

/* Writes the `count` leading characters of three bytes, then padding to 4. */
static void encode_group(char *out, uint32_t group, size_t count) {
  for (size_t i = 0; i < 4; i++) {
    out[i] = '=';
    if (i < count) {
      out[i] = alphabet[(group >> (18 - 6 * i)) & 0x3f];
    }
  }
}

void uvws_base64_encode(char *out, const uint8_t *data, size_t len) {
  size_t at = 0;
  for (; len - at >= 3; at += 3, out += 4) {
    uint32_t group = ((uint32_t)data[at] << 16) |
                     ((uint32_t)data[at + 1] << 8) | data[at + 2];
    encode_group(out, group, 4);
  }
  size_t left = len - at;
  if (left == 1) {
    encode_group(out, (uint32_t)data[at] << 16, 2);
  } else if (left == 2) {
    encode_group(out,
                 ((uint32_t)data[at] << 16) | ((uint32_t)data[at + 1] << 8), 3);
  }
}
