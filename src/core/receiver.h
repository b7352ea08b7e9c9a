/* The receiving half of a session: bytes in, messages and control frames out
 * (RFC 6455 5 and 6.2). Enforces the protocol and the limits. A message that
 * lies whole in the fed bytes is handed on as it lies there; only an unfinished
 * one is gathered in a buffer of the receiver's own, which grows with what has
 * arrived and never with what a header claims. A compressed message is inflated
 * frame by frame, into that buffer. */
#ifndef UVWS_CORE_RECEIVER_H
#define UVWS_CORE_RECEIVER_H

#include "core/blocks.h"
#include "core/compression.h"
#include "core/frame.h"
#include "core/slice.h"
#include "core/status.h"
#include "core/utf8.h"

#define UVWS_CLOSE_NO_STATUS 1005 /* the peer's close frame was empty */

/* Called from within feed and filled. Slices are valid until the callback
 * returns. A callback may call any function of the session but _deinit and
 * those that feed the receiver; it may stop the receiver, after which no
 * callback follows. */
typedef struct uvws_receiver_callbacks {
  /* A whole message of type TEXT (valid UTF-8 unless the check is off) or
   * BINARY. Where owned is not NULL the payload is its whole content and the
   * callee may move it away with uvws_buffer_take. */
  void (*on_message)(void *user, uvws_opcode_t type, uvws_slice_t payload,
                     uvws_buffer_t *owned);
  /* A frame of a message was not its last: the message has `len` bytes up to
   * here, inflated. May be NULL. */
  void (*on_fragment)(void *user, size_t len);
  void (*on_ping)(void *user, uvws_slice_t payload);
  void (*on_pong)(void *user, uvws_slice_t payload);
  /* The peer's close frame: its code, or UVWS_CLOSE_NO_STATUS. Whatever comes
   * behind it is ignored. */
  void (*on_close)(void *user, uint16_t code, uvws_slice_t reason);
} uvws_receiver_callbacks_t;

/* Shared by the connections of one server; borrowed for the receiver's life. */
typedef struct uvws_receiver_options {
  const uvws_mem_t *mem;
  uvws_utf8_validator_t is_valid_utf8; /* NULL: no check of text and reason */
  uint64_t max_payload;                /* bytes of a message; 0: no limit */
  uint32_t max_fragments; /* frames of a message, empty ones too; 0: no limit */
  bool is_server;         /* frames must be masked; else they must not be */
  uvws_compression_t *compression; /* NULL: not agreed, RSV1 is refused */
  uvws_blocks_t *blocks;           /* of mem, for large messages; may be NULL */
  size_t inflate_at_once; /* about how many bytes of a fragment are inflated by
                             the call that is fed it; the rest waits for
                             core/inflation.h. 0: all of it is */
} uvws_receiver_options_t;

typedef struct uvws_receiver {
  const uvws_receiver_options_t *options;
  const uvws_receiver_callbacks_t *callbacks;
  void *user;
  uvws_buffer_t message; /* content of an unfinished message */
  uvws_buffer_t partial; /* unmasked payload of an unfinished frame: a control
                            frame, or one of a compressed message */
  uvws_buffer_t kept;    /* fed while a fragment is inflated elsewhere */
  size_t claimed;        /* of options->blocks, for `message` */
  uvws_inflater_t *inflater; /* NULL until it is needed */
  uvws_frame_t frame;        /* the frame being received */
  uint64_t payload_received; /* bytes of its payload so far */
  uint64_t message_len;      /* sum of the message's frame lengths so far */
  uint32_t fragment_count;   /* whole frames of the message so far */
  uint32_t detail;           /* the number in the failure's message */
  uint8_t message_type;      /* opcode of the message begun; 0: none */
  bool is_compressed;        /* that message is */
  uint8_t state;             /* see receiver_internal.h */
  uint8_t header_len;        /* bytes of `header` in use */
  uint8_t header[UVWS_FRAME_HEADER_MAX]; /* an unfinished header */
} uvws_receiver_t;

/* Fills every field. Allocates nothing. */
void uvws_receiver_init(uvws_receiver_t *receiver,
                        const uvws_receiver_options_t *options,
                        const uvws_receiver_callbacks_t *callbacks, void *user);

/* Frees what was gathered, gives the inflating context back. */
void uvws_receiver_deinit(uvws_receiver_t *receiver);

/* Takes len bytes in, and REWRITES them: payloads are unmasked in place.
 * Failure: a status with a close code (or ERR_NO_MEMORY), once; its detail is
 * in receiver->detail. After a failure, a close frame or _stop everything fed
 * is ignored and OK returned. */
UVWS_MUST_USE uvws_status_t uvws_receiver_feed(uvws_receiver_t *receiver,
                                               uint8_t *data, size_t len);

/* Where the next bytes of a long payload may be received without a copy: *len
 * is the room, at most the rest of the payload. NULL, and *len 0, where the
 * next bytes must be fed. Valid until the next call with this receiver. May
 * grow the buffer; if that fails there is just no room. */
uint8_t *uvws_receiver_room(uvws_receiver_t *receiver, size_t *len);

/* Tells that the first len > 0 bytes of the room hold payload now, still
 * masked. Returns as uvws_receiver_feed does. */
UVWS_MUST_USE uvws_status_t uvws_receiver_filled(uvws_receiver_t *receiver,
                                                 size_t len);

/* Ignores everything from now on. Frees as _deinit does. */
void uvws_receiver_stop(uvws_receiver_t *receiver);

/* Gives memory back that an inflating context can do without while nothing is
 * received; see uvws_inflater_rest. Does nothing within a message. */
void uvws_receiver_rest(uvws_receiver_t *receiver);

/* True while a fragment waits to be inflated, or is, by somebody else: see
 * core/inflation.h. What is fed is kept until then. */
bool uvws_receiver_is_inflating(const uvws_receiver_t *receiver);

/* True after a failure, a close frame or _stop. */
bool uvws_receiver_is_stopped(const uvws_receiver_t *receiver);

#endif
