#include "core/utf8.h"

#include <string.h>

#define BLOCK_LEN 16

static bool is_ascii_block(const uint8_t *data) {
  uint64_t words[2];
  memcpy(words, data, BLOCK_LEN);
  return ((words[0] | words[1]) & UINT64_C(0x8080808080808080)) == 0;
}

/* The first position from `at` on that may be not ASCII, or len. */
static size_t skip_ascii(const uint8_t *data, size_t len, size_t at) {
  while (len - at >= BLOCK_LEN && is_ascii_block(data + at)) {
    at += BLOCK_LEN;
  }
  while (at < len && data[at] < 0x80) {
    at++;
  }
  return at;
}

static bool is_continuation(uint8_t byte) { return (byte & 0xc0) == 0x80; }

/* The second byte of a longer sequence, whose range is narrower than that of
 * the others after some lead bytes (RFC 3629 4). */
static bool is_second(uint8_t lead, uint8_t byte) {
  switch (lead) {
  case 0xe0: /* below: overlong */
    return byte >= 0xa0 && byte <= 0xbf;
  case 0xed: /* above: surrogates */
    return byte >= 0x80 && byte <= 0x9f;
  case 0xf0: /* below: overlong */
    return byte >= 0x90 && byte <= 0xbf;
  case 0xf4: /* above: beyond U+10FFFF */
    return byte >= 0x80 && byte <= 0x8f;
  default:
    return is_continuation(byte);
  }
}

/* Length of the valid sequence of several bytes at data, or 0. */
static size_t sequence_len(const uint8_t *data, size_t left) {
  uint8_t lead = data[0];
  if (lead < 0xc2 || lead > 0xf4) {
    return 0;
  }
  size_t len = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (left < len || !is_second(lead, data[1])) {
    return 0;
  }
  for (size_t i = 2; i < len; i++) {
    if (!is_continuation(data[i])) {
      return 0;
    }
  }
  return len;
}

bool uvws_utf8_is_valid(const uint8_t *data, size_t len) {
  size_t at = skip_ascii(data, len, 0);
  while (at < len) {
    size_t count = sequence_len(data + at, len - at);
    if (count == 0) {
      return false;
    }
    at += count;
    /* Text of other scripts seldom returns to ASCII for a whole block. */
    if (at < len && data[at] < 0x80) {
      at = skip_ascii(data, len, at);
    }
  }
  return true;
}
