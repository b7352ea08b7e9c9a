/* What the parts of a connection, connection.c and its connection_*.c, call of
 * each other. */
#ifndef UVWS_NET_CONNECTION_INTERNAL_H
#define UVWS_NET_CONNECTION_INTERNAL_H

#include "net/connection.h"

/* Lets go of the transport; on_closed follows, behind what was received.
 * Does nothing to a dead one. */
void uvws_connection_die(uvws_connection_t *connection);

/* The last step of that: nothing of a dead one is to come any more. */
void uvws_connection_bury(uvws_connection_t *connection);

/* Watches the descriptor for what the state asks for. */
void uvws_connection_watch(uvws_connection_t *connection);

/* Writes what the kernel takes of the output of a descriptor, then its end if
 * that was asked for. */
void uvws_connection_write_out(uvws_connection_t *connection);

/* Makes what the connection shares (net/shared_output.h) output of its own;
 * without memory for that it is dead. */
void uvws_connection_unshare(uvws_connection_t *connection);

/* What the session appends its output to, behind what was shared. */
uvws_buffer_t *uvws_connection_output(uvws_connection_t *connection);

/* There is something to be written at the next flush. */
void uvws_connection_mark_dirty(uvws_connection_t *connection);

/* Whether a whole message may be queued now. */
static inline bool
uvws_connection_takes_messages(const uvws_connection_t *connection) {
  return !connection->is_dead && !connection->is_write_failed &&
         !connection->session.is_close_sent &&
         !connection->session.sender.is_in_message;
}

/* len bytes more stand in the output: counts and, if due, writes them. */
void uvws_connection_appended(uvws_connection_t *connection, size_t len);

/* As _appended, but calls nothing of the application: a stream's output waits
 * for the loop's next flush. True if that is due at once. */
bool uvws_connection_gathered(uvws_connection_t *connection, size_t len);

/* If the receiver waits for a fragment to be inflated, sees to it. */
void uvws_connection_inflate(uvws_connection_t *connection);

/* Notes what taking input in came to, and that no more will come. */
void uvws_connection_note_status(uvws_connection_t *connection,
                                 uvws_status_t status);
void uvws_connection_note_end(uvws_connection_t *connection);

/* Nobody needs what a thread compresses for it any more. */
void uvws_connection_drop_deflation(uvws_connection_t *connection);

#endif
