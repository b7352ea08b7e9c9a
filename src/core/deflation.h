/* One fragment that is deflated apart from its session, by another thread say,
 * which meanwhile compresses nothing else. Belongs to one thread at a time. */
#ifndef UVWS_CORE_DEFLATION_H
#define UVWS_CORE_DEFLATION_H

#include "core/session.h"

typedef struct uvws_deflation {
  const uvws_mem_t *mem;
  uvws_compression_t *compression;
  uvws_deflater_t *deflater;
  uvws_outgoing_t what;
  uvws_buffer_t input;
  uvws_slice_t rest;    /* of the input, to be deflated */
  uvws_buffer_t output; /* the payload to send */
  uvws_status_t status; /* what running it came to */
} uvws_deflation_t;

/* Begins with a fragment that uvws_session_compresses; input is moved. Until
 * _end or _abandon the session compresses nothing. ERR_NO_MEMORY changes
 * nothing. */
UVWS_MUST_USE uvws_status_t uvws_deflation_begin(uvws_deflation_t *deflation,
                                                 uvws_session_t *session,
                                                 const uvws_outgoing_t *what,
                                                 uvws_buffer_t *input);

/* Begins with a whole message for any number of sessions of one kind, from a
 * context that has nothing behind it, which uvws_compression_can_begin_anew
 * must allow: see uvws_session_send_deflated. input is moved; ERR_NO_MEMORY
 * changes nothing. */
UVWS_MUST_USE uvws_status_t uvws_deflation_begin_shared(
    uvws_deflation_t *deflation, uvws_compression_t *compression,
    uvws_buffer_t *input);

/* Does some of the work, a fraction of a millisecond's worth: whether some is
 * left. Touches nothing but the deflation and its allocator, which is why any
 * thread may call it. */
bool uvws_deflation_step(uvws_deflation_t *deflation);

/* Of what was begun for one session: that takes its context back, and appends
 * to `header` the frame that output, masked by now, is the payload of. Returns
 * what running it came to. _deinit must follow. */
UVWS_MUST_USE uvws_status_t uvws_deflation_end(uvws_deflation_t *deflation,
                                               uvws_session_t *session,
                                               uvws_buffer_t *header);

/* Frees what it holds, done or not; the session may be gone. */
void uvws_deflation_deinit(uvws_deflation_t *deflation);

#endif
