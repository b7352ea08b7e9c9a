/* One WebSocket connection on a loop: a session and its transport. The
 * transport is a descriptor of our own, a descriptor that somebody else owns
 * and will close (node's parked net.Socket), or a stream that the owner feeds
 * and writes by hand. Frames gather in `out` and are written together when the
 * loop flushes; what the kernel refuses waits there for writability. */
#ifndef UVWS_NET_CONNECTION_H
#define UVWS_NET_CONNECTION_H

#include "core/session.h"
#include "net/loop.h"
#include "net/topics.h"

/* Output gathered before it is written at once instead of at the next flush. */
#define UVWS_FLUSH_AT 65536

/* Payloads from here on are not copied into the output but written right away,
 * behind what was queued before them. */
#define UVWS_WRITE_THROUGH_AT 8192

/* Running totals in bytes, in memory of the owner, who may read them at any
 * time (as a typed array, hence doubles). */
typedef struct uvws_counters {
  double queued;   /* framed for sending, headers included */
  double written;  /* of these, handed to the kernel or the stream */
  double buffered; /* of these, refused by the kernel so far */
  double received; /* read from the transport */
} uvws_counters_t;

typedef enum uvws_transport {
  UVWS_TRANSPORT_OWNED,  /* fd is closed with the connection */
  UVWS_TRANSPORT_PARKED, /* fd belongs to somebody else */
  UVWS_TRANSPORT_STREAM  /* no fd: uvws_connection_feed and on_output */
} uvws_transport_t;

typedef struct uvws_connection uvws_connection_t;
typedef struct uvws_deflate_job uvws_deflate_job_t;
typedef struct uvws_inflate_job uvws_inflate_job_t;
typedef struct uvws_throttle uvws_throttle_t;

/* Any callback may call any function of this header on any connection; a
 * connection is freed no earlier than in the loop's closing phase. */
typedef struct uvws_connection_callbacks {
  /* What the session's receiver reports; user is the uvws_connection_t. May
   * only note it down: on_read tells when to deal with it. */
  uvws_receiver_callbacks_t receiver;
  /* The peer broke the protocol or a limit; nothing more will be received. May
   * only note it down. The owner answers with uvws_connection_conclude and
   * _close. */
  void (*on_failure)(uvws_connection_t *connection, uvws_status_t status,
                     uint32_t detail);
  /* The peer ended its side; our own ends once the output is written. May only
   * note it down. */
  void (*on_end)(uvws_connection_t *connection);
  /* A thread begins to inflate what was received; nothing more is read, and
   * what is fed is kept, until it is done. May only note it down. A connection
   * that dies meanwhile is closed behind that. */
  void (*on_inflating)(uvws_connection_t *connection, bool is_begun);
  /* The peer has sent too much: nothing is read, and nothing is to be fed,
   * until it is told that this is over; on_read follows that. May only note it
   * down. */
  void (*on_throttled)(uvws_connection_t *connection, bool is_begun);
  /* Everything noted since the last call is one read's worth. */
  void (*on_read)(uvws_connection_t *connection);
  /* Some of what the kernel had refused was written. */
  void (*on_written)(uvws_connection_t *connection);
  /* What _deflate has begun is done: _send_deflated is due. Comes from the loop
   * alone. */
  void (*on_deflated)(uvws_connection_t *connection);
  /* STREAM only: bytes to be written, borrowed for the call unless they are
   * moved away with uvws_buffer_take, and whether the stream's writing side is
   * to be ended behind them. */
  void (*on_output)(uvws_connection_t *connection, uvws_buffer_t *bytes,
                    bool is_end);
  /* The last callback, from the loop's closing phase: the transport is gone
   * and the connection is freed on return. */
  void (*on_closed)(uvws_connection_t *connection);
} uvws_connection_callbacks_t;

/* What a connection needs to compress and to inflate on threads, and to rest
 * from that. */
typedef struct uvws_connection_compression {
  uvws_deflate_job_t *deflate_job; /* a thread compresses; or NULL */
  uvws_list_t of_deflate_job;      /* until it is told of its end */
  uvws_outgoing_t deflating;       /* what that compresses */
  uvws_inflate_job_t *inflate_job; /* a thread inflates; or NULL */
  uvws_list_t of_rest;             /* in loop->rest.busy */
  uint32_t used_in_sweep;          /* when compression was used last */
} uvws_connection_compression_t;

struct uvws_connection {
  uvws_watcher_t watcher;
  uvws_loop_t *loop;
  const uvws_connection_callbacks_t *callbacks;
  void *user;                /* the owner's */
  uvws_counters_t *counters; /* the owner's */
  uint32_t id;               /* the owner's */
  uint32_t hold_count;       /* calls of _hold that wait for a _release */
  uint32_t beat_at_ms;       /* the last heartbeat; see net/heartbeat.h */
  bool is_owned : 1;         /* the descriptor is ours to close */
  bool is_stream : 1;        /* there is no descriptor */
  bool reads_all : 1;        /* see uvws_socket_reads_all */
  bool is_ref : 1;           /* keeps the loop alive */
  bool has_compression : 1;  /* it is agreed */
  bool tells_fragments : 1;  /* for the owner's on_fragment */
  bool is_queueing : 1;      /* the owner sends something else first */
  bool is_paused : 1;        /* the owner wants no input */
  bool is_throttled : 1;     /* too much came; see net/throttle.h */
  bool is_blocked : 1;       /* the kernel refused output */
  bool is_full : 1;          /* STREAM: see uvws_connection_set_full */
  bool is_heard : 1;         /* something came since the last heartbeat */
  bool is_pinged : 1;        /* by the last heartbeat */
  bool is_read_ended : 1;    /* the peer's FIN came */
  bool is_end_kept : 1;      /* it came to a stream while a thread inflates */
  bool is_end_requested : 1; /* shut our side down once `out` is written */
  bool is_write_ended : 1;   /* our side is shut down */
  bool is_write_failed : 1;  /* output goes nowhere any more */
  bool is_dead : 1;          /* waits for its on_closed */
  uvws_session_t session;
  uvws_buffer_t out; /* unwritten output from out_start on */
  size_t out_start;
  struct uvws_backlog *backlog; /* goes before `out`; NULL: nothing */
  uvws_list_t dirty;            /* in loop->dirty */
  union {
    uvws_deadline_t deadline;
    uvws_corpse_t corpse; /* where is_dead */
  };
  uvws_throttle_t *throttle; /* NULL: the peer may send what it likes */
  struct uvws_hub *hub;      /* NULL: a member of none */
  uvws_list_t of_hub;        /* in hub->members */
  uvws_subscriber_t subscriber;
  uvws_subscription_t *shared; /* by which it shares output, or NULL */
  uvws_connection_compression_t compression[]; /* one where has_compression */
};

typedef struct uvws_connection_config {
  uvws_transport_t transport;
  int fd;                 /* -1 for STREAM */
  bool reads_all;         /* uvws_socket_reads_all(fd) */
  uvws_watcher_t *former; /* of fd, or NULL; unwatched on success */
  const uvws_session_options_t *options;        /* borrowed until on_closed */
  const uvws_connection_callbacks_t *callbacks; /* borrowed until on_closed */
  void *user;
  uint32_t id;
  uvws_counters_t *counters; /* borrowed until on_closed; zeroed here */
} uvws_connection_config_t;

/* Makes a connection that reads at once and, where it has a descriptor, keeps
 * the loop alive. NULL without memory or where the descriptor can't be watched:
 * the descriptor is then still the caller's. Ends in exactly one on_closed. */
uvws_connection_t *uvws_connection_new(uvws_loop_t *loop,
                                       const uvws_connection_config_t *config);

/* Queues a frame, compressed where that was agreed; see uvws_session_send. The
 * payload is copied or written before the call returns. Dropped silently where
 * the transport has failed already. */
UVWS_MUST_USE uvws_status_t uvws_connection_send(uvws_connection_t *connection,
                                                 uvws_outgoing_t what,
                                                 uvws_slice_t payload);

/* Compresses on a thread of the pool what uvws_session_compresses, and may be
 * too much to keep the loop waiting. The payload is copied, unless it is what
 * others of the kind wait for already: these share the work. on_deflated
 * follows, unless the connection dies before; until _send_deflated has queued
 * the frame the owner sends nothing else, as order is his. ERR_NO_MEMORY
 * changes nothing. */
UVWS_MUST_USE uvws_status_t uvws_connection_deflate(
    uvws_connection_t *connection, uvws_outgoing_t what, uvws_slice_t payload);
UVWS_MUST_USE uvws_status_t
uvws_connection_send_deflated(uvws_connection_t *connection);

/* For payloads that are written in place and not to be compressed, whatever
 * their length (uvws_session_compresses); see uvws_sender_prepare. *what and
 * key are completed for the session's role and must be handed to _commit. */
uint8_t *uvws_connection_prepare(uvws_connection_t *connection,
                                 uvws_outgoing_t *what,
                                 uint8_t key[UVWS_MASK_KEY_LEN], size_t room);
void uvws_connection_commit(uvws_connection_t *connection,
                            const uvws_outgoing_t *what, size_t room,
                            size_t len);

/* Queues bytes that the session did not frame (the 101, frames that the caller
 * made), in one or two pieces; the second may be empty. */
UVWS_MUST_USE uvws_status_t uvws_connection_write(uvws_connection_t *connection,
                                                  uvws_slice_t bytes,
                                                  uvws_slice_t more);

/* Starts the close timeout, at whose end the connection is terminated, unless a
 * deadline is running. */
void uvws_connection_expect_close(uvws_connection_t *connection);

/* Queues our close frame, and _expect_close; see uvws_session_close. */
UVWS_MUST_USE uvws_status_t uvws_connection_close(uvws_connection_t *connection,
                                                  uint16_t code,
                                                  uvws_slice_t reason);

/* See uvws_session_conclude. Reads on, even if paused, to see the peer's end;
 * what comes is ignored. */
void uvws_connection_conclude(uvws_connection_t *connection);

/* Ends our writing side once the output is written. */
void uvws_connection_end(uvws_connection_t *connection);

/* Holds output back until as many calls of _release: for a parked descriptor
 * whose owner has bytes of its own still to write. What is held counts as
 * buffered. */
void uvws_connection_hold(uvws_connection_t *connection);
void uvws_connection_release(uvws_connection_t *connection);

/* STREAM: whether the stream holds as much as it should, and how many bytes.
 * What is queued from then on counts as buffered, too. */
void uvws_connection_set_full(uvws_connection_t *connection, bool is_full,
                              size_t buffered);

/* Whether the owner sends something else first: nothing is published to it
 * meanwhile. */
void uvws_connection_set_queueing(uvws_connection_t *connection,
                                  bool is_queueing);

/* Whether output waits for the peer to read. */
static inline bool
uvws_connection_is_waiting(const uvws_connection_t *connection) {
  return connection->is_blocked || connection->is_full;
}

/* Whether a thread inflates what came, or compresses what is to go. */
static inline bool
uvws_connection_is_inflating(const uvws_connection_t *connection) {
  return connection->has_compression &&
         connection->compression->inflate_job != NULL;
}
static inline bool
uvws_connection_is_deflating(const uvws_connection_t *connection) {
  return connection->has_compression &&
         connection->compression->deflate_job != NULL;
}

/* Whether the connection keeps the loop alive; at first it does. */
void uvws_connection_ref(uvws_connection_t *connection);
void uvws_connection_unref(uvws_connection_t *connection);

/* Gives a descriptor of our own away: from now on it is parked. */
int uvws_connection_disown(uvws_connection_t *connection);

/* Stops and starts reading. */
void uvws_connection_pause(uvws_connection_t *connection);
void uvws_connection_resume(uvws_connection_t *connection);

/* Hands the output to the transport now. Calls no callback but on_output. */
void uvws_connection_flush(uvws_connection_t *connection);

/* Writes what the kernel takes of the output, then lets go of the transport: a
 * descriptor of our own is closed, a parked one is never touched again.
 * on_closed follows. Does nothing to a dead connection. */
void uvws_connection_terminate(uvws_connection_t *connection);

/* As _terminate, but without writing: the descriptor may be somebody else's
 * already. */
void uvws_connection_abandon(uvws_connection_t *connection);

/* STREAM, and bytes that came before the descriptor was ours: takes input in,
 * rewriting it. Notes go out as in a read, but on_read is not called. */
void uvws_connection_feed(uvws_connection_t *connection, uint8_t *data,
                          size_t len);

/* STREAM: the peer ended its side. Notes on_end and ends our side behind the
 * output; on_read is not called. */
void uvws_connection_feed_end(uvws_connection_t *connection);

#endif
