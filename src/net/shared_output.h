/* Output that many connections have in common: the frames published to a topic
 * since the last flush. Who has nothing else to write shares it instead of
 * having a copy of each, and is visited twice for a batch of messages, however
 * many these are. Whatever else is done to such a connection's output, what it
 * shares becomes its own before. */
#ifndef UVWS_NET_SHARED_OUTPUT_H
#define UVWS_NET_SHARED_OUTPUT_H

#include "net/connection.h"

typedef struct uvws_shared_output {
  uvws_list_t sharers; /* uvws_subscription_t::of_topic */
  size_t sharer_count;
  uvws_buffer_t bytes; /* frames; each has them from its shared_from on */
} uvws_shared_output_t;

/* Appends a frame for all who share the topic's output already, and for those
 * who join from *from on. False without memory: nothing has changed. To be
 * followed by _settle. */
bool uvws_shared_output_append(uvws_topic_t *topic, uvws_loop_t *loop,
                               uvws_slice_t frame, size_t *from);

/* Whether a connection may join: it takes messages as they are, and nothing
 * else waits to be written to it. */
bool uvws_shared_output_can_join(const uvws_connection_t *connection);

/* Lets a subscriber of the topic share its output; until the connection is
 * flushed, or something else is queued for it. */
void uvws_shared_output_join(uvws_connection_t *connection,
                             uvws_subscription_t *subscription, size_t from);

/* How many share the topic's output. */
static inline size_t uvws_shared_output_count(const uvws_topic_t *topic) {
  return topic->shared == NULL ? 0 : topic->shared->sharer_count;
}

/* Writes the output if it is much, and frees it if nobody shares it. Calls
 * nothing of the application. */
void uvws_shared_output_settle(uvws_topic_t *topic, uvws_loop_t *loop);

/* Gives all who share the topic's output a copy of their own. */
void uvws_shared_output_end(uvws_topic_t *topic);

/* The bytes that a connection shares and that are not written; empty if it
 * shares none. Borrowed until it leaves. */
uvws_slice_t uvws_shared_output_of(const uvws_connection_t *connection);

/* What a connection shares is its own now, or not to be written any more: it
 * leaves. Does nothing if it does not share. */
void uvws_shared_output_leave(uvws_connection_t *connection);

#endif
