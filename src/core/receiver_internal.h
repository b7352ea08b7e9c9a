/* What receiver.c and inflation.c call of each other. */
#ifndef UVWS_CORE_RECEIVER_INTERNAL_H
#define UVWS_CORE_RECEIVER_INTERNAL_H

#include "core/receiver.h"

enum uvws_receiver_state {
  STATE_START,     /* the first two bytes of a header */
  STATE_LENGTH,    /* the header up to the end of its length field */
  STATE_KEY,       /* the rest of the header */
  STATE_DATA,      /* payload of a data frame */
  STATE_CONTROL,   /* payload of a control frame */
  STATE_INFLATING, /* nothing, until a fragment is inflated elsewhere */
  STATE_STOPPED
};

/* Deals with a whole frame of a compressed message. Where owned is not NULL the
 * payload is its content, and may be moved out. */
UVWS_MUST_USE uvws_status_t uvws_receiver_inflate(uvws_receiver_t *receiver,
                                                  uvws_slice_t payload,
                                                  uvws_buffer_t *owned);

/* Keeps bytes for the time when the state is not INFLATING any more. */
UVWS_MUST_USE uvws_status_t uvws_receiver_keep(uvws_receiver_t *receiver,
                                               uvws_slice_t bytes);

/* Reports the message that has been gathered, or that it goes on. */
UVWS_MUST_USE uvws_status_t
uvws_receiver_deliver_gathered(uvws_receiver_t *receiver);
UVWS_MUST_USE uvws_status_t
uvws_receiver_tell_fragment(uvws_receiver_t *receiver);

/* Gives the inflating context back, if there is one. */
void uvws_receiver_give_inflater(uvws_receiver_t *receiver);

/* Ends a call from outside: stops the receiver at a failure. */
UVWS_MUST_USE uvws_status_t uvws_receiver_end_call(uvws_receiver_t *receiver,
                                                   uvws_status_t status);

#endif
