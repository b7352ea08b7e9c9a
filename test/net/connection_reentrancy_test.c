/* Everything that an owner may do, in each callback, on each transport. That
 * nothing is used after it is freed, that each connection ends in one on_closed
 * and that others live on is what is judged here. */
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kit.h"

static const uvws_transport_t transports[] = {
    UVWS_TRANSPORT_OWNED, UVWS_TRANSPORT_PARKED, UVWS_TRANSPORT_STREAM};

static uint8_t long_payload[UVWS_FLUSH_AT + 1];

/* ---- What is done ---- */

static void send_short(uvws_connection_t *connection) {
  uvws_outgoing_t what = {.opcode = UVWS_OPCODE_TEXT, .is_final = true};
  if (!connection->session.is_close_sent) {
    assert_int_equal(uvws_connection_send(connection, what, uvws_slice("x", 1)),
                     UVWS_OK);
  }
}

static void send_long(uvws_connection_t *connection) {
  uvws_outgoing_t what = {.opcode = UVWS_OPCODE_BINARY, .is_final = true};
  if (!connection->session.is_close_sent) {
    assert_int_equal(
        uvws_connection_send(connection, what,
                             uvws_slice(long_payload, sizeof(long_payload))),
        UVWS_OK);
  }
}

static void send_and_flush(uvws_connection_t *connection) {
  send_short(connection);
  uvws_connection_flush(connection);
}

static void close_normally(uvws_connection_t *connection) {
  assert_int_equal(uvws_connection_close(connection, 1000, uvws_slice("", 0)),
                   UVWS_OK);
}

static void conclude_and_close(uvws_connection_t *connection) {
  uvws_connection_conclude(connection);
  close_normally(connection);
}

static void hold_and_terminate(uvws_connection_t *connection) {
  uvws_connection_hold(connection);
  uvws_connection_terminate(connection);
}

static void pause_and_resume(uvws_connection_t *connection) {
  uvws_connection_pause(connection);
  uvws_connection_resume(connection);
}

static void hold_and_release(uvws_connection_t *connection) {
  uvws_connection_hold(connection);
  send_short(connection);
  uvws_connection_release(connection);
}

static void do_all(uvws_connection_t *connection) {
  send_short(connection);
  conclude_and_close(connection);
  uvws_connection_end(connection);
  pause_and_resume(connection);
  hold_and_terminate(connection);
  pause_and_resume(connection);
}

static void (*const actions[])(uvws_connection_t *) = {
    uvws_connection_terminate,
    uvws_connection_abandon,
    uvws_connection_end,
    uvws_connection_pause,
    uvws_connection_flush,
    uvws_connection_conclude,
    send_short,
    send_long,
    send_and_flush,
    close_normally,
    conclude_and_close,
    hold_and_terminate,
    pause_and_resume,
    hold_and_release,
    do_all};

enum { ACTIONS = sizeof(actions) / sizeof(actions[0]) };

#define TIMES_MAX 3 /* output that brings forth output would not end */

/* When it is done, and to whom. */
typedef struct plan {
  void (*action)(uvws_connection_t *connection);
  kit_event_t event;
  kit_end_t *target;
  int times;
} plan_t;

static void follow_plan(kit_end_t *end, kit_event_t event) {
  plan_t *plan = end->arg;
  if (event == plan->event && plan->target->connection != NULL &&
      plan->times++ < TIMES_MAX) {
    plan->action(plan->target->connection);
  }
}

/* ---- A life in which each event comes ---- */

static bool is_alive(const kit_end_t *end) {
  return end->connection != NULL && !end->connection->is_dead;
}

static void say(kit_end_t *end, uvws_opcode_t opcode, const char *payload) {
  if (is_alive(end)) {
    peer_send(end, opcode, payload);
  }
}

/* What the peer reads of what is sent, so that more can be written. */
static void drain_peer(kit_end_t *end) {
  uint8_t bytes[16384];
  for (int i = 0; end->peer >= 0 && i < 40; i++) {
    ssize_t n = read(end->peer, bytes, sizeof(bytes));
    if (n <= 0) {
      kit_turn(end->kit, 1);
    }
  }
}

static void live(kit_end_t *end) {
  if (is_alive(end)) {
    fault.write_max = 1;
    send_short(end->connection); /* brings on_written */
  }
  kit_turn(end->kit, 1);
  fault.write_max = 0;
  say(end, UVWS_OPCODE_TEXT, "a");
  say(end, UVWS_OPCODE_PING, "b");
  kit_turn(end->kit, 2);
  say(end, UVWS_OPCODE_PONG, "c");
  say(end, UVWS_OPCODE_CLOSE, "\x03\xe8");
  kit_turn(end->kit, 2);
  drain_peer(end);
  if (end->peer >= 0) {
    (void)shutdown(end->peer, SHUT_WR);
  } else if (is_alive(end)) {
    uvws_connection_feed_end(end->connection);
  }
  kit_turn(end->kit, 2);
}

/* Closes the descriptor too where it was not the connection's to close. */
static void end_life(kit_end_t *end) {
  int fd = end->fd;
  if (end->connection != NULL) {
    uvws_connection_terminate(end->connection);
    kit_run(end->kit, kit_is_closed, end);
  }
  kit_disconnect(end);
  if (fd >= 0 && fcntl(fd, F_GETFD) >= 0) {
    close(fd);
  }
}

static void
a_connection_may_be_dealt_with_in_each_of_its_callbacks(void **state) {
  for (size_t t = 0; t < 3; t++) {
    for (int action = 0; action < ACTIONS; action++) {
      for (int event = 0; event < KIT_EVENTS; event++) {
        kit_end_t *end = kit_connect(*state, transports[t]);
        plan_t plan = {actions[action], (kit_event_t)event, end, 0};
        end->act = follow_plan;
        end->arg = &plan;
        live(end);
        end_life(end);
      }
    }
  }
}

static void
another_connection_may_be_dealt_with_in_each_callback(void **state) {
  for (int action = 0; action < ACTIONS; action++) {
    for (int event = 0; event < KIT_EVENTS; event++) {
      kit_end_t *end = kit_connect(*state, UVWS_TRANSPORT_OWNED);
      kit_end_t *other = kit_connect(*state, UVWS_TRANSPORT_OWNED);
      kit_end_t *witness = kit_connect(*state, UVWS_TRANSPORT_OWNED);
      plan_t plan = {actions[action], (kit_event_t)event, other, 0};
      end->act = follow_plan;
      end->arg = &plan;
      say(other, UVWS_OPCODE_TEXT, "of the same batch");
      live(end);
      end_life(end);
      end_life(other);
      peer_send(witness, UVWS_OPCODE_TEXT, "x");
      kit_turn(*state, 2);
      kit_assert_log(witness, "message:x read");
      kit_disconnect(witness);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      KIT_TEST(a_connection_may_be_dealt_with_in_each_of_its_callbacks),
      KIT_TEST(another_connection_may_be_dealt_with_in_each_callback),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
