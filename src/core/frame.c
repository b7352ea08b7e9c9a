#include "core/frame.h"

#include <string.h>

#include "core/bytes.h"

#define LEN7_16_BIT 126 /* the length stands in the next 2 bytes */
#define LEN7_64_BIT 127 /* the length stands in the next 8 bytes */

void uvws_frame_decode_start(uvws_frame_t *frame, const uint8_t start[2]) {
  uint8_t flags = start[0];
  uint8_t len7 = start[1] & 0x7f;
  frame->is_final = (flags & 0x80) != 0;
  frame->rsv1 = (flags & 0x40) != 0;
  frame->rsv2 = (flags & 0x20) != 0;
  frame->rsv3 = (flags & 0x10) != 0;
  frame->opcode = flags & 0x0f;
  frame->is_masked = (start[1] & 0x80) != 0;
  frame->len7 = len7;
  frame->payload_len = len7;
  unsigned header_len = frame->is_masked ? 2 + UVWS_MASK_KEY_LEN : 2;
  if (len7 >= LEN7_16_BIT) {
    header_len += len7 == LEN7_16_BIT ? 2 : 8;
  }
  frame->header_len = (uint8_t)header_len;
}

void uvws_frame_decode_len(uvws_frame_t *frame, const uint8_t *header) {
  if (frame->len7 < LEN7_16_BIT) {
    frame->payload_len = frame->len7;
  } else if (frame->len7 == LEN7_16_BIT) {
    frame->payload_len = uvws_load_be16(header + 2);
  } else {
    frame->payload_len = uvws_load_be64(header + 2);
  }
}

void uvws_frame_decode_key(uvws_frame_t *frame, const uint8_t *header) {
  if (frame->is_masked) {
    memcpy(frame->key, header + uvws_frame_len_end(frame), UVWS_MASK_KEY_LEN);
  }
}

size_t uvws_frame_header_len(uint64_t payload_len, bool is_masked) {
  size_t len = is_masked ? 2 + UVWS_MASK_KEY_LEN : 2;
  if (payload_len < LEN7_16_BIT) {
    return len;
  }
  return payload_len <= UINT16_MAX ? len + 2 : len + 8;
}

/* Writes length bits and length; returns how many bytes of out are then used,
 * the first one included. */
static size_t encode_len(uint64_t payload_len, uint8_t *out) {
  if (payload_len < LEN7_16_BIT) {
    out[1] = (uint8_t)payload_len;
    return 2;
  }
  if (payload_len <= UINT16_MAX) {
    out[1] = LEN7_16_BIT;
    uvws_store_be16(out + 2, (uint16_t)payload_len);
    return 4;
  }
  out[1] = LEN7_64_BIT;
  uvws_store_be64(out + 2, payload_len);
  return 10;
}

size_t uvws_frame_encode(const uvws_frame_t *frame, uint8_t *out) {
  unsigned first = frame->opcode;
  first |= frame->is_final ? 0x80u : 0u;
  first |= frame->rsv1 ? 0x40u : 0u;
  out[0] = (uint8_t)first;
  size_t len = encode_len(frame->payload_len, out);
  if (frame->is_masked) {
    out[1] |= 0x80;
    memcpy(out + len, frame->key, UVWS_MASK_KEY_LEN);
    len += UVWS_MASK_KEY_LEN;
  }
  return len;
}

bool uvws_close_code_is_valid(unsigned code) {
  if (code >= 3000) {
    return code <= 4999;
  }
  return code >= 1000 && code <= 1014 && (code < 1004 || code > 1006);
}
