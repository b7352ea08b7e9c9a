#include "core/sha1.h"

#include <string.h>

#include "core/bytes.h"

#define BLOCK_LEN 64
#define BLOCK_WORDS 16
#define STATE_WORDS 5
#define ROUNDS 80
#define PHASE_ROUNDS ((size_t)20)
#define COUNT_LEN 8 /* bytes of the message's length in bits */

static uint32_t rotate_left(uint32_t value, unsigned bits) {
  return (value << bits) | (value >> (32 - bits));
}

static void expand(uint32_t schedule[ROUNDS], const uint8_t *block) {
  for (size_t i = 0; i < BLOCK_WORDS; i++) {
    schedule[i] = uvws_load_be32(block + i * 4);
  }
  for (size_t i = BLOCK_WORDS; i < ROUNDS; i++) {
    schedule[i] = rotate_left(schedule[i - 3] ^ schedule[i - 8] ^
                                  schedule[i - 14] ^ schedule[i - 16],
                              1);
  }
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

/* The rounds that mix in the same way, with the constant K(t). Inline, so that
 * no call is left of mix. */
static inline void add_rounds(uint32_t letters[STATE_WORDS],
                              const uint32_t schedule[PHASE_ROUNDS], mix_t mix,
                              uint32_t constant) {
  uint32_t a = letters[0];
  uint32_t b = letters[1];
  uint32_t c = letters[2];
  uint32_t d = letters[3];
  uint32_t e = letters[4];
  for (size_t i = 0; i < PHASE_ROUNDS; i++) {
    uint32_t next =
        rotate_left(a, 5) + mix(b, c, d) + e + schedule[i] + constant;
    e = d;
    d = c;
    c = rotate_left(b, 30);
    b = a;
    a = next;
  }
  letters[0] = a;
  letters[1] = b;
  letters[2] = c;
  letters[3] = d;
  letters[4] = e;
}

static void add_block(uint32_t state[STATE_WORDS], const uint8_t *block) {
  uint32_t schedule[ROUNDS];
  uint32_t letters[STATE_WORDS];
  expand(schedule, block);
  memcpy(letters, state, sizeof letters);
  add_rounds(letters, schedule, choose, UINT32_C(0x5a827999));
  add_rounds(letters, schedule + PHASE_ROUNDS, parity, UINT32_C(0x6ed9eba1));
  add_rounds(letters, schedule + 2 * PHASE_ROUNDS, majority,
             UINT32_C(0x8f1bbcdc));
  add_rounds(letters, schedule + 3 * PHASE_ROUNDS, parity,
             UINT32_C(0xca62c1d6));
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
