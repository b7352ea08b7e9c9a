#include "kit.h"
#include "net/socket.h"
#include "net/throttle.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SLAB_LEN 65536
#define CLOSE_TIMEOUT_MS 60000
#define HANG_SECONDS 60 /* a hang becomes a dead program */
#define TURNS_MAX 1000000
#define IDLE_MS 1 /* between looks at the clock, where nothing happens */

static const char *const names[KIT_EVENTS] = {
    "message",   "ping", "pong",    "close",    "failure", "end",   "inflating",
    "throttled", "read", "written", "deflated", "output",  "closed"};

/* ---- The kit ---- */

int kit_count_descriptors(void) {
  DIR *folder = opendir("/proc/self/fd");
  int count = 0;
  assert_non_null(folder);
  while (readdir(folder) != NULL) {
    count++;
  }
  closedir(folder);
  return count;
}

/* The first loop of a process makes descriptors that stay. */
static void warm_up(void) {
  uv_loop_t uv;
  assert_int_equal(uv_loop_init(&uv), 0);
  assert_int_equal(uv_loop_close(&uv), 0);
}

kit_t *kit_new(size_t slab_len) {
  kit_t *kit = calloc(1, sizeof(*kit));
  assert_non_null(kit);
  warm_up();
  alarm(HANG_SECONDS);
  fault_reset();
  kit->descriptors = kit_count_descriptors();
  support_mem_init(&kit->mem, 0);
  kit->slab = malloc(slab_len);
  kit->slab_len = slab_len;
  assert_non_null(kit->slab);
  assert_int_equal(uv_loop_init(&kit->uv), 0);
  kit->uv.data = kit;
  assert_int_equal(
      uvws_loop_init(&kit->loop, &kit->uv, &kit->mem.mem, kit->slab, slab_len),
      0);
  kit->loop.user = kit;
  kit->options =
      (uvws_session_options_t){.receiver = {.mem = &kit->mem.mem,
                                            .is_valid_utf8 = uvws_utf8_is_valid,
                                            .is_server = true},
                               .close_timeout_ms = CLOSE_TIMEOUT_MS};
  return kit;
}

static void on_loop_closed(uvws_loop_t *loop) {
  kit_t *kit = loop->user;
  kit->is_loop_closed = true;
}

void kit_close_loop(kit_t *kit) { uvws_loop_close(&kit->loop, on_loop_closed); }

void kit_free(kit_t *kit) {
  if (!kit->loop.is_closing) {
    kit_close_loop(kit);
  }
  kit_run_dry(kit);
  assert_true(kit->is_loop_closed);
  assert_int_equal(uv_loop_close(&kit->uv), 0);
  assert_int_equal(kit->mem.live, 0);
  assert_int_equal(kit_count_descriptors(), kit->descriptors);
  assert_int_equal(fault.strays, 0);
  free(kit->slab);
  free(kit);
}

int kit_set_up(void **state) {
  *state = kit_new(SLAB_LEN);
  return 0;
}

int kit_tear_down(void **state) {
  kit_free(*state);
  return 0;
}

/* A loop that nothing keeps alive would not turn. */
static void turn(kit_t *kit, uv_run_mode mode) {
  uvws_loop_ref(&kit->loop);
  (void)uv_run(&kit->uv, mode);
  uvws_loop_unref(&kit->loop);
}

/* UV_RUN_ONCE would run a timer that is due and then, with none left, wait for
 * ever (libuv before 1.45). */
void kit_run(kit_t *kit, bool (*is_true)(void *arg), void *arg) {
  while (!is_true(arg)) {
    struct pollfd loop = {.fd = uv_backend_fd(&kit->uv), .events = POLLIN};
    (void)poll(&loop, 1, uv_backend_timeout(&kit->uv) == 0 ? 0 : IDLE_MS);
    turn(kit, UV_RUN_NOWAIT);
  }
}

void kit_turn(kit_t *kit, int turns) {
  while (turns-- > 0) {
    turn(kit, UV_RUN_NOWAIT);
  }
}

void kit_run_dry(kit_t *kit) { (void)uv_run(&kit->uv, UV_RUN_DEFAULT); }

/* ---- What happens to a connection ---- */

static void note(kit_end_t *end, kit_event_t event, uvws_slice_t payload) {
  size_t room = sizeof(end->log) - end->log_len;
  int len = snprintf(end->log + end->log_len, room, "%s%s",
                     end->log_len > 0 ? " " : "", names[event]);
  end->counts[event]++;
  if (payload.len > 0 && payload.len <= 16) {
    len = snprintf(end->log + end->log_len, room, "%s%s:%.*s",
                   end->log_len > 0 ? " " : "", names[event], (int)payload.len,
                   (const char *)payload.data);
  }
  if (len > 0 && (size_t)len < room) { /* a full log just stays */
    end->log_len += (size_t)len;
  }
  if (end->act != NULL) {
    end->act(end, event);
  }
}

static void note_number(kit_end_t *end, kit_event_t event, int number) {
  char text[16];
  int len = snprintf(text, sizeof(text), "%d", number);
  note(end, event, uvws_slice(text, (size_t)len));
}

static kit_end_t *end_of(void *user) {
  return ((uvws_connection_t *)user)->user;
}

static void on_message(void *user, uvws_opcode_t type, uvws_slice_t payload,
                       uvws_buffer_t *owned) {
  kit_end_t *end = end_of(user);
  (void)type;
  if (!uvws_throttle_admits(end->connection)) {
    return;
  }
  if (owned != NULL) { /* moving it out must be safe in every test */
    uvws_buffer_t taken = uvws_buffer_take(owned);
    assert_ptr_equal(taken.data, payload.data);
    end->message_bytes += payload.len;
    note(end, KIT_MESSAGE, payload);
    uvws_buffer_deinit(&taken, &end->kit->mem.mem);
    return;
  }
  end->message_bytes += payload.len;
  note(end, KIT_MESSAGE, payload);
}

static void on_ping(void *user, uvws_slice_t payload) {
  note(end_of(user), KIT_PING, payload);
}

static void on_pong(void *user, uvws_slice_t payload) {
  note(end_of(user), KIT_PONG, payload);
}

static void on_close(void *user, uint16_t code, uvws_slice_t reason) {
  (void)reason;
  note_number(end_of(user), KIT_CLOSE, code);
}

static void on_failure(uvws_connection_t *connection, uvws_status_t status,
                       uint32_t detail) {
  (void)detail;
  note_number(connection->user, KIT_FAILURE,
              status == UVWS_ERR_NO_MEMORY ? 0
                                           : uvws_status_info(status)->wire);
}

static void on_end(uvws_connection_t *connection) {
  note(connection->user, KIT_END, uvws_slice(NULL, 0));
}

static void on_inflating(uvws_connection_t *connection, bool is_begun) {
  note_number(connection->user, KIT_INFLATING, is_begun);
}

static void on_throttled(uvws_connection_t *connection, bool is_begun) {
  note_number(connection->user, KIT_THROTTLED, is_begun);
}

static void on_read(uvws_connection_t *connection) {
  note(connection->user, KIT_READ, uvws_slice(NULL, 0));
}

static void on_written(uvws_connection_t *connection) {
  note(connection->user, KIT_WRITTEN, uvws_slice(NULL, 0));
}

static void on_deflated(uvws_connection_t *connection) {
  note(connection->user, KIT_DEFLATED, uvws_slice(NULL, 0));
}

static void on_output(uvws_connection_t *connection, uvws_buffer_t *bytes,
                      bool is_end) {
  kit_end_t *end = connection->user;
  size_t at = end->streamed.len + bytes->len;
  uint8_t *data = realloc(end->streamed.data, at + 1);
  assert_non_null(data);
  if (bytes->len > 0) {
    memcpy(data + end->streamed.len, bytes->data, bytes->len);
  }
  assert_false(end->is_stream_ended);
  end->streamed = (uvws_buffer_t){data, at, at + 1};
  end->is_stream_ended = is_end;
  note(end, KIT_OUTPUT, uvws_slice(bytes->data, bytes->len));
}

static void on_closed(uvws_connection_t *connection) {
  kit_end_t *end = connection->user;
  assert_ptr_equal(end->connection, connection);
  note(end, KIT_CLOSED, uvws_slice(NULL, 0));
  end->connection = NULL;
}

static const uvws_connection_callbacks_t callbacks = {{.on_message = on_message,
                                                       .on_ping = on_ping,
                                                       .on_pong = on_pong,
                                                       .on_close = on_close},
                                                      on_failure,
                                                      on_end,
                                                      on_inflating,
                                                      on_throttled,
                                                      on_read,
                                                      on_written,
                                                      on_deflated,
                                                      on_output,
                                                      on_closed};

/* ---- Connecting ---- */

kit_end_t *kit_connect_over(kit_t *kit, uvws_transport_t transport, int fd,
                            int peer) {
  kit_end_t *end = calloc(1, sizeof(*end));
  assert_non_null(end);
  end->kit = kit;
  end->fd = fd;
  end->peer = peer;
  uvws_connection_config_t config = {.transport = transport,
                                     .fd = fd,
                                     .reads_all = uvws_socket_reads_all(fd),
                                     .options = &kit->options,
                                     .callbacks = &callbacks,
                                     .user = end,
                                     .id = 7,
                                     .counters = &end->counters};
  end->connection = uvws_connection_new(&kit->loop, &config);
  return end;
}

static void make_non_blocking(int fd) {
  assert_int_equal(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK), 0);
}

static kit_end_t *must_connect(kit_t *kit, uvws_transport_t transport,
                               const int fds[2]) {
  kit_end_t *end = kit_connect_over(kit, transport, fds[0], fds[1]);
  assert_non_null(end->connection);
  return end;
}

kit_end_t *kit_connect(kit_t *kit, uvws_transport_t transport) {
  int fds[2] = {-1, -1};
  if (transport != UVWS_TRANSPORT_STREAM) {
    assert_int_equal(
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds),
        0);
  }
  return must_connect(kit, transport, fds);
}

void kit_tcp_pair(int fds[2]) {
  struct sockaddr_in address = {.sin_family = AF_INET,
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t len = sizeof(address);
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  assert_int_equal(bind(listener, (struct sockaddr *)&address, len), 0);
  assert_int_equal(listen(listener, 1), 0);
  assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &len), 0);
  fds[1] = socket(AF_INET, SOCK_STREAM, 0);
  assert_int_equal(connect(fds[1], (struct sockaddr *)&address, len), 0);
  fds[0] = accept(listener, NULL, NULL);
  assert_true(fds[0] >= 0);
  close(listener);
  make_non_blocking(fds[0]);
  make_non_blocking(fds[1]);
}

kit_end_t *kit_connect_tcp(kit_t *kit, uvws_transport_t transport) {
  int fds[2];
  kit_tcp_pair(fds);
  return must_connect(kit, transport, fds);
}

bool kit_is_closed(void *end) { return ((kit_end_t *)end)->connection == NULL; }

void kit_disconnect(kit_end_t *end) {
  bool is_parked = end->connection != NULL && !end->connection->is_owned &&
                   !end->connection->is_stream;
  if (end->connection != NULL) {
    uvws_connection_terminate(end->connection);
    kit_run(end->kit, kit_is_closed, end);
  }
  if (is_parked && end->fd >= 0) {
    close(end->fd);
  }
  peer_close(end);
  assert_int_equal(end->counts[KIT_CLOSED], 1);
  free(end->streamed.data);
  free(end);
}

void kit_assert_log(kit_end_t *end, const char *log) {
  end->log[end->log_len] = '\0';
  assert_string_equal(end->log, log);
  end->log_len = 0;
}

void kit_send(kit_end_t *end, uvws_opcode_t opcode, const void *payload,
              size_t len) {
  uvws_outgoing_t what = {.opcode = opcode, .is_final = true};
  assert_int_equal(
      uvws_connection_send(end->connection, what, uvws_slice(payload, len)),
      UVWS_OK);
}

/* ---- The peer ---- */

uvws_buffer_t peer_frame(kit_end_t *end, uvws_opcode_t opcode,
                         const void *payload, size_t len) {
  static const uint8_t key[UVWS_MASK_KEY_LEN] = {0x37, 0xfa, 0x21, 0x3d};
  uvws_buffer_t frame = uvws_buffer_empty();
  uvws_outgoing_t what = {.opcode = opcode, .is_final = true, .key = key};
  uvws_sender_t sender;
  uvws_sender_init(&sender);
  assert_int_equal(uvws_sender_frame(&sender, &frame, &end->kit->mem.mem, &what,
                                     uvws_slice(payload, len)),
                   UVWS_OK);
  return frame;
}

void peer_send(kit_end_t *end, uvws_opcode_t opcode, const char *payload) {
  uvws_buffer_t frame = peer_frame(end, opcode, payload, strlen(payload));
  peer_write(end, frame.data, frame.len);
  uvws_buffer_deinit(&frame, &end->kit->mem.mem);
}

void peer_write(kit_end_t *end, const void *bytes, size_t len) {
  if (end->peer < 0) { /* STREAM: the owner feeds */
    uint8_t *copy = support_copy(bytes, len);
    uvws_connection_feed(end->connection, copy, len);
    free(copy);
    return;
  }
  assert_int_equal(write(end->peer, bytes, len), len);
}

void peer_read(kit_end_t *end, uint8_t *into, size_t len) {
  size_t have = 0;
  for (int i = 0; have < len; i++) {
    ssize_t n = read(end->peer, into + have, len - have);
    assert_true(n > 0 || (n < 0 && errno == EAGAIN));
    assert_true(i < TURNS_MAX);
    have += n > 0 ? (size_t)n : 0;
    kit_turn(end->kit, 1);
  }
}

void peer_expect(kit_end_t *end, const void *bytes, size_t len) {
  uint8_t *heard = malloc(len);
  peer_read(end, heard, len);
  assert_memory_equal(heard, bytes, len);
  free(heard);
}

int peer_read_end(kit_end_t *end) {
  for (int i = 0; i < TURNS_MAX; i++) {
    uint8_t byte;
    ssize_t n = read(end->peer, &byte, 1);
    if (n == 0) {
      return 0;
    }
    assert_true(n < 0);
    if (errno != EAGAIN) {
      return errno;
    }
    kit_turn(end->kit, 1);
  }
  fail_msg("the stream does not end");
  return -1;
}

void peer_expect_nothing(kit_end_t *end) {
  uint8_t byte;
  assert_int_equal(read(end->peer, &byte, 1), -1);
  assert_int_equal(errno, EAGAIN);
}

void peer_reset(kit_end_t *end) {
  struct linger linger = {.l_onoff = 1, .l_linger = 0};
  assert_int_equal(
      setsockopt(end->peer, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)), 0);
  peer_close(end);
}

void peer_close(kit_end_t *end) {
  if (end->peer >= 0) {
    close(end->peer);
    end->peer = -1;
  }
}
