#include "core/sha1.h"

#include <string.h>

#include "core/bytes.h"

#define BLOCK_LEN 64
#define BLOCK_WORDS 16
#define STATE_WORDS 5
#define PHASE_ROUNDS ((size_t)20)
#define COUNT_LEN 8 /* bytes of the message's length in bits */

static uint32_t rotate_left(uint32_t value, unsigned bits) {
  return (value << bits) | (value >> (32 - bits));
}

/* The word of round i, W(t) in the sixteen words of RFC 3174 6.2. Eighty at
 * once would be vectorised, and wait for the stores of the words just before.
 */
static inline uint32_t word_of(uint32_t window[BLOCK_WORDS], size_t i) {
  uint32_t *word = &window[i % BLOCK_WORDS];
  if (i >= BLOCK_WORDS) {
    *word = rotate_left(window[(i - 3) % BLOCK_WORDS] ^
                            window[(i - 8) % BLOCK_WORDS] ^
                            window[(i - 14) % BLOCK_WORDS] ^ *word,
                        1);
  }
  return *word;
}

/* The f(t) of RFC 3174 5. */
typedef uint32_t (*mix_t)(uint32_t b, uint32_t c, uint32_t d);

static uint32_t choose(uint32_t b, uint32_t c, uint32_t d) {
  return d ^ (b & (c ^ d));
}

static uint32_t parity(uint32_t b, uint32_t c, uint32_t d) { return b ^ c ^ d; }

static uint32_t majority(uint32_t b, uint32_t c, uint32_t d) {
  return (b & c) | (d & (b | c));
}

/* One round; the letters' names move on by one for the next. */
static inline void add_round(uint32_t a, uint32_t *b, uint32_t c, uint32_t d,
                             uint32_t *e, mix_t mix, uint32_t word) {
  *e = (*e + word + mix(*b, c, d)) + rotate_left(a, 5);
  *b = rotate_left(*b, 30);
}

/* The rounds of a phase mix in the same way, with the constant K(t). Inline, so
 * that no call is left of mix; in fives, so that no letter is moved. */
static inline void add_rounds(uint32_t letters[STATE_WORDS],
                              uint32_t window[BLOCK_WORDS], size_t phase,
                              mix_t mix, uint32_t constant) {
  uint32_t a = letters[0];
  uint32_t b = letters[1];
  uint32_t c = letters[2];
  uint32_t d = letters[3];
  uint32_t e = letters[4];
  size_t end = (phase + 1) * PHASE_ROUNDS;
  for (size_t i = phase * PHASE_ROUNDS; i < end; i += STATE_WORDS) {
    add_round(a, &b, c, d, &e, mix, word_of(window, i) + constant);
    add_round(e, &a, b, c, &d, mix, word_of(window, i + 1) + constant);
    add_round(d, &e, a, b, &c, mix, word_of(window, i + 2) + constant);
    add_round(c, &d, e, a, &b, mix, word_of(window, i + 3) + constant);
    add_round(b, &c, d, e, &a, mix, word_of(window, i + 4) + constant);
  }
  letters[0] = a;
  letters[1] = b;
  letters[2] = c;
  letters[3] = d;
  letters[4] = e;
}

static void add_block(uint32_t state[STATE_WORDS], const uint8_t *block) {
  uint32_t window[BLOCK_WORDS];
  uint32_t letters[STATE_WORDS];
  for (size_t i = 0; i < BLOCK_WORDS; i++) {
    window[i] = uvws_load_be32(block + i * 4);
  }
  memcpy(letters, state, sizeof letters);
  add_rounds(letters, window, 0, choose, UINT32_C(0x5a827999));
  add_rounds(letters, window, 1, parity, UINT32_C(0x6ed9eba1));
  add_rounds(letters, window, 2, majority, UINT32_C(0x8f1bbcdc));
  add_rounds(letters, window, 3, parity, UINT32_C(0xca62c1d6));
  for (size_t i = 0; i < STATE_WORDS; i++) {
    state[i] += letters[i];
  }
}

/* Adds the last len < BLOCK_LEN bytes with the padding of RFC 3174 4. tail is
 * NULL where there are none. */
static void add_tail(uint32_t state[STATE_WORDS], const uint8_t *tail,
                     size_t len, uint64_t total_len) {
  uint8_t padded[2 * BLOCK_LEN] = {0};
  if (tail != NULL) {
    memcpy(padded, tail, len);
  }
  padded[len] = 0x80;
  size_t end = len + 1 + COUNT_LEN <= BLOCK_LEN ? BLOCK_LEN : 2 * BLOCK_LEN;
  uvws_store_be64(padded + end - COUNT_LEN, total_len * 8);
  for (size_t at = 0; at < end; at += BLOCK_LEN) {
    add_block(state, padded + at);
  }
}

void uvws_sha1(uint8_t out[UVWS_SHA1_LEN], const uint8_t *data, size_t len) {
  uint32_t state[STATE_WORDS] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476,
                                 0xc3d2e1f0};
  size_t whole = len - len % BLOCK_LEN;
  for (size_t at = 0; at < whole; at += BLOCK_LEN) {
    add_block(state, data + at);
  }
  const uint8_t *tail = whole < len ? data + whole : NULL;
  add_tail(state, tail, len - whole, len);
  for (size_t i = 0; i < STATE_WORDS; i++) {
    uvws_store_be32(out + i * 4, state[i]);
  }
}
