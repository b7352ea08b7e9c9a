/* Memory that fails at the n-th call: the connection that wanted it may end,
 * nothing leaks, nothing crashes, the others live on. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kit.h"

#define CALLS_MAX 200

static const uvws_transport_t transports[] = {
    UVWS_TRANSPORT_OWNED, UVWS_TRANSPORT_PARKED, UVWS_TRANSPORT_STREAM};

/* As the binding does: half a frame must not go out. */
static void end_unless_ok(kit_end_t *end, uvws_status_t status) {
  if (status != UVWS_OK) {
    assert_int_equal(status, UVWS_ERR_NO_MEMORY);
    uvws_connection_terminate(end->connection);
  }
}

static void send_any(kit_end_t *end, const uint8_t *bytes, size_t len) {
  uvws_outgoing_t what = {.opcode = UVWS_OPCODE_BINARY, .is_final = true};
  if (end->connection != NULL && !end->connection->session.is_close_sent) {
    end_unless_ok(end, uvws_connection_send(end->connection, what,
                                            uvws_slice(bytes, len)));
  }
}

static void send_in_place(kit_end_t *end) {
  uint8_t key[UVWS_MASK_KEY_LEN];
  uvws_outgoing_t what = {.opcode = UVWS_OPCODE_TEXT, .is_final = true};
  if (end->connection == NULL || end->connection->is_dead) {
    return;
  }
  uint8_t *room = uvws_connection_prepare(end->connection, &what, key, 1000);
  if (room == NULL) {
    uvws_connection_terminate(end->connection);
    return;
  }
  memset(room, 'x', 1000);
  uvws_connection_commit(end->connection, &what, 1000, 1000);
}

static void close_any(kit_end_t *end) {
  if (end->connection != NULL) {
    uvws_connection_conclude(end->connection);
    end_unless_ok(end, uvws_connection_close(end->connection, 1000,
                                             uvws_slice("why", 3)));
  }
}

/* Frames made beforehand, so that only the connection allocates. */
typedef struct script {
  uvws_buffer_t message;
  uvws_buffer_t ping;
  uint8_t *bytes;
  size_t len;
} script_t;

static void hear(kit_end_t *end, uvws_buffer_t *frame, size_t from,
                 size_t len) {
  if (end->connection == NULL || end->connection->is_dead) {
    return;
  }
  if (end->peer < 0) {
    uint8_t *copy = support_copy(frame->data + from, len);
    uvws_connection_feed(end->connection, copy, len);
    free(copy);
  } else {
    assert_int_equal(write(end->peer, frame->data + from, len), len);
  }
  kit_turn(end->kit, 4);
}

/* A life that allocates wherever there is something to allocate. */
static void live(kit_end_t *end, script_t *script) {
  size_t half = script->message.len / 2;
  hear(end, &script->message, 0, half);
  hear(end, &script->message, half, script->message.len - half);
  hear(end, &script->ping, 0, 4);
  hear(end, &script->ping, 4, script->ping.len - 4);
  send_any(end, script->bytes, 100);
  send_in_place(end);
  fault.write_max = 10;
  send_any(end, script->bytes, script->len); /* refused in the middle of it */
  send_any(end, script->bytes, script->len);
  send_any(end, script->bytes, 5000);
  kit_turn(end->kit, 3);
  fault.write_max = 0;
  kit_turn(end->kit, 3);
  send_any(end, script->bytes, 1000);
  send_any(end, script->bytes, 1000); /* the same again: kept, not copied */
  send_any(end, script->bytes, script->len);
  close_any(end);
  kit_turn(end->kit, 3);
}

static void run_script(kit_t *kit, uvws_transport_t transport, script_t *script,
                       size_t fail_at) {
  int fds[2] = {-1, -1};
  if (transport != UVWS_TRANSPORT_STREAM) {
    kit_tcp_pair(fds);
  }
  kit->mem.calls = 0;
  kit->mem.fail_at = fail_at;
  kit_end_t *end = kit_connect_over(kit, transport, fds[0], fds[1]);
  bool is_left = fds[0] >= 0 && (end->connection == NULL ||
                                 transport == UVWS_TRANSPORT_PARKED);
  if (end->connection == NULL) {
    end->counts[KIT_CLOSED] = 1; /* as kit_disconnect wants it */
  } else {
    live(end, script);
    if (end->connection != NULL) {
      uvws_connection_terminate(end->connection);
      kit_run(kit, kit_is_closed, end);
    }
  }
  kit_disconnect(end);
  if (is_left) {
    close(fds[0]);
  }
}

/* Gives whether the allocation that was to fail was reached. kit_free looks for
 * what leaked. */
static bool fail_once(uvws_transport_t transport, size_t fail_at) {
  kit_t *kit = kit_new(65536);
  kit_end_t *witness = kit_connect(kit, UVWS_TRANSPORT_OWNED);
  script_t script = {.bytes = calloc(1, 100000), .len = 100000};
  script.message = peer_frame(witness, UVWS_OPCODE_BINARY, script.bytes, 20000);
  script.ping = peer_frame(witness, UVWS_OPCODE_PING, "ping", 4);
  run_script(kit, transport, &script, fail_at);
  bool is_reached = kit->mem.calls >= fail_at;
  kit->mem.fail_at = 0;
  peer_send(witness, UVWS_OPCODE_TEXT, "alive");
  kit_turn(kit, 2);
  kit_assert_log(witness, "message:alive read");
  uvws_buffer_deinit(&script.message, &kit->mem.mem);
  uvws_buffer_deinit(&script.ping, &kit->mem.mem);
  free(script.bytes);
  kit_disconnect(witness);
  kit_free(kit);
  return is_reached;
}

static void each_allocation_may_fail(void **state) {
  (void)state;
  for (size_t t = 0; t < 3; t++) {
    size_t fail_at = 1;
    while (fail_once(transports[t], fail_at)) {
      fail_at++;
      assert_true(fail_at < CALLS_MAX);
    }
    assert_true(fail_at > 5);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_allocation_may_fail)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
