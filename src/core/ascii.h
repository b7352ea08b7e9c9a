/* What HTTP's grammar asks of ASCII text (RFC 9110 5.6), without a locale. */
#ifndef UVWS_CORE_ASCII_H
#define UVWS_CORE_ASCII_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "core/slice.h"

/* True for a character of a token. */
static inline bool uvws_ascii_is_token(uint8_t byte) {
  /* One bit for each byte below 128: letters, digits, !#$%&'*+-.^_`|~ */
  static const uint32_t set[4] = {0x00000000, 0x03ff6cfa, 0xc7fffffe,
                                  0x57ffffff};
  return byte < 128 && ((set[byte / 32] >> (byte % 32)) & 1) != 0;
}

/* True for optional white space: space and tab. */
static inline bool uvws_ascii_is_space(uint8_t byte) {
  return byte == ' ' || byte == '\t';
}

static inline uint8_t uvws_ascii_to_lower(uint8_t byte) {
  return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte | 0x20) : byte;
}

/* Without the white space around it. */
static inline uvws_slice_t uvws_ascii_trim(uvws_slice_t text) {
  while (text.len > 0 && uvws_ascii_is_space(text.data[0])) {
    text.data++;
    text.len--;
  }
  while (text.len > 0 && uvws_ascii_is_space(text.data[text.len - 1])) {
    text.len--;
  }
  return text;
}

/* Compares ignoring case; lower is NUL-terminated lower case. */
static inline bool uvws_ascii_equals(uvws_slice_t text, const char *lower) {
  if (text.len != strlen(lower)) {
    return false;
  }
  for (size_t i = 0; i < text.len; i++) {
    if (uvws_ascii_to_lower(text.data[i]) != (uint8_t)lower[i]) {
      return false;
    }
  }
  return true;
}

#endif
