/* permessage-deflate (RFC 7692) as one server or client agreed on it: what all
 * connections with equal parameters on one loop share. Contexts are lent for
 * one message and shared where they must not take over what was compressed
 * before, or where a short history of that is enough; the others stay with
 * their connection. */
#ifndef UVWS_CORE_COMPRESSION_H
#define UVWS_CORE_COMPRESSION_H

#include "core/deflate.h"
#include "core/repeat.h"

typedef struct uvws_compression_options {
  uvws_deflate_options_t deflate;  /* of what we send */
  int inflate_window_bits;         /* of what we receive, 8..15 */
  uvws_slice_t deflate_dictionary; /* what our contexts begin with; borrowed */
  uvws_slice_t inflate_dictionary; /* what the peer's do; borrowed */
  bool deflate_takes_over;         /* our no_context_takeover is not agreed */
  bool inflate_takes_over;         /* nor the peer's */
  size_t history_max; /* where our context takes over: bytes that a session
                         remembers to begin a shared one with; 0: it keeps a
                         context of its own. Not with deflate_dictionary */
  size_t threshold;   /* shorter messages go uncompressed, unless our context
                         takes over */
} uvws_compression_options_t;

typedef struct uvws_compression {
  const uvws_mem_t *mem;
  uvws_compression_options_t options;
  uvws_deflater_t *deflater; /* in nobody's use; or NULL */
  const void *last_user;     /* who may go on with that; NULL: it begins anew */
  uvws_inflater_t *inflater; /* in nobody's use, begun anew; or NULL */
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

/* For contexts that are shared although they take over. Lends what the user
 * gave back last, as it was then, or else a context that begins behind the
 * history; NULL without memory. */
uvws_deflater_t *
uvws_compression_take_deflater_for(uvws_compression_t *compression,
                                   const void *user, uvws_slice_t history);

/* Gives it back as it is. It may be lent to others, or the same user again, who
 * must _forget before its life ends, or where it lets others compress for it.
 */
void uvws_compression_keep_deflater_for(uvws_compression_t *compression,
                                        const void *user,
                                        uvws_deflater_t *deflater);
void uvws_compression_forget(uvws_compression_t *compression, const void *user);

/* NULL is legal. */
void uvws_compression_give_deflater(uvws_compression_t *compression,
                                    uvws_deflater_t *deflater);
void uvws_compression_give_inflater(uvws_compression_t *compression,
                                    uvws_inflater_t *inflater);

#endif
