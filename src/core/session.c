#include "core/session.h"

#include <assert.h>
#include <string.h>

#include "core/bytes.h"

void uvws_session_init(uvws_session_t *session,
                       const uvws_session_options_t *options,
                       const uvws_receiver_callbacks_t *callbacks, void *user) {
  session->options = options;
  uvws_receiver_init(&session->receiver, &options->receiver, callbacks, user);
  uvws_sender_init(&session->sender);
  session->is_close_sent = false;
  session->is_receive_concluded = false;
  session->close_deadline_ms = 0;
}

void uvws_session_deinit(uvws_session_t *session) {
  uvws_receiver_deinit(&session->receiver);
}

void uvws_session_set_options(uvws_session_t *session,
                              const uvws_session_options_t *options) {
  session->options = options;
  session->receiver.options = &options->receiver;
}

uvws_status_t uvws_session_feed(uvws_session_t *session, uint8_t *data,
                                size_t len) {
  return uvws_receiver_feed(&session->receiver, data, len);
}

uint8_t *uvws_session_room(uvws_session_t *session, size_t *len) {
  return uvws_receiver_room(&session->receiver, len);
}

uvws_status_t uvws_session_filled(uvws_session_t *session, size_t len) {
  return uvws_receiver_filled(&session->receiver, len);
}

void uvws_session_draw_key(const uvws_session_t *session, uvws_outgoing_t *what,
                           uint8_t key[UVWS_MASK_KEY_LEN]) {
  const uvws_session_options_t *options = session->options;
  bool is_masked =
      what->masking == UVWS_MASKING_ALWAYS ||
      (what->masking == UVWS_MASKING_BY_ROLE && !options->receiver.is_server);
  what->key = NULL;
  if (is_masked) {
    options->mask_source(options->mask_user, key);
    what->key = key;
  }
}

static uvws_status_t send_frame(uvws_session_t *session, uvws_buffer_t *out,
                                uvws_outgoing_t what, uvws_slice_t payload) {
  uint8_t key[UVWS_MASK_KEY_LEN];
  uvws_session_draw_key(session, &what, key);
  return uvws_sender_frame(&session->sender, out,
                           session->options->receiver.mem, &what, payload);
}

uvws_status_t uvws_session_send(uvws_session_t *session, uvws_buffer_t *out,
                                uvws_outgoing_t what, uvws_slice_t payload) {
  assert(!session->is_close_sent);
  assert(what.opcode != UVWS_OPCODE_CLOSE);
  assert(!uvws_opcode_is_control(what.opcode) ||
         payload.len <= UVWS_CONTROL_PAYLOAD_MAX);
  return send_frame(session, out, what, payload);
}

uvws_status_t uvws_session_close(uvws_session_t *session, uvws_buffer_t *out,
                                 uint16_t code, uvws_slice_t reason,
                                 uint64_t now_ms) {
  uint8_t payload[UVWS_CONTROL_PAYLOAD_MAX];
  size_t len = 0;
  if (session->is_close_sent) {
    return UVWS_OK;
  }
  if (code != UVWS_CLOSE_NO_STATUS) {
    assert(uvws_close_code_is_valid(code));
    assert(reason.len <= UVWS_CLOSE_REASON_MAX);
    uvws_store_be16(payload, code);
    if (reason.len > 0) {
      memcpy(payload + 2, reason.data, reason.len);
    }
    len = 2 + reason.len;
  }
  uvws_outgoing_t what = {.opcode = UVWS_OPCODE_CLOSE, .is_final = true};
  uvws_status_t status =
      send_frame(session, out, what, uvws_slice(payload, len));
  if (status == UVWS_OK) {
    session->is_close_sent = true;
    session->close_deadline_ms = now_ms + session->options->close_timeout_ms;
  }
  return status;
}

void uvws_session_conclude(uvws_session_t *session) {
  session->is_receive_concluded = true;
  uvws_receiver_stop(&session->receiver);
}

bool uvws_session_is_finished(const uvws_session_t *session) {
  return session->is_close_sent && session->is_receive_concluded;
}
