/* Heartbeats of a hub's members. Each is looked at once an interval, from when
 * it joined on: who was not heard of since is pinged, and terminated if it is
 * not heard of until the next time either. The list of members is the queue:
 * who was looked at goes to its end. Where many are due at once they are looked
 * at in portions, between which the loop does its other work. */
#ifndef UVWS_NET_HEARTBEAT_H
#define UVWS_NET_HEARTBEAT_H

#include "net/hub.h"

/* Of a hub whose limits are set. */
void uvws_heartbeat_init(uvws_hub_t *hub);

/* The connection becomes, or ceases to be, a member. */
void uvws_heartbeat_join(uvws_hub_t *hub, uvws_connection_t *connection);
void uvws_heartbeat_leave(uvws_hub_t *hub);

/* The deadline of a connection is over: whether a heartbeat had set it, and the
 * peer was heard of after all. Counts those who are ended for their silence. */
bool uvws_heartbeat_pardons(uvws_connection_t *connection);

#endif
