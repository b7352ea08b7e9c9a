#include "core/siphash.h"

#include <stddef.h>

typedef struct state {
  uint64_t v[4];
} state_t;

/* Of at most eight bytes. */
static uint64_t load_le(const uint8_t *bytes, size_t len) {
  uint64_t word = 0;
  for (size_t i = 0; i < len; i++) {
    word |= (uint64_t)bytes[i] << (8 * i);
  }
  return word;
}

static uint64_t rotate(uint64_t word, unsigned bits) {
  return word << bits | word >> (64 - bits);
}

static void mix(state_t *state, int rounds) {
  uint64_t *v = state->v;
  for (int i = 0; i < rounds; i++) {
    v[0] += v[1];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[0] = rotate(v[0], 32);
    v[2] += v[3];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[2] = rotate(v[2], 32);
  }
}

static void absorb(state_t *state, uint64_t word) {
  state->v[3] ^= word;
  mix(state, 2);
  state->v[0] ^= word;
}

uint64_t uvws_siphash(const uint8_t key[UVWS_SIPHASH_KEY_LEN],
                      uvws_slice_t bytes) {
  uint64_t low = load_le(key, 8);
  uint64_t high = load_le(key + 8, 8);
  state_t state = {{low ^ 0x736f6d6570736575u, high ^ 0x646f72616e646f6du,
                    low ^ 0x6c7967656e657261u, high ^ 0x7465646279746573u}};
  size_t at = 0;
  for (; bytes.len - at >= 8; at += 8) {
    absorb(&state, load_le(bytes.data + at, 8));
  }
  /* The rest, and the length modulo 256 in the highest byte. */
  absorb(&state,
         load_le(bytes.data + at, bytes.len - at) | (uint64_t)bytes.len << 56);
  state.v[2] ^= 0xff;
  mix(&state, 4);
  return state.v[0] ^ state.v[1] ^ state.v[2] ^ state.v[3];
}
