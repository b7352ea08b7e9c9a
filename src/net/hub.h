/* The connections of one server on one loop, and what they share: their topics,
 * what is published to all or some of them, and totals of what they did. */
#ifndef UVWS_NET_HUB_H
#define UVWS_NET_HUB_H

#include "net/connection.h"
#include "net/throttle.h"
#include "net/topics.h"

#define UVWS_HUB_FEW 32

/* What one member may cost; 0: no limit. */
typedef struct uvws_limits {
  /* Bytes that may wait for a peer that does not read. A message that would
   * exceed it is not published to that member, unless nothing waits yet. */
  double max_buffered;
  /* ms that a member may be silent before it is pinged, and before it is
   * terminated then; see net/heartbeat.h. */
  uint32_t heartbeat_ms;
  uvws_rate_policy_t rate; /* of what a member sends */
  /* Bytes of a message from which on it is not compressed for UVWS_HUB_FEW
   * members or less: that is refused, and the owner's to do on a thread. For
   * more of them sending takes the loop longer than compressing once. */
  size_t deflate_apart_at;
} uvws_limits_t;

/* Running totals of the members, in the order of lib/hub-totals.js. Bytes
 * in and out are those of the transport, from the membership on; payload is
 * that of messages, uncompressed. */
typedef struct uvws_totals {
  double opened; /* members so far */
  double open;   /* members now */
  double messages_in;
  double messages_out; /* sent to one member each */
  double payload_in;
  double payload_out;
  double bytes_in;
  double bytes_out;
  double deflated_from; /* payload that was compressed, before */
  double deflated_to;   /* and after; once where it is published */
  double silent;        /* members that a heartbeat terminated */
  double queued;        /* bytes not written, now */
} uvws_totals_t;

typedef struct uvws_hub {
  uvws_loop_t *loop;
  size_t ref_count;    /* the owner's, and one for each member */
  uvws_list_t members; /* uvws_connection_t::of_hub; see net/heartbeat.h */
  uvws_topics_t topics;
  uvws_totals_t totals; /* but for `queued`; see uvws_hub_totals */
  uvws_limits_t limits;
  uvws_deadline_t heartbeat; /* runs while there are members */
  /* A message was not published to a member, as limits.max_buffered or
   * deflate_apart_at demand, or as it is_queueing: in the latter two cases it
   * is the owner's to send. May only note it down. */
  void (*on_refused)(uvws_connection_t *connection);
} uvws_hub_t;

/* NULL without memory or randomness. The caller holds one reference. The loop
 * must outlive the members, not the hub. */
uvws_hub_t *uvws_hub_new(uvws_loop_t *loop, const uvws_limits_t *limits,
                         void (*on_refused)(uvws_connection_t *connection));

void uvws_hub_ref(uvws_hub_t *hub);
void uvws_hub_unref(uvws_hub_t *hub);

/* Makes a connection of the hub's loop a member until it is freed. It must not
 * be one of another hub. Without memory for its rate limit it ends. */
void uvws_hub_join(uvws_hub_t *hub, uvws_connection_t *connection);

/* Ends the membership and all its subscriptions; the hub may be freed with it.
 * Does nothing for a connection without a hub. */
void uvws_hub_leave(uvws_connection_t *connection);

/* For members; see uvws_topics_subscribe and _unsubscribe. */
UVWS_MUST_USE uvws_status_t uvws_hub_subscribe(uvws_connection_t *connection,
                                               uvws_slice_t topic,
                                               bool *is_first);
bool uvws_hub_unsubscribe(uvws_connection_t *connection, uvws_slice_t topic,
                          bool *is_last);

/* Sends a whole message (see uvws_fanout_init) to the subscribers of a topic,
 * or to all members, but `except` (NULL: no exception). Returns how many took
 * it. All may be closed, and the hub be left, from what is called meanwhile. */
size_t uvws_hub_publish(uvws_hub_t *hub, uvws_slice_t topic,
                        uvws_connection_t *except, uvws_outgoing_t what,
                        uvws_slice_t payload);
size_t uvws_hub_broadcast(uvws_hub_t *hub, const uvws_connection_t *except,
                          uvws_outgoing_t what, uvws_slice_t payload);

/* The totals, as of now. Goes through all members. */
uvws_totals_t uvws_hub_totals(const uvws_hub_t *hub);

/* ---- What members do; nothing where there is no hub ---- */

static inline void uvws_hub_count_bytes_in(const uvws_connection_t *connection,
                                           size_t len) {
  if (connection->hub != NULL) {
    connection->hub->totals.bytes_in += (double)len;
  }
}

static inline void uvws_hub_count_bytes_out(const uvws_connection_t *connection,
                                            size_t len) {
  if (connection->hub != NULL) {
    connection->hub->totals.bytes_out += (double)len;
  }
}

/* A whole message was received. To be called in on_message. */
static inline void uvws_hub_count_in(const uvws_connection_t *connection,
                                     size_t payload_len) {
  if (connection->hub != NULL) {
    connection->hub->totals.messages_in++;
    connection->hub->totals.payload_in += (double)payload_len;
  }
}

/* A frame was queued. */
static inline void uvws_hub_count_out(const uvws_connection_t *connection,
                                      const uvws_outgoing_t *what,
                                      size_t payload_len) {
  uvws_hub_t *hub = connection->hub;
  if (hub != NULL && !uvws_opcode_is_control(what->opcode)) {
    hub->totals.messages_out += what->is_final ? 1 : 0;
    hub->totals.payload_out += (double)payload_len;
  }
}

/* A payload was compressed. */
static inline void uvws_hub_count_deflated(uvws_hub_t *hub, size_t from,
                                           size_t to) {
  if (hub != NULL) {
    hub->totals.deflated_from += (double)from;
    hub->totals.deflated_to += (double)to;
  }
}

#endif
