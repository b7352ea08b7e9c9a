/* The message that a class of connections compressed last. The plain idiom of a
 * broadcast, a loop that sends one message to all, compresses it once: whoever
 * sends the same bytes next gets what a context with nothing behind it made of
 * them, which every peer can inflate. */
#ifndef UVWS_CORE_REPEAT_H
#define UVWS_CORE_REPEAT_H

#include <stdbool.h>

#include "core/buffer.h"
#include "core/slice.h"
#include "core/status.h"

/* Longer messages are not remembered. */
#define UVWS_REPEAT_MAX ((size_t)64 * 1024)

/* A context that takes over compresses short messages well by what came before,
 * and loses that by a repeat: these it compresses itself. */
#define UVWS_REPEAT_MIN ((size_t)256)

typedef struct uvws_repeat {
  uvws_buffer_t payload;  /* empty: none */
  uvws_buffer_t deflated; /* empty while only one connection has sent it */
  const void *sender;     /* that connection, to be compared only */
} uvws_repeat_t;

typedef enum uvws_repeat_kind {
  UVWS_REPEAT_NEW,   /* remembered now */
  UVWS_REPEAT_AGAIN, /* the same sender once more: nothing to share yet */
  UVWS_REPEAT_OTHER, /* another one: `deflated` is to be made, then shared */
  UVWS_REPEAT_READY  /* `deflated` is there */
} uvws_repeat_kind_t;

/* What a payload of up to UVWS_REPEAT_MAX bytes is to the one before it.
 * Without memory it is not remembered. */
uvws_repeat_kind_t uvws_repeat_note(uvws_repeat_t *repeat,
                                    const uvws_mem_t *mem, const void *sender,
                                    uvws_slice_t payload);

/* Frees it all; none is remembered. */
void uvws_repeat_forget(uvws_repeat_t *repeat, const uvws_mem_t *mem);

#endif
