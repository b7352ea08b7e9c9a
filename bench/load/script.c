#include "script.h"

#include <string.h>
#include <zlib.h>

#include "fail.h"
#include "payload.h"

#define CYCLE_BYTES 16384
/* More than a compressor remembers: no payload is a repetition to it. */
#define CYCLE_BYTES_DEFLATED (256 * 1024)
#define CYCLE_MIN 4

#define FIN 0x80
#define COMPRESSED 0x40
#define MASKED 0x80
#define OPCODE_TEXT 0x1
#define OPCODE_BINARY 0x2
#define HEADER_MAX 14
#define FLUSH_MARK_LEN 4

static size_t length_bytes(size_t size) {
  return size < 126 ? 0 : size < 65536 ? 2 : 8;
}

/* RFC 6455 5.2; gives the header's length without a masking key. */
static size_t put_header(uint8_t *at, uint8_t first, size_t size,
                         uint8_t mask_bit) {
  size_t extended = length_bytes(size);

  at[0] = first;
  at[1] = (uint8_t)(mask_bit | (extended == 0   ? size
                                : extended == 2 ? 126
                                                : 127));
  for (size_t i = 0; i < extended; i++) {
    at[2 + i] = (uint8_t)((uint64_t)size >> (8 * (extended - 1 - i)));
  }

  return 2 + extended;
}

/* RFC 7692 7.2.1, without context takeover: such a message can be read
   whatever was agreed. Gives the compressed length. */
static size_t compress_payload(const uint8_t *payload, size_t len,
                               uint8_t *target, size_t cap) {
  z_stream zlib = {.next_in = (uint8_t *)(uintptr_t)payload,
                   .avail_in = (unsigned)len,
                   .next_out = target,
                   .avail_out = (unsigned)cap};

  if (deflateInit2(&zlib, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8,
                   Z_DEFAULT_STRATEGY) != Z_OK ||
      deflate(&zlib, Z_SYNC_FLUSH) != Z_OK || zlib.avail_in != 0) {
    fail("a message does not compress");
  }
  deflateEnd(&zlib);

  return cap - zlib.avail_out - FLUSH_MARK_LEN;
}

static size_t put_request(uint8_t *request, uint8_t first,
                          const uint8_t *payload, size_t len, uint32_t key) {
  size_t header_len = put_header(request, first, len, MASKED);

  memcpy(request + header_len, &key, sizeof key);
  request += header_len + sizeof key;
  for (size_t i = 0; i < len; i++) {
    request[i] = payload[i] ^ (uint8_t)(key >> (i % sizeof key * 8));
  }

  return header_len + sizeof key + len;
}

static void put_message(script_t *script, size_t index, payload_type_t type,
                        uint64_t *random, uint8_t *scratch, size_t cap) {
  size_t len = script->payload_len;
  uint8_t first = FIN | (type == PAYLOAD_BINARY ? OPCODE_BINARY : OPCODE_TEXT);
  uint8_t *reply = script->replies + index * script->reply_len;
  const uint8_t *payload = script_payload(script, index);
  size_t at = script->request_at[index];
  uint32_t key = random_next(random);

  put_header(reply, first, len, 0);
  payload_fill(reply + script->reply_len - len, len, type, random);
  if (script->is_deflated) {
    len = compress_payload(payload, len, scratch, cap);
    payload = scratch;
    first |= COMPRESSED;
  }

  script->request_at[index + 1] =
      at + put_request(script->requests + at, first, payload, len, key);
}

void script_init(script_t *script, const options_t *options) {
  size_t size = options->size;
  size_t cycle = options->is_deflated ? CYCLE_BYTES_DEFLATED : CYCLE_BYTES;
  uint64_t random = 0x9e3779b97f4a7c15ULL;
  size_t cap = compressBound((uLong)size) + HEADER_MAX;
  uint8_t *scratch = must_alloc(cap);

  script->is_deflated = options->is_deflated;
  script->payload_len = size;
  script->reply_len = 2 + length_bytes(size) + size;
  script->count = cycle / script->reply_len;
  if (script->count < CYCLE_MIN) {
    script->count = CYCLE_MIN;
  }

  script->request_at =
      must_calloc(script->count + 1, sizeof *script->request_at);
  script->requests = must_alloc(script->count * (cap + HEADER_MAX));
  script->replies = must_alloc(script->count * script->reply_len);
  for (size_t i = 0; i < script->count; i++) {
    put_message(script, i, options->type, &random, scratch, cap);
  }
}

size_t script_request_bytes(const script_t *script, size_t first,
                            size_t count) {
  size_t cycles = (first + count) / script->count;
  size_t last = (first + count) % script->count;

  return cycles * script_request_cycle(script) + script->request_at[last] -
         script->request_at[first];
}
