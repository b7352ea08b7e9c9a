#include "core/mask.h"

#include <string.h>

#define WORD_LEN sizeof(uint64_t)
#define BLOCK_LEN (4 * WORD_LEN)

/* The key, over and over, as eight bytes that begin within it. */
static uint64_t repeat_key(const uint8_t key[UVWS_MASK_KEY_LEN],
                           uint64_t offset) {
  uint8_t twice[2 * UVWS_MASK_KEY_LEN];
  uint32_t half;
  memcpy(twice, key, UVWS_MASK_KEY_LEN);
  memcpy(twice + UVWS_MASK_KEY_LEN, key, UVWS_MASK_KEY_LEN);
  memcpy(&half, twice + offset % UVWS_MASK_KEY_LEN, sizeof(half));
  return half | (uint64_t)half << 32;
}

/* Loads and stores through memcpy are safe at any alignment. */
static inline uint64_t load(const uint8_t *src) {
  uint64_t word;
  memcpy(&word, src, WORD_LEN);
  return word;
}

static inline void store(uint8_t *dst, uint64_t word) {
  memcpy(dst, &word, WORD_LEN);
}

/* All is loaded before any of it is stored: compilers make vectors of it, and
 * need not check whether dst is src. */
static inline void mask_block(uint8_t *dst, const uint8_t *src, uint64_t key) {
  uint64_t first = load(src) ^ key;
  uint64_t second = load(src + WORD_LEN) ^ key;
  uint64_t third = load(src + 2 * WORD_LEN) ^ key;
  uint64_t fourth = load(src + 3 * WORD_LEN) ^ key;
  store(dst, first);
  store(dst + WORD_LEN, second);
  store(dst + 2 * WORD_LEN, third);
  store(dst + 3 * WORD_LEN, fourth);
}

/* What is shorter than a block. */
static void mask_rest(uint8_t *dst, const uint8_t *src, size_t len,
                      uint64_t key) {
  uint8_t pattern[WORD_LEN];
  memcpy(pattern, &key, WORD_LEN);
  while (len >= WORD_LEN) {
    store(dst, load(src) ^ key);
    dst += WORD_LEN;
    src += WORD_LEN;
    len -= WORD_LEN;
  }
  for (size_t i = 0; i < len; i++) {
    dst[i] = src[i] ^ pattern[i];
  }
}

void uvws_mask(uint8_t *dst, const uint8_t *src, size_t len,
               const uint8_t key[UVWS_MASK_KEY_LEN], uint64_t offset) {
  uint64_t word_key = repeat_key(key, offset);
  while (len >= BLOCK_LEN) {
    mask_block(dst, src, word_key);
    dst += BLOCK_LEN;
    src += BLOCK_LEN;
    len -= BLOCK_LEN;
  }
  if (len > 0) {
    mask_rest(dst, src, len, word_key);
  }
}
