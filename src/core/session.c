#include "core/session.h"

#include <assert.h>
#include <string.h>

#include "core/bytes.h"
#include "core/history.h"

void uvws_session_init(uvws_session_t *session,
                       const uvws_session_options_t *options,
                       const uvws_receiver_callbacks_t *callbacks, void *user) {
  session->options = options;
  uvws_receiver_init(&session->receiver, &options->receiver, callbacks, user);
  uvws_sender_init(&session->sender);
  session->deflater = NULL;
  session->history = uvws_buffer_empty();
  session->is_deflating = false;
  session->is_deflater_stale = false;
  session->is_close_sent = false;
  session->is_receive_concluded = false;
  session->close_deadline_ms = 0;
}

/* Whether what all share compresses each fragment, behind the history. */
static bool has_history(const uvws_compression_t *compression) {
  return compression->options.deflate_takes_over &&
         compression->options.history_max > 0;
}

/* Forgets what was compressed; the peer does not notice. */
static void give_deflater(uvws_session_t *session) {
  uvws_compression_t *compression = session->options->receiver.compression;
  if (compression == NULL) {
    return;
  }
  uvws_buffer_deinit(&session->history, compression->mem);
  uvws_compression_give_deflater(compression, session->deflater);
  session->deflater = NULL;
}

void uvws_session_deinit(uvws_session_t *session) {
  uvws_receiver_deinit(&session->receiver);
  give_deflater(session);
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

bool uvws_session_masks(const uvws_session_t *session,
                        const uvws_outgoing_t *what) {
  return what->masking == UVWS_MASKING_ALWAYS ||
         (what->masking == UVWS_MASKING_BY_ROLE &&
          !session->options->receiver.is_server);
}

void uvws_session_draw_key(const uvws_session_t *session, uvws_outgoing_t *what,
                           uint8_t key[UVWS_MASK_KEY_LEN]) {
  const uvws_session_options_t *options = session->options;
  what->key = NULL;
  if (uvws_session_masks(session, what)) {
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

bool uvws_session_compresses(const uvws_session_t *session,
                             const uvws_outgoing_t *what, size_t len) {
  const uvws_compression_t *compression =
      session->options->receiver.compression;
  if (compression == NULL || session->is_deflating ||
      uvws_opcode_is_control(what->opcode)) {
    return false;
  }
  if (session->sender.is_in_message) {
    return session->sender.is_compressed;
  }
  return what->is_compressed && (compression->options.deflate_takes_over ||
                                 len >= compression->options.threshold);
}

/* The session's own, which it may have none of yet. */
static uvws_deflater_t *own_deflater(uvws_session_t *session) {
  if (session->deflater == NULL) {
    session->deflater =
        uvws_compression_take_deflater(session->options->receiver.compression);
    if (session->deflater != NULL && session->history.len > 0) {
      uvws_deflater_begin_behind(session->deflater,
                                 uvws_buffer_slice(&session->history));
    }
  } else if (session->is_deflater_stale) {
    uvws_deflater_reset(session->deflater);
  }
  session->is_deflater_stale = false;
  return session->deflater;
}

static void note_history(uvws_session_t *session, uvws_slice_t payload) {
  const uvws_compression_t *compression =
      session->options->receiver.compression;
  if (has_history(compression)) {
    uvws_history_note(&session->history, compression->mem, payload,
                      compression->options.history_max);
  }
}

/* Behind a fragment that the peer gets. */
static void end_deflating(uvws_session_t *session, uvws_slice_t payload) {
  uvws_compression_t *compression = session->options->receiver.compression;
  note_history(session, payload);
  if (has_history(compression) || (!session->sender.is_in_message &&
                                   !compression->options.deflate_takes_over)) {
    uvws_compression_give_deflater(compression, session->deflater);
    session->deflater = NULL;
  }
}

/* The peer has got something that our contexts know nothing of. */
static void make_stale(uvws_session_t *session) {
  session->is_deflater_stale = true;
  session->history.len = 0;
}

/* Whoever takes nothing over compresses a message in fragments in one
 * context. */
static uvws_packer_t *packer_for(uvws_session_t *session,
                                 const uvws_outgoing_t *what, size_t len) {
  uvws_compression_t *compression = session->options->receiver.compression;
  bool is_whole = what->is_final && !session->sender.is_in_message;
  return is_whole || compression->options.deflate_takes_over
             ? uvws_compression_packer(compression, len)
             : NULL;
}

static uvws_status_t send_packed(uvws_session_t *session, uvws_packer_t *packer,
                                 uvws_buffer_t *out, uvws_outgoing_t what,
                                 uvws_slice_t payload) {
  const uvws_compression_t *compression =
      session->options->receiver.compression;
  uint8_t key[UVWS_MASK_KEY_LEN];
  size_t room = payload.len + UVWS_PACKER_EXTRA;
  uvws_session_draw_key(session, &what, key);
  uint8_t *at = uvws_sender_prepare(out, compression->mem, &what, room);
  if (at == NULL) {
    return UVWS_ERR_NO_MEMORY;
  }
  size_t len = uvws_packer_run(
      packer, uvws_buffer_slice(&session->history), payload,
      compression->options.deflate.window_bits, what.is_final, at);
  uvws_sender_commit(&session->sender, out, &what, room, len);
  note_history(session, payload);
  return UVWS_OK;
}

static uvws_status_t send_compressed(uvws_session_t *session,
                                     uvws_buffer_t *out, uvws_outgoing_t what,
                                     uvws_slice_t payload) {
  uint8_t key[UVWS_MASK_KEY_LEN];
  uvws_packer_t *packer = packer_for(session, &what, payload.len);
  if (packer != NULL) {
    return send_packed(session, packer, out, what, payload);
  }
  if (own_deflater(session) == NULL) {
    return UVWS_ERR_NO_MEMORY;
  }
  uvws_session_draw_key(session, &what, key);
  uvws_status_t status =
      uvws_sender_compress(&session->sender, session->deflater, out,
                           session->options->receiver.mem, &what, payload);
  end_deflating(session, status == UVWS_OK ? payload : uvws_slice(NULL, 0));
  return status;
}

/* Whether it may be compressed once for all that send it. */
static bool can_repeat(const uvws_session_t *session,
                       const uvws_outgoing_t *what, size_t len) {
  const uvws_compression_t *compression =
      session->options->receiver.compression;
  size_t min =
      compression->options.deflate_takes_over ? UVWS_REPEAT_MIN : (size_t)1;
  return what->is_final && !session->sender.is_in_message && len >= min &&
         len <= UVWS_REPEAT_MAX && uvws_compression_can_begin_anew(compression);
}

static uvws_status_t send_repeatable(uvws_session_t *session,
                                     uvws_buffer_t *out, uvws_outgoing_t what,
                                     uvws_slice_t payload) {
  uvws_compression_t *compression = session->options->receiver.compression;
  uvws_repeat_t *repeat = &compression->repeat;
  uvws_repeat_kind_t kind =
      uvws_repeat_note(repeat, compression->mem, session, payload);
  if (kind == UVWS_REPEAT_OTHER) {
    uvws_status_t status =
        uvws_compression_run(compression, payload, &repeat->deflated);
    if (status != UVWS_OK) {
      uvws_repeat_forget(repeat, compression->mem);
      return status;
    }
    kind = UVWS_REPEAT_READY;
  }
  if (kind != UVWS_REPEAT_READY) {
    return send_compressed(session, out, what, payload);
  }
  return uvws_session_send_deflated(session, out, what,
                                    uvws_buffer_slice(&repeat->deflated));
}

uvws_status_t uvws_session_send(uvws_session_t *session, uvws_buffer_t *out,
                                uvws_outgoing_t what, uvws_slice_t payload) {
  assert(!session->is_close_sent);
  assert(what.opcode != UVWS_OPCODE_CLOSE);
  assert(!uvws_opcode_is_control(what.opcode) ||
         payload.len <= UVWS_CONTROL_PAYLOAD_MAX);
  what.is_compressed = uvws_session_compresses(session, &what, payload.len);
  if (!what.is_compressed) {
    return send_frame(session, out, what, payload);
  }
  return can_repeat(session, &what, payload.len)
             ? send_repeatable(session, out, what, payload)
             : send_compressed(session, out, what, payload);
}

static void check_deflated(const uvws_session_t *session,
                           const uvws_outgoing_t *what) {
  assert(!session->is_close_sent && !session->sender.is_in_message);
  assert(!session->is_deflating);
  assert(what->is_final && !uvws_opcode_is_control(what->opcode));
  assert(session->options->receiver.compression != NULL);
  assert(
      uvws_compression_can_begin_anew(session->options->receiver.compression));
  (void)session;
  (void)what;
}

uvws_status_t uvws_session_announce_deflated(uvws_session_t *session,
                                             uvws_buffer_t *out,
                                             uvws_outgoing_t what,
                                             size_t payload_len) {
  check_deflated(session, &what);
  assert(!uvws_session_masks(session, &what));
  what.is_compressed = true;
  what.key = NULL;
  uvws_status_t status =
      uvws_sender_header(&session->sender, out, session->options->receiver.mem,
                         &what, payload_len);
  if (status == UVWS_OK) {
    make_stale(session);
  }
  return status;
}

void uvws_session_expect_deflated(uvws_session_t *session, bool is_expected) {
  assert(session->is_deflating != is_expected);
  session->is_deflating = is_expected;
}

uvws_status_t uvws_session_send_deflated(uvws_session_t *session,
                                         uvws_buffer_t *out,
                                         uvws_outgoing_t what,
                                         uvws_slice_t payload) {
  check_deflated(session, &what);
  what.is_compressed = true;
  uvws_status_t status = send_frame(session, out, what, payload);
  if (status == UVWS_OK) {
    make_stale(session);
  }
  return status;
}

uvws_deflater_t *uvws_session_lend_deflater(uvws_session_t *session) {
  assert(!session->is_deflating);
  uvws_deflater_t *deflater = own_deflater(session);
  session->deflater = NULL;
  session->is_deflating = deflater != NULL;
  return deflater;
}

void uvws_session_return_deflater(uvws_session_t *session,
                                  uvws_deflater_t *deflater,
                                  uvws_slice_t payload) {
  assert(session->is_deflating && session->deflater == NULL);
  session->is_deflating = false;
  session->deflater = deflater;
  end_deflating(session, payload);
}

void uvws_session_rest(uvws_session_t *session) {
  uvws_compression_t *compression = session->options->receiver.compression;
  uvws_receiver_rest(&session->receiver);
  if (compression != NULL && !session->sender.is_in_message &&
      uvws_compression_can_begin_anew(compression)) {
    give_deflater(session);
  }
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
    give_deflater(session);
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
