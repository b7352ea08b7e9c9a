/* One frame header (RFC 6455 5.2): decode and encode. Knows nothing of other
 * frames, of roles or of limits. */
#ifndef UVWS_CORE_FRAME_H
#define UVWS_CORE_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "core/bytes.h"
#include "core/mask.h"
#include "core/status.h"

#define UVWS_FRAME_HEADER_MAX 14     /* 2 + 8 + 4 */
#define UVWS_CONTROL_PAYLOAD_MAX 125 /* RFC 6455 5.5 */
#define UVWS_CLOSE_REASON_MAX 123    /* the rest of a close frame's payload */

#define UVWS_LEN7_16_BIT 126 /* the length stands in the next 2 bytes */
#define UVWS_LEN7_64_BIT 127 /* the length stands in the next 8 bytes */

typedef enum uvws_opcode {
  UVWS_OPCODE_CONTINUATION = 0x0,
  UVWS_OPCODE_TEXT = 0x1,
  UVWS_OPCODE_BINARY = 0x2,
  UVWS_OPCODE_CLOSE = 0x8,
  UVWS_OPCODE_PING = 0x9,
  UVWS_OPCODE_PONG = 0xa
} uvws_opcode_t;

typedef struct uvws_frame {
  uint64_t payload_len; /* as sent; 2^63 and above are possible in garbage */
  uint8_t opcode;       /* 0..15, reserved ones included */
  uint8_t len7;         /* decode only: the 7-bit length field, 0..127 */
  uint8_t header_len;   /* bytes of the whole header, 2..14 */
  bool is_final;        /* FIN */
  bool rsv1, rsv2, rsv3;
  bool is_masked;
  uint8_t key[UVWS_MASK_KEY_LEN]; /* valid only where is_masked */
} uvws_frame_t;

/* Decodes the first two bytes: flags, opcode, len7, is_masked and header_len
 * (how many bytes the whole header takes). payload_len is set only where len7
 * is below 126. */
void uvws_frame_decode_start(uvws_frame_t *frame, const uint8_t start[2]);

/* How many of the header's first bytes uvws_frame_decode_len needs, 2..10. */
static inline size_t uvws_frame_len_end(const uvws_frame_t *frame) {
  return frame->header_len - (frame->is_masked ? UVWS_MASK_KEY_LEN : 0u);
}

/* Decodes payload_len from the first uvws_frame_len_end bytes at `header`
 * (which begin with the two that uvws_frame_decode_start saw). Apart from the
 * key, so that a length can be refused before the key has come. */
void uvws_frame_decode_len(uvws_frame_t *frame, const uint8_t *header);

/* Copies the key, if there is one, from the header_len bytes at `header`. */
void uvws_frame_decode_key(uvws_frame_t *frame, const uint8_t *header);

/* True for close, ping, pong and the reserved control opcodes. */
static inline bool uvws_opcode_is_control(unsigned opcode) {
  return (opcode & 0x8) != 0;
}

/* How many bytes the header of a payload of payload_len takes, minimal form. */
static inline size_t uvws_frame_header_len(uint64_t payload_len,
                                           bool is_masked) {
  size_t len = is_masked ? 2 + UVWS_MASK_KEY_LEN : 2;
  if (payload_len < UVWS_LEN7_16_BIT) {
    return len;
  }
  return payload_len <= UINT16_MAX ? len + 2 : len + 8;
}

/* For _encode: writes length bits and length; returns how many bytes of out are
 * then used, the first one included. */
static inline size_t uvws_frame_encode_len(uint64_t payload_len, uint8_t *out) {
  if (payload_len < UVWS_LEN7_16_BIT) {
    out[1] = (uint8_t)payload_len;
    return 2;
  }
  if (payload_len <= UINT16_MAX) {
    out[1] = UVWS_LEN7_16_BIT;
    uvws_store_be16(out + 2, (uint16_t)payload_len);
    return 4;
  }
  out[1] = UVWS_LEN7_64_BIT;
  uvws_store_be64(out + 2, payload_len);
  return 10;
}

/* Writes the header in its minimal form; reads is_final, rsv1, opcode,
 * payload_len, is_masked and key. out must have UVWS_FRAME_HEADER_MAX bytes of
 * room or at least what uvws_frame_header_len says. Returns that length.
 * Inline, so that no frame is made in memory for it. */
static inline size_t uvws_frame_encode(const uvws_frame_t *frame,
                                       uint8_t *out) {
  unsigned first = frame->opcode;
  first |= frame->is_final ? 0x80u : 0u;
  first |= frame->rsv1 ? 0x40u : 0u;
  out[0] = (uint8_t)first;
  size_t len = uvws_frame_encode_len(frame->payload_len, out);
  if (frame->is_masked) {
    out[1] |= 0x80;
    memcpy(out + len, frame->key, UVWS_MASK_KEY_LEN);
    len += UVWS_MASK_KEY_LEN;
  }
  return len;
}

/* True for a close code that may stand in a close frame: 1000-1014 without
 * 1004, 1005 and 1006, and 3000-4999 (RFC 6455 7.4). */
bool uvws_close_code_is_valid(unsigned code);

#endif
