/* permessage-deflate (RFC 7692) as one server or client agreed on it: what all
 * connections with equal parameters on one loop share. Contexts are lent for
 * one message and shared where they must not take over what was compressed
 * before, or where a short history of that is enough; the others stay with
 * their connection. */
#ifndef UVWS_CORE_COMPRESSION_H
#define UVWS_CORE_COMPRESSION_H

#include "core/deflate.h"
#include "core/packer.h"
#include "core/repeat.h"

typedef struct uvws_compression_options {
  uvws_deflate_options_t deflate;  /* of what we send */
  int inflate_window_bits;         /* of what we receive, 8..15 */
  uvws_slice_t deflate_dictionary; /* what our contexts begin with; borrowed */
  uvws_slice_t inflate_dictionary; /* what the peer's do; borrowed */
  bool deflate_takes_over;         /* our no_context_takeover is not agreed */
  bool inflate_takes_over;         /* nor the peer's */
  size_t history_max; /* where our context takes over: bytes that a session
                         remembers, to compress behind them with what all share;
                         no more than the window. Without takeover: not 0 where
                         a packer may compress. 0: zlib does it all, with a
                         context of the session's own. Not with a
                         deflate_dictionary */
  size_t threshold;   /* shorter messages go uncompressed, unless our context
                         takes over */
} uvws_compression_options_t;

typedef struct uvws_compression {
  const uvws_mem_t *mem;
  uvws_compression_options_t options;
  uvws_deflater_t *deflater; /* in nobody's use, begun anew; or NULL */
  uvws_inflater_t *inflater; /* the same */
  uvws_packer_t *packer;     /* or NULL */
  uvws_repeat_t repeat;      /* the message that was compressed last */
} uvws_compression_t;

/* Allocates nothing. mem is borrowed until _deinit. */
void uvws_compression_init(uvws_compression_t *compression,
                           const uvws_mem_t *mem,
                           const uvws_compression_options_t *options);

/* Frees the contexts in nobody's use. All that were lent must be back. */
void uvws_compression_deinit(uvws_compression_t *compression);

/* Frees them before the end: nothing was compressed for a while. */
void uvws_compression_trim(uvws_compression_t *compression);

/* Lends a context that has nothing behind it; NULL without memory. It goes back
 * by _give, from where it is lent again. */
uvws_deflater_t *
uvws_compression_take_deflater(uvws_compression_t *compression);
uvws_inflater_t *
uvws_compression_take_inflater(uvws_compression_t *compression);

/* Whether a connection may change to another context of ours in its midst: one
 * that begins with a dictionary would refer to what the peer has forgotten. */
bool uvws_compression_can_begin_anew(const uvws_compression_t *compression);

/* What compresses payloads behind a history, or NULL: the payload is too long
 * for that, or the options ask for zlib, or there is no memory for it. */
uvws_packer_t *uvws_compression_packer(uvws_compression_t *compression,
                                       size_t payload_len);

/* Appends a whole message to out, compressed with nothing behind it: every peer
 * can inflate it. ERR_NO_MEMORY leaves out as it was. */
UVWS_MUST_USE uvws_status_t uvws_compression_run(
    uvws_compression_t *compression, uvws_slice_t payload, uvws_buffer_t *out);

/* NULL is legal. */
void uvws_compression_give_deflater(uvws_compression_t *compression,
                                    uvws_deflater_t *deflater);
void uvws_compression_give_inflater(uvws_compression_t *compression,
                                    uvws_inflater_t *inflater);

#endif
