#include "core/frame_check.h"

static uvws_status_t check_control(const uvws_frame_t *frame,
                                   uint32_t *detail) {
  if (frame->opcode > UVWS_OPCODE_PONG) {
    *detail = frame->opcode;
    return UVWS_ERR_INVALID_OPCODE;
  }
  if (!frame->is_final) {
    return UVWS_ERR_EXPECTED_FIN;
  }
  if (frame->rsv1) {
    return UVWS_ERR_UNEXPECTED_RSV_1;
  }
  bool is_half_code = frame->opcode == UVWS_OPCODE_CLOSE && frame->len7 == 1;
  if (frame->len7 > UVWS_CONTROL_PAYLOAD_MAX || is_half_code) {
    *detail = frame->len7;
    return UVWS_ERR_INVALID_CONTROL_PAYLOAD_LENGTH;
  }
  return UVWS_OK;
}

static uvws_status_t check_opcode(const uvws_frame_t *frame, bool is_in_message,
                                  uint32_t *detail) {
  if (uvws_opcode_is_control(frame->opcode)) {
    return check_control(frame, detail);
  }
  bool is_continuation = frame->opcode == UVWS_OPCODE_CONTINUATION;
  if (is_continuation && frame->rsv1) { /* RFC 7692 6.1 */
    return UVWS_ERR_UNEXPECTED_RSV_1;
  }
  if (frame->opcode > UVWS_OPCODE_BINARY || is_continuation != is_in_message) {
    *detail = frame->opcode;
    return UVWS_ERR_INVALID_OPCODE;
  }
  return UVWS_OK;
}

uvws_status_t uvws_frame_check(const uvws_frame_t *frame,
                               const uvws_frame_rules_t *rules,
                               uint32_t *detail) {
  if (frame->rsv2 || frame->rsv3) {
    return UVWS_ERR_UNEXPECTED_RSV_2_3;
  }
  if (frame->rsv1 && !rules->is_compressing) {
    return UVWS_ERR_UNEXPECTED_RSV_1;
  }
  uvws_status_t status = check_opcode(frame, rules->is_in_message, detail);
  if (status != UVWS_OK) {
    return status;
  }
  if (frame->is_masked != rules->is_server) {
    return frame->is_masked ? UVWS_ERR_UNEXPECTED_MASK : UVWS_ERR_EXPECTED_MASK;
  }
  return UVWS_OK;
}
