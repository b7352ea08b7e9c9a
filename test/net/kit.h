/* What the tests of net share: a loop with everything that must be right at its
 * end, connections that write down what happens to them, and peers that are
 * plain descriptors. */
#ifndef UVWS_TEST_NET_KIT_H
#define UVWS_TEST_NET_KIT_H

#include "fault.h"
#include "net/connection.h"
#include "net/loop.h"
#include "support.h"

#define KIT_LOG_MAX 4096

typedef struct kit {
  uv_loop_t uv;
  uvws_loop_t loop;
  support_mem_t mem;
  uint8_t *slab;
  size_t slab_len;
  uvws_session_options_t options; /* of the server role */
  bool is_loop_closed;
  int descriptors; /* open when the test began */
} kit_t;

/* Makes the kit, with a slab of that size. For cmocka's setup and teardown see
 * below. */
kit_t *kit_new(size_t slab_len);

/* Closes the loop, runs it empty and frees the kit. Fails the test if memory,
 * a handle or a descriptor is left, or if a dead descriptor was touched. */
void kit_free(kit_t *kit);

/* As setup and teardown: *state is a kit with a slab of 64 KiB. */
int kit_set_up(void **state);
int kit_tear_down(void **state);

#define KIT_TEST(name)                                                         \
  cmocka_unit_test_setup_teardown(name, kit_set_up, kit_tear_down)

/* Turns the loop until the condition holds. */
void kit_run(kit_t *kit, bool (*is_true)(void *arg), void *arg);

/* Turns the loop that often without waiting for anything. */
void kit_turn(kit_t *kit, int turns);

/* Turns the loop until it has nothing to do any more. */
void kit_run_dry(kit_t *kit);

/* Begins to close the loop; kit->is_loop_closed once it is. */
void kit_close_loop(kit_t *kit);

int kit_count_descriptors(void);

/* ---- One connection and its peer ---- */

typedef enum kit_event {
  KIT_MESSAGE,
  KIT_PING,
  KIT_PONG,
  KIT_CLOSE,
  KIT_FAILURE,
  KIT_END,
  KIT_INFLATING,
  KIT_THROTTLED,
  KIT_READ,
  KIT_WRITTEN,
  KIT_DEFLATED,
  KIT_OUTPUT,
  KIT_CLOSED,
  KIT_EVENTS
} kit_event_t;

/* The owner's side of a connection. Log entries are separated by a blank; an
 * event is its name, with its payload behind a colon where there is one. */
typedef struct kit_end {
  kit_t *kit;
  uvws_connection_t *connection; /* NULL once it is closed */
  uvws_counters_t counters;
  int fd;   /* the connection's descriptor, -1 for a stream */
  int peer; /* the other end of it */
  char log[KIT_LOG_MAX];
  size_t log_len;
  size_t counts[KIT_EVENTS];
  size_t message_bytes;   /* sum of the payloads of messages */
  uvws_buffer_t streamed; /* STREAM: what was written */
  bool is_stream_ended;
  /* Called at the end of each callback, if set. */
  void (*act)(struct kit_end *end, kit_event_t event);
  void *arg; /* for act */
} kit_end_t;

/* Makes a connection in the server role over one end of a socket pair, or over
 * TCP; both ends are non-blocking. */
kit_end_t *kit_connect(kit_t *kit, uvws_transport_t transport);
kit_end_t *kit_connect_tcp(kit_t *kit, uvws_transport_t transport);

/* As above over a given pair of descriptors; the caller has set `connection` to
 * NULL where that fails. */
kit_end_t *kit_connect_over(kit_t *kit, uvws_transport_t transport, int fd,
                            int peer);

/* Ends what still lives, waits for on_closed, closes the peer and, of a parked
 * connection, the descriptor, and frees. */
void kit_disconnect(kit_end_t *end);

/* Ends connected through TCP over loopback, non-blocking. */
void kit_tcp_pair(int fds[2]);

bool kit_is_closed(void *end); /* for kit_run */

/* What happened so far, in one line; forgets it. */
void kit_assert_log(kit_end_t *end, const char *log);

/* Sends a message of the server. */
void kit_send(kit_end_t *end, uvws_opcode_t opcode, const void *payload,
              size_t len);

/* ---- The peer ---- */

/* Writes a masked frame, or bytes; all of it must fit into the socket. */
void peer_send(kit_end_t *end, uvws_opcode_t opcode, const char *payload);
void peer_write(kit_end_t *end, const void *bytes, size_t len);

/* A masked frame as bytes; ends in uvws_buffer_deinit. */
uvws_buffer_t peer_frame(kit_end_t *end, uvws_opcode_t opcode,
                         const void *payload, size_t len);

/* Turns the loop and reads until `len` bytes came; fails if the stream ends
 * before. */
void peer_read(kit_end_t *end, uint8_t *into, size_t len);

/* Reads and compares. */
void peer_expect(kit_end_t *end, const void *bytes, size_t len);

/* Turns the loop until the stream ends (0) or breaks (an errno); nothing may
 * come before. */
int peer_read_end(kit_end_t *end);

/* Nothing can be read, now. */
void peer_expect_nothing(kit_end_t *end);

/* Closes with a reset instead of a FIN; TCP only. */
void peer_reset(kit_end_t *end);
void peer_close(kit_end_t *end);

#endif
