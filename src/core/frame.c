#include "core/frame.h"

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
  if (len7 >= UVWS_LEN7_16_BIT) {
    header_len += len7 == UVWS_LEN7_16_BIT ? 2 : 8;
  }
  frame->header_len = (uint8_t)header_len;
}

void uvws_frame_decode_len(uvws_frame_t *frame, const uint8_t *header) {
  if (frame->len7 < UVWS_LEN7_16_BIT) {
    frame->payload_len = frame->len7;
  } else if (frame->len7 == UVWS_LEN7_16_BIT) {
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

bool uvws_close_code_is_valid(unsigned code) {
  if (code >= 3000) {
    return code <= 4999;
  }
  return code >= 1000 && code <= 1014 && (code < 1004 || code > 1006);
}
