#include "script.h"

#include <string.h>

#include "fail.h"

#define CYCLE_BYTES 16384
#define CYCLE_MIN 4

#define FIN 0x80
#define MASKED 0x80
#define OPCODE_TEXT 0x1
#define OPCODE_BINARY 0x2

static uint32_t next_random(uint64_t *state) {
  /* xorshift64* */
  *state ^= *state >> 12;
  *state ^= *state << 25;
  *state ^= *state >> 27;

  return (uint32_t)((*state * 0x2545f4914f6cdd1dULL) >> 32);
}

/* Writes one character of at most `room` bytes and gives its length. */
static size_t put_character(uint8_t *at, size_t room, uint64_t *random) {
  static const char characters[4][5] = {"a", "\xc3\xa9", "\xe6\x97\xa5",
                                        "\xf0\x9f\x8c\x8d"};
  size_t len = 1 + next_random(random) % 4;

  if (len > room) {
    len = 1;
  }
  memcpy(at, characters[len - 1], len);

  return len;
}

static void fill_payload(uint8_t *payload, size_t size, payload_type_t type,
                         uint64_t *random) {
  size_t at = 0;

  while (at < size) {
    switch (type) {
    case PAYLOAD_BINARY:
      payload[at++] = (uint8_t)next_random(random);
      break;
    case PAYLOAD_TEXT:
      payload[at++] = (uint8_t)(' ' + next_random(random) % 95);
      break;
    case PAYLOAD_UTF8:
      at += put_character(payload + at, size - at, random);
      break;
    }
  }
}

static size_t length_bytes(size_t size) {
  return size < 126 ? 0 : size < 65536 ? 2 : 8;
}

/* RFC 6455 5.2; gives the header's length without a masking key. */
static size_t put_header(uint8_t *at, size_t size, payload_type_t type,
                         uint8_t mask_bit) {
  size_t extended = length_bytes(size);

  at[0] = FIN | (type == PAYLOAD_BINARY ? OPCODE_BINARY : OPCODE_TEXT);
  at[1] = (uint8_t)(mask_bit | (extended == 0   ? size
                                : extended == 2 ? 126
                                                : 127));
  for (size_t i = 0; i < extended; i++) {
    at[2 + i] = (uint8_t)((uint64_t)size >> (8 * (extended - 1 - i)));
  }

  return 2 + extended;
}

static void put_message(script_t *script, size_t index, size_t size,
                        payload_type_t type, uint64_t *random) {
  uint8_t *reply = script->replies + index * script->reply_len;
  uint8_t *request = script->requests + index * script->request_len;
  uint32_t key = next_random(random);

  reply += put_header(reply, size, type, 0);
  fill_payload(reply, size, type, random);

  request += put_header(request, size, type, MASKED);
  memcpy(request, &key, 4);
  for (size_t i = 0; i < size; i++) {
    request[4 + i] = reply[i] ^ request[i % 4];
  }
}

void script_init(script_t *script, size_t size, payload_type_t type) {
  uint64_t random = 0x9e3779b97f4a7c15ULL;

  script->reply_len = 2 + length_bytes(size) + size;
  script->request_len = script->reply_len + 4;
  script->count = CYCLE_BYTES / script->reply_len;
  if (script->count < CYCLE_MIN) {
    script->count = CYCLE_MIN;
  }

  script->requests = must_alloc(script->count * script->request_len);
  script->replies = must_alloc(script->count * script->reply_len);
  for (size_t i = 0; i < script->count; i++) {
    put_message(script, i, size, type, &random);
  }
}
