/* One fragment that is inflated apart from its receiver, by another thread say,
 * which meanwhile keeps what it is fed. Belongs to one thread at a time. */
#ifndef UVWS_CORE_INFLATION_H
#define UVWS_CORE_INFLATION_H

#include "core/receiver.h"

typedef struct uvws_inflation {
  const uvws_mem_t *mem;
  uvws_compression_t *compression;
  uvws_inflater_t *inflater;
  uvws_buffer_t input;
  uvws_slice_t rest;    /* of the input, to be inflated */
  uvws_buffer_t output; /* the message, its earlier fragments included */
  uint64_t max_len;
  bool is_final;
  uvws_status_t status; /* what running it came to */
} uvws_inflation_t;

/* Takes what a receiver that _is_inflating waits for; once. */
void uvws_inflation_begin(uvws_inflation_t *inflation,
                          uvws_receiver_t *receiver);

/* Does some of the work, a fraction of a millisecond's worth: whether some is
 * left. Touches nothing but the inflation and its allocator, which is why any
 * thread may call it. */
bool uvws_inflation_step(uvws_inflation_t *inflation);

/* Gives the result to the receiver, which goes on with what it has kept, and
 * may come to wait for the next fragment. Nothing is left to be freed. Returns
 * as uvws_receiver_feed does. */
UVWS_MUST_USE uvws_status_t uvws_inflation_end(uvws_inflation_t *inflation,
                                               uvws_receiver_t *receiver);

/* Frees what it holds, done or not, instead of _end; the receiver may be
 * gone. */
void uvws_inflation_deinit(uvws_inflation_t *inflation);

#endif
