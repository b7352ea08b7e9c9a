#include "inflater.h"

#include <stdbool.h>
#include <string.h>

#include "fail.h"

#define WHOLE_COMPRESSED 0xc0
#define OPCODE_BITS 0x0f
#define PLAIN_BYTES 65536

void inflater_init(inflater_t *inflater, const script_t *script, size_t first) {
  *inflater = (inflater_t){.script = script, .message = first};
  if (inflateInit2(&inflater->zlib, -MAX_WBITS) != Z_OK) {
    fail("no memory to inflate with");
  }
}

/* Inflates some bytes of the current message and checks what they give. */
static void take(inflater_t *inflater, uint8_t *bytes, size_t len) {
  static uint8_t plain[PLAIN_BYTES];
  const script_t *script = inflater->script;
  z_stream *zlib = &inflater->zlib;

  zlib->next_in = bytes;
  zlib->avail_in = (unsigned)len;
  do {
    size_t got;
    int result;

    zlib->next_out = plain;
    zlib->avail_out = sizeof plain;
    result = inflate(zlib, Z_SYNC_FLUSH);
    if (result != Z_OK && result != Z_BUF_ERROR) {
      fail("a reply does not inflate: %s", zlib->msg ? zlib->msg : "its end");
    }

    got = sizeof plain - zlib->avail_out;
    if (got > script->payload_len - inflater->payload_at ||
        memcmp(plain,
               script_payload(script, inflater->message) + inflater->payload_at,
               got) != 0) {
      fail("a reply differs from what was sent");
    }
    inflater->payload_at += got;
  } while (zlib->avail_out == 0 || zlib->avail_in > 0);
}

static void end_message(inflater_t *inflater) {
  uint8_t mark[] = {0x00, 0x00, 0xff, 0xff}; /* RFC 7692 7.2.2 */

  take(inflater, mark, sizeof mark);
  if (inflater->payload_at != inflater->script->payload_len) {
    fail("a reply is too short");
  }

  inflater->payload_at = 0;
  inflater->header_len = 0;
  inflater->message = (inflater->message + 1) % inflater->script->count;
}

static void read_header(inflater_t *inflater, size_t extended) {
  const uint8_t *header = inflater->header;
  const uint8_t *expected = inflater->script->replies +
                            inflater->message * inflater->script->reply_len;

  if (header[0] != (WHOLE_COMPRESSED | (expected[0] & OPCODE_BITS))) {
    fail("a reply begins with %02x: not a compressed message", header[0]);
  }

  inflater->frame_left = extended == 0 ? header[1] : 0;
  for (size_t i = 0; i < extended; i++) {
    inflater->frame_left = inflater->frame_left << 8 | header[2 + i];
  }
}

/* Takes one byte of the header; true when that was its last one. */
static bool take_header_byte(inflater_t *inflater, uint8_t byte) {
  size_t extended;

  inflater->header[inflater->header_len++] = byte;
  if (inflater->header_len < 2) {
    return false;
  }

  extended = inflater->header[1] < 126 ? 0 : inflater->header[1] == 126 ? 2 : 8;
  if (inflater->header_len < 2 + extended) {
    return false;
  }
  read_header(inflater, extended);

  return true;
}

size_t inflater_feed(inflater_t *inflater, uint8_t *bytes, size_t len) {
  size_t complete = 0;
  size_t at = 0;

  while (at < len) {
    size_t run;

    if (inflater->frame_left == 0 && !take_header_byte(inflater, bytes[at++])) {
      continue;
    }

    run = len - at < inflater->frame_left ? len - at : inflater->frame_left;
    take(inflater, bytes + at, run);
    at += run;
    inflater->frame_left -= run;
    if (inflater->frame_left == 0) {
      end_message(inflater);
      complete++;
    }
  }

  return complete;
}
