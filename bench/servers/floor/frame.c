#include "frame.h"

#include <string.h>

#define LENGTH_BITS 0x7f
#define KEY_LEN 4
#define WORDS 8

int frame_decode(const uint8_t *bytes, size_t len, frame_t *frame) {
  size_t extended;
  uint64_t payload_len;

  if (len < 2) {
    return 0;
  }

  payload_len = bytes[1] & LENGTH_BITS;
  extended = payload_len < 126 ? 0 : payload_len == 126 ? 2 : 8;
  frame->first = bytes[0];
  frame->header_len = 2 + extended + KEY_LEN;
  if (len < frame->header_len) {
    return 0;
  }

  if (extended > 0) {
    payload_len = 0;
    for (size_t i = 0; i < extended; i++) {
      payload_len = payload_len << 8 | bytes[2 + i];
    }
  }
  frame->payload_len = (size_t)payload_len;

  return 1;
}

/* Whole blocks are read before they are written, so that a target a few bytes
   before its source is safe and the compiler may still use vectors. */
static void unmask(uint8_t *target, const uint8_t *source, size_t len,
                   const uint8_t *key) {
  uint64_t key_word;
  uint64_t words[WORDS];
  size_t at = 0;

  memcpy(&key_word, key, KEY_LEN);
  key_word |= key_word << 32;

  for (; len - at >= sizeof words; at += sizeof words) {
    memcpy(words, source + at, sizeof words);
    for (size_t i = 0; i < WORDS; i++) {
      words[i] ^= key_word;
    }
    memcpy(target + at, words, sizeof words);
  }
  for (; at < len; at++) {
    target[at] = source[at] ^ (uint8_t)(key_word >> (at % 4 * 8));
  }
}

size_t frame_unmask(const frame_t *frame, const uint8_t *source, uint8_t first,
                    uint8_t *target) {
  uint8_t key[KEY_LEN];
  size_t header_len = frame->header_len - KEY_LEN;

  memcpy(key, source + header_len, KEY_LEN);
  memmove(target, source, header_len);
  target[0] = first;
  target[1] &= LENGTH_BITS;
  unmask(target + header_len, source + frame->header_len, frame->payload_len,
         key);

  return header_len + frame->payload_len;
}
