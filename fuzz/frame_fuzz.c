/* Any header: decoding reads no further than it says, and what is encoded from
 * the result decodes to the same frame. */
#include <stdlib.h>
#include <string.h>

#include "core/frame.h"

static void check(bool is_true) {
  if (!is_true) {
    abort();
  }
}

/* Decodes from a heap copy that holds just the header, if data holds one. */
static bool decode(uvws_frame_t *frame, const uint8_t *data, size_t size) {
  if (size < 2) {
    return false;
  }
  *frame = (uvws_frame_t){0};
  uvws_frame_decode_start(frame, data);
  check(frame->header_len >= 2 && frame->header_len <= UVWS_FRAME_HEADER_MAX);
  if (size < frame->header_len) {
    return false;
  }
  size_t len_end = uvws_frame_len_end(frame);
  uint8_t *header = malloc(frame->header_len);
  uint8_t *start = malloc(len_end);
  memcpy(header, data, frame->header_len);
  memcpy(start, data, len_end);
  uvws_frame_decode_len(frame, start);
  uvws_frame_decode_key(frame, header);
  free(header);
  free(start);
  return true;
}

static void check_round_trip(const uvws_frame_t *frame) {
  size_t len = uvws_frame_header_len(frame->payload_len, frame->is_masked);
  check(len <= frame->header_len);
  uint8_t *out = malloc(len);
  check(uvws_frame_encode(frame, out) == len);
  uvws_frame_t again;
  check(decode(&again, out, len));
  check(again.payload_len == frame->payload_len);
  check(again.opcode == frame->opcode && again.rsv1 == frame->rsv1);
  check(again.is_final == frame->is_final);
  check(again.is_masked == frame->is_masked);
  check(memcmp(again.key, frame->key, sizeof(frame->key)) == 0);
  free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  uvws_frame_t frame;
  if (decode(&frame, data, size)) {
    check_round_trip(&frame);
  }
  return 0;
}
