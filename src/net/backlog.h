/* What the kernel refused of long messages, and messages that are sent to many
 * in a row: it is written before a connection's `out`. Connections that wait
 * for the same bytes share one copy of them, so a thousand slow readers of one
 * message cost little more than one: whoever has bytes to keep that end the
 * last copy made on the loop gets that copy. */
#ifndef UVWS_NET_BACKLOG_H
#define UVWS_NET_BACKLOG_H

#include "net/connection.h"
#include "net/iovec.h"

/* Shorter rests, and shorter messages that are sent to many, are copied for
 * each. */
#define UVWS_BACKLOG_SHARE_AT 8192
#define UVWS_BACKLOG_REPEAT_AT 128

typedef struct uvws_backlog {
  uvws_list_t parts; /* in the order of writing */
  size_t len;        /* of all of them */
} uvws_backlog_t;

/* Bytes that wait in the backlog. */
static inline size_t uvws_backlog_len(const uvws_connection_t *connection) {
  return connection->backlog == NULL ? 0 : connection->backlog->len;
}

/* Keeps a copy, of a header that may be empty and what stands behind it, behind
 * all that is queued: what stands in `out` moves into the backlog first.
 * ERR_NO_MEMORY changes nothing but that. */
UVWS_MUST_USE uvws_status_t uvws_backlog_keep(uvws_connection_t *connection,
                                              uvws_slice_t header,
                                              uvws_slice_t bytes);

/* Fills in what is to be written first, at most `max` parts; how many. */
int uvws_backlog_peek(const uvws_connection_t *connection, struct iovec *parts,
                      int max);

/* Forgets the first len bytes, or all. */
void uvws_backlog_consume(uvws_connection_t *connection, size_t len);
void uvws_backlog_drop(uvws_connection_t *connection);

#endif
