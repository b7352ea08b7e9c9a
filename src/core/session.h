/* A session: one WebSocket connection without its transport. Owns a receiver, a
 * sender and the closing handshake (RFC 6455 7). Bytes come in through
 * uvws_session_feed; frames go out at the end of a buffer that the caller
 * passes and writes when it likes. Time is an argument. */
#ifndef UVWS_CORE_SESSION_H
#define UVWS_CORE_SESSION_H

#include "core/receiver.h"
#include "core/sender.h"

#define UVWS_CLOSE_ABNORMAL 1006 /* no close frame came (RFC 6455 7.1.5) */

typedef struct uvws_session_options {
  uvws_receiver_options_t receiver;
  uvws_mask_source_t mask_source; /* may be NULL where nothing is masked */
  void *mask_user;
  uint32_t close_timeout_ms; /* from our close frame to giving up; 0: at once */
} uvws_session_options_t;

typedef struct uvws_session {
  const uvws_session_options_t *options;
  uvws_receiver_t receiver;
  uvws_sender_t sender;
  bool is_deflating;          /* it is lent: see core/deflation.h */
  bool is_deflater_stale;     /* it must begin anew: the peer has seen more */
  bool is_close_sent;         /* our close frame stands in the output */
  bool is_receive_concluded;  /* see uvws_session_conclude */
  uvws_deflater_t *deflater;  /* NULL until it is needed */
  uvws_buffer_t history;      /* of shared contexts: see history_max */
  uint64_t close_deadline_ms; /* 0 while no close frame of ours was sent */
} uvws_session_t;

/* Fills every field. options, callbacks and user are borrowed for the session's
 * life. Allocates nothing. */
void uvws_session_init(uvws_session_t *session,
                       const uvws_session_options_t *options,
                       const uvws_receiver_callbacks_t *callbacks, void *user);

void uvws_session_deinit(uvws_session_t *session);

/* Goes on with other limits; the role, and whether compression is agreed, must
 * stay the same. options are borrowed as those of _init. */
void uvws_session_set_options(uvws_session_t *session,
                              const uvws_session_options_t *options);

/* See uvws_receiver_feed, _room and _filled. */
UVWS_MUST_USE uvws_status_t uvws_session_feed(uvws_session_t *session,
                                              uint8_t *data, size_t len);
uint8_t *uvws_session_room(uvws_session_t *session, size_t *len);
UVWS_MUST_USE uvws_status_t uvws_session_filled(uvws_session_t *session,
                                                size_t len);

/* Whether a frame is to be masked. */
bool uvws_session_masks(const uvws_session_t *session,
                        const uvws_outgoing_t *what);

/* Prepares what->key as what->masking and the session's role ask for: a fresh
 * key is drawn into `key`, or what->key becomes NULL. */
void uvws_session_draw_key(const uvws_session_t *session, uvws_outgoing_t *what,
                           uint8_t key[UVWS_MASK_KEY_LEN]);

/* Whether a frame with `len` bytes of payload is to be compressed, where
 * what->is_compressed asks for it: if compression is agreed and the message is
 * not too short for it. A later fragment goes as the first one did; while one
 * is deflated apart none does. */
bool uvws_session_compresses(const uvws_session_t *session,
                             const uvws_outgoing_t *what, size_t len);

/* Appends a frame, masked as what->masking asks (what->key is ignored): a
 * message, a fragment, a ping or a pong (payload at most
 * UVWS_CONTROL_PAYLOAD_MAX, asserted). Compresses the payload where
 * uvws_session_compresses. Must not be called once is_close_sent (asserted).
 * ERR_NO_MEMORY and ERR_TOO_LARGE change nothing. */
UVWS_MUST_USE uvws_status_t uvws_session_send(uvws_session_t *session,
                                              uvws_buffer_t *out,
                                              uvws_outgoing_t what,
                                              uvws_slice_t payload);

/* Appends a whole message whose payload was compressed before, from a context
 * with nothing behind it, for many sessions that agreed on the same: its
 * window bits must not exceed this session's. Our own context begins anew,
 * which uvws_compression_can_begin_anew must allow (asserted). Otherwise as
 * uvws_session_send. */
UVWS_MUST_USE uvws_status_t uvws_session_send_deflated(uvws_session_t *session,
                                                       uvws_buffer_t *out,
                                                       uvws_outgoing_t what,
                                                       uvws_slice_t payload);

/* As _send_deflated for what is not masked, but appends the header alone: the
 * caller sends the payload behind it. */
UVWS_MUST_USE uvws_status_t
uvws_session_announce_deflated(uvws_session_t *session, uvws_buffer_t *out,
                               uvws_outgoing_t what, size_t payload_len);

/* Begins and ends a time in which somebody else compresses the next message:
 * the session compresses nothing. */
void uvws_session_expect_deflated(uvws_session_t *session, bool is_expected);

/* For core/deflation.c: the context that the next fragment is compressed with,
 * NULL without memory, and its return once that, the payload, is framed. */
uvws_deflater_t *uvws_session_lend_deflater(uvws_session_t *session);
void uvws_session_return_deflater(uvws_session_t *session,
                                  uvws_deflater_t *deflater,
                                  uvws_slice_t payload);

/* Gives memory of compression back, as nothing is sent or received for a while:
 * our own context wholly, which the peer does not notice (RFC 7692 7.1.1), the
 * peer's as far as it may not refer back to it. Costs some microseconds and
 * some compression when the next message comes. Does nothing where nothing is
 * compressed. */
void uvws_session_rest(uvws_session_t *session);

/* Appends our close frame and starts its deadline at now_ms. code: a valid
 * close code, or UVWS_CLOSE_NO_STATUS for an empty frame (reason is then
 * ignored); reason: at most UVWS_CLOSE_REASON_MAX bytes (asserted). Does
 * nothing, and returns OK, if one was sent already. */
UVWS_MUST_USE uvws_status_t uvws_session_close(uvws_session_t *session,
                                               uvws_buffer_t *out,
                                               uint16_t code,
                                               uvws_slice_t reason,
                                               uint64_t now_ms);

/* Tells that the owner has dealt with the peer's close frame, or with the
 * failure that uvws_session_feed returned. Delivery may lag behind parsing (the
 * messages before it go first), so the session does not assume it. Stops the
 * receiver. */
void uvws_session_conclude(uvws_session_t *session);

/* True when our close frame was sent and the receiving side is concluded: once
 * the output is written the transport's writing side is to be shut down. */
bool uvws_session_is_finished(const uvws_session_t *session);

#endif
