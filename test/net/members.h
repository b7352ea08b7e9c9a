/* A hub with some connections, for the tests of what it does for them. */
#ifndef UVWS_TEST_NET_MEMBERS_H
#define UVWS_TEST_NET_MEMBERS_H

#include "kit.h"
#include "net/hub.h"

#define MEMBERS 5

typedef struct members {
  kit_t *kit;
  uvws_hub_t *hub;
  uvws_transport_t transport;
  kit_end_t *ends[MEMBERS];
  int refused; /* calls of on_refused */
} members_t;

extern const uvws_transport_t members_transports[3];

/* limits: NULL for none. */
members_t *members_begin(uvws_transport_t transport,
                         const uvws_limits_t *limits);

/* Puts a connection with other options in a member's place. Whether compression
 * is agreed must be known from the start. */
void members_replace(members_t *members, size_t i,
                     const uvws_session_options_t *options);

/* Lets go of the hub first, which its members keep, then of these. */
void members_disconnect(members_t *members);

/* The same, and frees all. */
void members_finish(members_t *members);

void members_subscribe(members_t *members, size_t i, const char *topic);

/* Publishes a text message; how many took it. */
size_t members_publish(members_t *members, const char *topic, const void *bytes,
                       size_t len);

/* Turns the loop until the peer has heard these bytes. */
void members_expect(kit_end_t *end, const void *bytes, size_t len);
void members_expect_nothing(kit_end_t *end);

#endif
