/* One message for many connections: framed once, and compressed once for each
 * kind of compression that they agreed on. */
#ifndef UVWS_NET_FANOUT_H
#define UVWS_NET_FANOUT_H

#include "net/connection.h"

/* Kinds that are compressed for; connections of others get the message
 * uncompressed, which every peer takes. */
#define UVWS_FANOUT_KINDS 16

typedef struct uvws_fanout_kind {
  uvws_deflate_options_t deflate;
  uvws_buffer_t payload; /* compressed; empty where that failed */
} uvws_fanout_kind_t;

typedef struct uvws_fanout {
  const uvws_mem_t *mem;
  uvws_outgoing_t what;
  uvws_slice_t payload;
  uvws_buffer_t frame; /* uncompressed; empty until it is needed */
  uvws_fanout_kind_t kinds[UVWS_FANOUT_KINDS];
  size_t kind_count;
  bool is_deflated_apart; /* nothing is compressed here */
  bool is_flush_due;      /* a stream has gathered enough to be written */
} uvws_fanout_t;

/* what: a whole text or binary message; is_compressed asks for compression
 * where it is agreed on, the payload is not below its threshold and no thread
 * compresses for the connection. mem and payload are borrowed until _deinit. */
void uvws_fanout_init(uvws_fanout_t *fanout, const uvws_mem_t *mem,
                      uvws_outgoing_t what, uvws_slice_t payload);

/* The message as one frame, uncompressed and not masked; false without memory.
 * Borrowed until _deinit. */
bool uvws_fanout_frame(uvws_fanout_t *fanout, uvws_slice_t *frame);

/* Whether the message is to be compressed for a connection that can take it,
 * but, as is_deflated_apart, not here. */
bool uvws_fanout_leaves(const uvws_fanout_t *fanout,
                        const uvws_connection_t *connection);

/* Queues the message for one connection, in the server role. Calls nothing of
 * the application: what a stream has gathered waits for the loop's next flush.
 * False for one that can't take it: it is closing, has failed, or is in the
 * middle of a fragmented message, which nothing may stand in (RFC 6455 5.4).
 * Without memory the connection ends. */
bool uvws_fanout_send(uvws_fanout_t *fanout, uvws_connection_t *connection);

void uvws_fanout_deinit(uvws_fanout_t *fanout);

#endif
