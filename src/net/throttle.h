/* Holds one connection to a rate: who sends more is closed, or not read from
 * until it is time again. */
#ifndef UVWS_NET_THROTTLE_H
#define UVWS_NET_THROTTLE_H

#include "net/connection.h"
#include "net/rate_limit.h"

/* What a connection may send. */
typedef struct uvws_rate_policy {
  uvws_rate_t rate;
  bool is_pausing; /* else it is closed */
} uvws_rate_policy_t;

/* Gives the connection a throttle of its own. policy is borrowed until _stop.
 * ERR_NO_MEMORY. */
UVWS_MUST_USE uvws_status_t uvws_throttle_start(
    uvws_connection_t *connection, const uvws_rate_policy_t *policy);

/* Lifts it and frees it; does nothing without one. */
void uvws_throttle_stop(uvws_connection_t *connection);

/* Counts what came, of a connection that has a throttle. False if it is too
 * much for one that is to be closed: on_failure was called. */
bool uvws_throttle_count(uvws_connection_t *connection, double messages,
                         double bytes);

/* Bytes were read. */
static inline void uvws_throttle_note_bytes(uvws_connection_t *connection,
                                            size_t len) {
  if (connection->throttle != NULL) {
    (void)uvws_throttle_count(connection, 0, (double)len);
  }
}

/* A message, a ping or a pong was received: whether to deliver it. To be called
 * in on_message and its like. */
static inline bool uvws_throttle_admits(uvws_connection_t *connection) {
  return connection->throttle == NULL || uvws_throttle_count(connection, 1, 0);
}

#endif
