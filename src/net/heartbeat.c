#include "net/heartbeat.h"

#include "net/connection_internal.h"

/* Members that one loop turn looks at: some milliseconds where all are pinged.
 */
#define PORTION 1024

/* One who is due is looked at up to this share of the interval late, with the
 * others who are due then; so long it takes to end one who is silent. */
#define LATE_SHARE 32

static uvws_connection_t *first_of(const uvws_hub_t *hub) {
  return UVWS_CONTAINER_OF(hub->members.next, uvws_connection_t, of_hub);
}

static uint32_t now_ms(const uvws_hub_t *hub) {
  return (uint32_t)uvws_loop_now(hub->loop);
}

/* ms until the member's turn; 0: it is due. */
static uint32_t wait_for(const uvws_hub_t *hub,
                         const uvws_connection_t *connection) {
  uint32_t age = now_ms(hub) - connection->beat_at_ms;
  return age < hub->limits.heartbeat_ms ? hub->limits.heartbeat_ms - age : 0;
}

/* As everything here: calls nothing of the application. */
static void ping(uvws_connection_t *connection) {
  uvws_outgoing_t what = {.opcode = UVWS_OPCODE_PING, .is_final = true};
  uvws_buffer_t *out = uvws_connection_output(connection);
  size_t before = out->len;
  if (uvws_session_send(&connection->session, out, what, uvws_slice(NULL, 0)) ==
      UVWS_OK) {
    (void)uvws_connection_gathered(connection, out->len - before);
  } else {
    uvws_connection_die(connection);
  }
}

/* Who is closing has a deadline of its own; who is not read can't be heard. */
static bool is_judged(const uvws_connection_t *connection) {
  return !connection->is_dead && !connection->is_write_failed &&
         !connection->is_paused && !connection->is_throttled &&
         !connection->is_read_ended &&
         !uvws_connection_is_inflating(connection) &&
         !connection->session.is_close_sent;
}

static void beat(uvws_hub_t *hub, uvws_connection_t *connection) {
  if (connection->is_heard || !is_judged(connection)) {
    connection->is_heard = false;
    connection->is_pinged = false;
  } else if (!connection->is_pinged) {
    connection->is_pinged = true;
    ping(connection);
  } else {
    uvws_deadline_start(hub->loop, &connection->deadline,
                        hub->limits.heartbeat_ms / LATE_SHARE);
  }
}

/* Where the loop stood still, what came meanwhile is read behind the timers. */
bool uvws_heartbeat_pardons(uvws_connection_t *connection) {
  bool is_ours = connection->hub != NULL && connection->is_pinged &&
                 !connection->session.is_close_sent &&
                 !connection->is_write_failed;
  if (is_ours && (connection->is_heard || !is_judged(connection))) {
    return true;
  }
  if (is_ours) {
    connection->hub->totals.silent++;
  }
  return false;
}

static void expect_next(uvws_hub_t *hub) {
  uint32_t least = hub->limits.heartbeat_ms / LATE_SHARE;
  uint32_t wait = wait_for(hub, first_of(hub));
  if (wait > 0 && wait < least) {
    wait = least;
  }
  uvws_deadline_start(hub->loop, &hub->heartbeat, wait);
}

static void on_heartbeat(uvws_deadline_t *deadline) {
  uvws_hub_t *hub = UVWS_CONTAINER_OF(deadline, uvws_hub_t, heartbeat);
  for (size_t i = 0; i < PORTION && wait_for(hub, first_of(hub)) == 0; i++) {
    uvws_connection_t *connection = first_of(hub);
    uvws_list_remove(&connection->of_hub);
    uvws_list_push(&hub->members, &connection->of_hub);
    connection->beat_at_ms = now_ms(hub);
    beat(hub, connection);
  }
  expect_next(hub);
}

void uvws_heartbeat_init(uvws_hub_t *hub) {
  uvws_deadline_init(&hub->heartbeat, on_heartbeat);
}

void uvws_heartbeat_join(uvws_hub_t *hub, uvws_connection_t *connection) {
  if (hub->limits.heartbeat_ms == 0) {
    return;
  }
  connection->is_heard = false;
  connection->beat_at_ms = now_ms(hub);
  if (uvws_list_is_empty(&hub->members)) {
    uvws_deadline_start(hub->loop, &hub->heartbeat, hub->limits.heartbeat_ms);
  }
}

void uvws_heartbeat_leave(uvws_hub_t *hub) {
  if (uvws_list_is_empty(&hub->members)) {
    uvws_deadline_stop(&hub->heartbeat);
  }
}
