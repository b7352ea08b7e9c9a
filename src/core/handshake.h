/* The server's side of the opening handshake (RFC 6455 4.2): the checks of an
 * upgrade request in ws's order, the accept value, the 101 and the refusals. */
#ifndef UVWS_CORE_HANDSHAKE_H
#define UVWS_CORE_HANDSHAKE_H

#include "core/buffer.h"
#include "core/request.h"
#include "core/slice.h"
#include "core/status.h"

#define UVWS_ACCEPT_LEN 28 /* base64 of a SHA-1 digest */
#define UVWS_KEY_LEN 24    /* base64 of 16 bytes */

typedef struct uvws_handshake {
  uvws_slice_t key;      /* UVWS_KEY_LEN bytes, in the request */
  uvws_slice_t protocol; /* first offered subprotocol; empty if none offered */
} uvws_handshake_t;

/* What was agreed on; an empty value: no header. */
typedef struct uvws_handshake_answer {
  uvws_slice_t protocol;   /* value of Sec-WebSocket-Protocol */
  uvws_slice_t extensions; /* value of Sec-WebSocket-Extensions */
} uvws_handshake_answer_t;

/* Judges a parsed request as ws does.
 * OK: an upgrade that may be accepted; *handshake points into the request.
 * DEFER: not an upgrade at all (no "Upgrade" header or an empty one, no
 *   "upgrade" token in Connection, HTTP/1.0, a method other than the common
 *   ones of RFC 9110), or one that a fuller implementation must judge: a body
 *   is announced (Content-Length other than one 0, or Transfer-Encoding), an
 *   Expect header, more than 16 subprotocols.
 * ERR_HANDSHAKE_*: the first check that fails, in this order: METHOD is not
 *   GET; UPGRADE is not "websocket" (ignoring case) or is there twice; KEY is
 *   not 22 base64 characters and "==", or is not there exactly once; VERSION is
 *   neither 13 nor 8, or is not there exactly once; PROTOCOL: all
 *   Sec-WebSocket-Protocol lines, joined by a comma, are not a list of distinct
 *   tokens (RFC 6455 4.1, empty elements are not allowed).
 * Linear in the request's size. */
UVWS_MUST_USE uvws_status_t uvws_handshake_check(const uvws_request_t *request,
                                                 uvws_handshake_t *handshake);

/* Writes the Sec-WebSocket-Accept value of a key (RFC 6455 4.2.2, 5.4). */
void uvws_handshake_accept_value(char out[UVWS_ACCEPT_LEN],
                                 const uint8_t key[UVWS_KEY_LEN]);

/* Appends the 101 with ws's headers in ws's order. ERR_NO_MEMORY leaves out
 * unchanged. */
UVWS_MUST_USE uvws_status_t uvws_handshake_write_accept(
    uvws_buffer_t *out, const uvws_mem_t *mem, const uint8_t key[UVWS_KEY_LEN],
    const uvws_handshake_answer_t *answer);

/* Appends ws's refusal for an ERR_HANDSHAKE_* status: "Connection: close",
 * "Content-Type: text/html", Content-Length and, for VERSION,
 * "Sec-WebSocket-Version: 13, 8", then the message as body; byte for byte what
 * ws 8.23 writes. For an ERR_REQUEST_* status what node:http writes: no body.
 * ERR_NO_MEMORY leaves out unchanged. */
UVWS_MUST_USE uvws_status_t uvws_handshake_write_refusal(uvws_buffer_t *out,
                                                         const uvws_mem_t *mem,
                                                         uvws_status_t why);

#endif
