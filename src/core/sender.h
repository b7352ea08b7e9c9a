/* The sending half of a session: messages in, frames out, at the end of a
 * buffer (RFC 6455 5 and 6.1). Knows fragmentation and masking, not whether the
 * session is still open. */
#ifndef UVWS_CORE_SENDER_H
#define UVWS_CORE_SENDER_H

#include "core/buffer.h"
#include "core/deflate.h"
#include "core/frame.h"
#include "core/slice.h"
#include "core/status.h"

/* Gives an unpredictable masking key (RFC 6455 10.3). */
typedef void (*uvws_mask_source_t)(void *user, uint8_t key[UVWS_MASK_KEY_LEN]);

typedef struct uvws_sender {
  bool is_in_message; /* a fragment without FIN was sent last */
  bool is_compressed; /* the message that was begun last is */
} uvws_sender_t;

/* Whether a frame is masked (RFC 6455 5.1 asks for it by role). */
typedef enum uvws_masking {
  UVWS_MASKING_BY_ROLE,
  UVWS_MASKING_ALWAYS,
  UVWS_MASKING_NEVER
} uvws_masking_t;

/* What is to be sent. Two words, which pass in registers. */
typedef struct uvws_outgoing {
  uvws_opcode_t opcode : 8;   /* TEXT, BINARY, CLOSE, PING or PONG */
  bool is_final;              /* false: more follow (TEXT, BINARY only) */
  bool is_compressed;         /* the payload is; RSV1 of the first fragment */
  uvws_masking_t masking : 8; /* the session draws `key` accordingly */
  const uint8_t *key;         /* UVWS_MASK_KEY_LEN bytes; NULL: not masked */
} uvws_outgoing_t;

void uvws_sender_init(uvws_sender_t *sender);

/* Appends the header of a frame whose payload of payload_len bytes the caller
 * sends itself (and masks itself, where what->key is set). Later fragments of
 * a message get opcode 0. ERR_NO_MEMORY and ERR_TOO_LARGE change nothing. */
UVWS_MUST_USE uvws_status_t uvws_sender_header(uvws_sender_t *sender,
                                               uvws_buffer_t *out,
                                               const uvws_mem_t *mem,
                                               const uvws_outgoing_t *what,
                                               uint64_t payload_len);

/* Appends a whole frame with a copy of payload, masked where what->key is set.
 * The payload itself is never changed. Fails as uvws_sender_header. */
UVWS_MUST_USE uvws_status_t uvws_sender_frame(uvws_sender_t *sender,
                                              uvws_buffer_t *out,
                                              const uvws_mem_t *mem,
                                              const uvws_outgoing_t *what,
                                              uvws_slice_t payload);

/* As uvws_sender_frame, and compresses the payload; what->is_compressed must be
 * set. Fails as uvws_deflater_run. */
UVWS_MUST_USE uvws_status_t uvws_sender_compress(
    uvws_sender_t *sender, uvws_deflater_t *deflater, uvws_buffer_t *out,
    const uvws_mem_t *mem, const uvws_outgoing_t *what, uvws_slice_t payload);

/* For a payload that is written in place (a string being encoded): makes room
 * for `room` bytes of payload and a header before it. Returns where the payload
 * goes, or NULL without memory. Nothing counts until _commit; no other call
 * with `out` may come between. */
uint8_t *uvws_sender_prepare(uvws_buffer_t *out, const uvws_mem_t *mem,
                             const uvws_outgoing_t *what, size_t room);

/* Ends what _prepare began with the same `what` and `room`: len <= room bytes
 * of payload were written there. Writes the header, moves the payload to it
 * where the header came out shorter, and masks. */
void uvws_sender_commit(uvws_sender_t *sender, uvws_buffer_t *out,
                        const uvws_outgoing_t *what, size_t room, size_t len);

#endif
