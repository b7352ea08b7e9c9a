/* Takes memory of compression back from connections that have not used it for a
 * while. One deadline for all connections of a loop; none once all rest. */
#ifndef UVWS_NET_REST_H
#define UVWS_NET_REST_H

#include "net/connection.h"

/* Fills every field of the loop's part. */
void uvws_rest_init(uvws_rest_t *rest);

/* Tells that a connection that may compress has been used: it rests one to two
 * periods after the last time. Cheap. */
void uvws_rest_note(uvws_connection_t *connection);

/* Tells that a connection dies, and frees its contexts with it. */
void uvws_rest_leave(uvws_connection_t *connection);

#endif
