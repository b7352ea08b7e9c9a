#include "core/mask.h"

#include <string.h>

#define WORD_LEN 8

/* The loads and stores through memcpy are safe at any alignment, and compilers
 * turn the loop into vector code. */
static inline void mask_words(uint8_t *dst, const uint8_t *src, size_t count,
                              uint64_t word_key) {
  for (size_t i = 0; i < count; i++) {
    uint64_t word;
    memcpy(&word, src + i * WORD_LEN, WORD_LEN);
    word ^= word_key;
    memcpy(dst + i * WORD_LEN, &word, WORD_LEN);
  }
}

void uvws_mask(uint8_t *dst, const uint8_t *src, size_t len,
               const uint8_t key[UVWS_MASK_KEY_LEN], uint64_t offset) {
  uint8_t pattern[WORD_LEN];
  for (size_t i = 0; i < WORD_LEN; i++) {
    pattern[i] = key[(offset + i) % UVWS_MASK_KEY_LEN];
  }
  uint64_t word_key;
  memcpy(&word_key, pattern, WORD_LEN);

  size_t count = len / WORD_LEN;
  if (dst == src) { /* known to the compiler, so that it need not check */
    mask_words(dst, dst, count, word_key);
  } else {
    mask_words(dst, src, count, word_key);
  }
  for (size_t i = count * WORD_LEN; i < len; i++) {
    dst[i] = src[i] ^ pattern[i % WORD_LEN];
  }
}
