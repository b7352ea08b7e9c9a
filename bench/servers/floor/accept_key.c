#include "accept_key.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#define GUID "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
#define GUID_LEN (sizeof GUID - 1)
#define BLOCK 64
#define KEY_MAX 64
#define PADDED_MAX (2 * BLOCK)

static uint32_t rotate(uint32_t x, unsigned by) {
  return x << by | x >> (32 - by);
}

static uint32_t round_function(size_t t, const uint32_t *s) {
  if (t < 20) {
    return ((s[1] & s[2]) | (~s[1] & s[3])) + 0x5a827999;
  }
  if (t < 40) {
    return (s[1] ^ s[2] ^ s[3]) + 0x6ed9eba1;
  }
  if (t < 60) {
    return ((s[1] & s[2]) | (s[1] & s[3]) | (s[2] & s[3])) + 0x8f1bbcdc;
  }

  return (s[1] ^ s[2] ^ s[3]) + 0xca62c1d6;
}

/* One block of SHA-1 (RFC 3174). */
static void add_block(uint32_t *hash, const uint8_t *block) {
  uint32_t w[80];
  uint32_t s[5];

  for (size_t t = 0; t < 16; t++) {
    const uint8_t *at = block + 4 * t;

    w[t] = (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 |
           (uint32_t)at[2] << 8 | at[3];
  }
  for (size_t t = 16; t < 80; t++) {
    w[t] = rotate(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1);
  }

  memcpy(s, hash, sizeof s);
  for (size_t t = 0; t < 80; t++) {
    uint32_t next = rotate(s[0], 5) + round_function(t, s) + s[4] + w[t];

    s[4] = s[3];
    s[3] = s[2];
    s[2] = rotate(s[1], 30);
    s[1] = s[0];
    s[0] = next;
  }
  for (size_t i = 0; i < 5; i++) {
    hash[i] += s[i];
  }
}

static void sha1(const uint8_t *message, size_t len, uint8_t *digest) {
  uint32_t hash[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476,
                      0xc3d2e1f0};
  uint8_t padded[PADDED_MAX] = {0};
  size_t total = len + 9 <= BLOCK ? BLOCK : PADDED_MAX;

  memcpy(padded, message, len);
  padded[len] = 0x80;
  padded[total - 2] = (uint8_t)(len * 8 >> 8);
  padded[total - 1] = (uint8_t)(len * 8);

  for (size_t at = 0; at < total; at += BLOCK) {
    add_block(hash, padded + at);
  }
  for (size_t i = 0; i < 20; i++) {
    digest[i] = (uint8_t)(hash[i / 4] >> (24 - 8 * (i % 4)));
  }
}

/* Base64 of 20 bytes and a zero: the last character then becomes '='. */
static void encode(const uint8_t *digest, char *text) {
  static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "abcdefghijklmnopqrstuvwxyz0123456789+/";

  for (size_t i = 0; i < 7; i++) {
    uint32_t bits = (uint32_t)digest[3 * i] << 16 |
                    (uint32_t)digest[3 * i + 1] << 8 | digest[3 * i + 2];

    for (size_t j = 0; j < 4; j++) {
      text[4 * i + j] = alphabet[bits >> (18 - 6 * j) & 63];
    }
  }
  text[ACCEPT_KEY_LEN - 1] = '=';
}

void accept_key(const char *key, size_t len, char *accept) {
  uint8_t message[KEY_MAX + GUID_LEN];
  uint8_t digest[21] = {0};

  assert(len <= KEY_MAX);
  memcpy(message, key, len);
  memcpy(message + len, GUID, GUID_LEN);
  sha1(message, len + GUID_LEN, digest);
  encode(digest, accept);
}
