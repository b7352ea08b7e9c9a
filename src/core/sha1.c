#include "core/sha1.h"

#include <string.h>

#include "core/bytes.h"

#define BLOCK_LEN 64
#define BLOCK_WORDS 16
#define STATE_WORDS 5
#define ROUNDS 80
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

/* f(t) + K(t) of RFC 3174 5. */
static uint32_t mix(size_t round, uint32_t b, uint32_t c, uint32_t d) {
  switch (round / 20) {
  case 0:
    return ((b & c) | (~b & d)) + UINT32_C(0x5a827999);
  case 1:
    return (b ^ c ^ d) + UINT32_C(0x6ed9eba1);
  case 2:
    return ((b & c) | (b & d) | (c & d)) + UINT32_C(0x8f1bbcdc);
  default:
    return (b ^ c ^ d) + UINT32_C(0xca62c1d6);
  }
}

static void add_block(uint32_t state[STATE_WORDS], const uint8_t *block) {
  uint32_t schedule[ROUNDS];
  expand(schedule, block);
  uint32_t a = state[0];
  uint32_t b = state[1];
  uint32_t c = state[2];
  uint32_t d = state[3];
  uint32_t e = state[4];
  for (size_t i = 0; i < ROUNDS; i++) {
    uint32_t next = rotate_left(a, 5) + mix(i, b, c, d) + e + schedule[i];
    e = d;
    d = c;
    c = rotate_left(b, 30);
    b = a;
    a = next;
  }
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
  state[4] += e;
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
