/* Compression of message payloads (RFC 7692 7.2): raw deflate, over the zlib
 * that the host carries, which only this module knows. A context belongs to one
 * thread at a time; which one may change between calls, as a call touches
 * nothing but its arguments and their allocator.
 *
 * Bytes that a context holds, with w window bits and memory level m (node 20's
 * zlib, whose hash takes 64 KiB whatever m is):
 *   deflating  2^(w+2) + 5 * 2^(m+6) and 70 KiB: 278 KiB at 15 and 8, 142 KiB
 *              at 13 and 7, 73 KiB at 9 and 1
 *   inflating  9 KiB, and 2^w more from the first payload on
 *   inflating, at rest  what the peer may refer back to: at most 2^w */
#ifndef UVWS_CORE_DEFLATE_H
#define UVWS_CORE_DEFLATE_H

#include <stdbool.h>

#include "core/buffer.h"

/* As zlib's deflateInit2 takes them. */
typedef struct uvws_deflate_options {
  int level;       /* 0..9, or -1: zlib's own choice */
  int mem_level;   /* 1..9 */
  int strategy;    /* 0..4 */
  int window_bits; /* 8..15, as agreed with the peer */
} uvws_deflate_options_t;

typedef struct uvws_deflater uvws_deflater_t;
typedef struct uvws_inflater uvws_inflater_t;

/* NULL without memory or with options that zlib refuses. options are not kept,
 * mem is borrowed until _free. */
uvws_deflater_t *uvws_deflater_new(const uvws_mem_t *mem,
                                   const uvws_deflate_options_t *options);

/* NULL is legal. */
void uvws_deflater_free(uvws_deflater_t *deflater);

/* Appends one fragment, compressed, to out. Its bytes are complete up to a byte
 * boundary; the last fragment of a message lacks the four bytes at its end that
 * RFC 7692 7.2.1 takes away. ERR_NO_MEMORY and ERR_TOO_LARGE leave out as it
 * was and begin the context anew, which a peer does not notice. */
UVWS_MUST_USE uvws_status_t uvws_deflater_run(uvws_deflater_t *deflater,
                                              uvws_slice_t input, bool is_final,
                                              uvws_buffer_t *out);

/* As _run, but takes at most max_len > 0 bytes off the input: NEED_MORE while
 * there are more of them. A failure leaves in out what it had made. */
UVWS_MUST_USE uvws_status_t uvws_deflater_step(uvws_deflater_t *deflater,
                                               uvws_slice_t *input,
                                               size_t max_len, bool is_final,
                                               uvws_buffer_t *out);

/* Lets the context begin, now and after each _reset, as if it had compressed
 * these bytes before, of which the peer must know. Only of a context that has
 * nothing behind it. dictionary is borrowed until _free. */
void uvws_deflater_set_dictionary(uvws_deflater_t *deflater,
                                  uvws_slice_t dictionary);

/* Begins anew, but as if these bytes had been compressed last; the peer must
 * have inflated them last. They are not kept. */
void uvws_deflater_begin_behind(uvws_deflater_t *deflater,
                                uvws_slice_t history);

/* Forgets what was compressed before. */
void uvws_deflater_reset(uvws_deflater_t *deflater);

/* NULL without memory. window_bits: what the peer may look back, 8..15; NULL,
 * too, for any other. */
uvws_inflater_t *uvws_inflater_new(const uvws_mem_t *mem, int window_bits);

/* The same for what the peer begins with; ERR_NO_MEMORY. */
UVWS_MUST_USE uvws_status_t uvws_inflater_set_dictionary(
    uvws_inflater_t *inflater, uvws_slice_t dictionary);

/* NULL is legal. */
void uvws_inflater_free(uvws_inflater_t *inflater);

/* Appends what one fragment inflates to. out never grows beyond max_len bytes
 * and one (0: no limit), whatever the input claims:
 * ERR_UNSUPPORTED_MESSAGE_LENGTH as soon as there is more. Garbage: the
 * ERR_INFLATE_* that tells why. ERR_NO_MEMORY. After a failure out holds what
 * came before it and the context is of no use until _reset. A stream that ends
 * itself (BFINAL) is legal: what follows in the same fragment is dropped, as ws
 * does, and the context begins anew. */
UVWS_MUST_USE uvws_status_t uvws_inflater_run(uvws_inflater_t *inflater,
                                              uvws_slice_t input, bool is_final,
                                              uint64_t max_len,
                                              uvws_buffer_t *out);

/* As _run, but stops where out has grown beyond pause_len bytes, more or less,
 * and there is input left: NEED_MORE, and *input is what _run has to go on
 * with. */
UVWS_MUST_USE uvws_status_t uvws_inflater_begin(uvws_inflater_t *inflater,
                                                uvws_slice_t *input,
                                                bool is_final, uint64_t max_len,
                                                size_t pause_len,
                                                uvws_buffer_t *out);

/* Forgets what was inflated before, failures included. */
void uvws_inflater_reset(uvws_inflater_t *inflater);

/* Between messages: gives back all memory but what the peer may refer back to.
 * The next _run takes it again. Does nothing where that is not possible: the
 * last message was cut off, or there is no memory for the rest. */
void uvws_inflater_rest(uvws_inflater_t *inflater);

#endif
