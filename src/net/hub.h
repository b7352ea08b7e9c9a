/* The connections of one server on one loop, and what they share: their topics
 * and what is published to all or some of them. */
#ifndef UVWS_NET_HUB_H
#define UVWS_NET_HUB_H

#include "net/connection.h"
#include "net/topics.h"

typedef struct uvws_hub {
  uvws_loop_t *loop;
  size_t ref_count;    /* the owner's, and one for each member */
  uvws_list_t members; /* uvws_connection_t::of_hub */
  size_t member_count;
  uvws_topics_t topics;
} uvws_hub_t;

/* NULL without memory or randomness. The caller holds one reference. The loop
 * must outlive the members, not the hub. */
uvws_hub_t *uvws_hub_new(uvws_loop_t *loop);

void uvws_hub_ref(uvws_hub_t *hub);
void uvws_hub_unref(uvws_hub_t *hub);

/* Makes a connection of the hub's loop a member until it is freed. It must not
 * be one of another hub. */
void uvws_hub_join(uvws_hub_t *hub, uvws_connection_t *connection);

/* Ends the membership and all its subscriptions; the hub may be freed with it.
 * Does nothing for a connection without a hub. */
void uvws_hub_leave(uvws_connection_t *connection);

/* Sends a whole message (see uvws_fanout_init) to the subscribers of a topic,
 * or to all members, but `except` (NULL: no exception). Returns how many took
 * it. All may be closed, and the hub be left, from what is called meanwhile. */
size_t uvws_hub_publish(uvws_hub_t *hub, uvws_slice_t topic,
                        const uvws_connection_t *except, uvws_outgoing_t what,
                        uvws_slice_t payload);
size_t uvws_hub_broadcast(uvws_hub_t *hub, const uvws_connection_t *except,
                          uvws_outgoing_t what, uvws_slice_t payload);

#endif
