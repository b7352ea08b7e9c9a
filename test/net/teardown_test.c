/* The end of a loop with everything still alive on it, as when a worker is
 * terminated. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server.h"

enum { ENDS = 6 };

static const uvws_transport_t transports[ENDS] = {
    UVWS_TRANSPORT_OWNED, UVWS_TRANSPORT_PARKED, UVWS_TRANSPORT_STREAM,
    UVWS_TRANSPORT_OWNED, UVWS_TRANSPORT_PARKED, UVWS_TRANSPORT_STREAM};

typedef struct world {
  kit_t *kit;
  server_t *server;
  kit_end_t *ends[ENDS];
  int fds[ENDS];
  int clients[2];
  bool is_down;
} world_t;

/* Connections of each kind with output, input and a close timeout under way, a
 * listener with an unfinished head and one that was not accepted yet. */
static world_t *make_world(kit_t *kit) {
  world_t *world = calloc(1, sizeof(*world));
  world->kit = kit;
  world->server = server_new(kit, 1000);
  world->clients[0] = client_dial(world->server);
  client_say(world->clients[0], SERVER_REQUEST, 20);
  kit_turn(kit, 2);
  for (int i = 0; i < ENDS; i++) {
    world->ends[i] = kit_connect(kit, transports[i]);
    world->ends[i]->arg = world;
    world->fds[i] = world->ends[i]->fd;
    peer_write(world->ends[i], "\x81\xfe\x01", 3); /* half a header */
  }
  kit_turn(kit, 2);
  for (int i = 0; i < ENDS; i++) {
    kit_send(world->ends[i], UVWS_OPCODE_TEXT, "deferred", 8);
  }
  assert_int_equal(uvws_connection_close(world->ends[3]->connection, 1000,
                                         uvws_slice("", 0)),
                   UVWS_OK);
  world->clients[1] = client_dial(world->server);
  return world;
}

/* What the binding does when its environment ends: parked descriptors may be
 * anybody's by then. */
static void tear_down(world_t *world) {
  world->is_down = true;
  for (int i = 0; i < ENDS; i++) {
    uvws_connection_t *connection = world->ends[i]->connection;
    if (connection->is_owned) {
      uvws_connection_hold(connection);
      uvws_connection_terminate(connection);
    } else {
      uvws_connection_abandon(connection);
    }
  }
  uvws_listener_close(world->server->listener);
  kit_close_loop(world->kit);
}

static void assert_world_is_gone(world_t *world) {
  kit_run_dry(world->kit);
  assert_true(world->kit->is_loop_closed);
  assert_null(world->server->listener);
  assert_int_equal(world->server->count, 0);
  for (int i = 0; i < ENDS; i++) {
    assert_int_equal(world->ends[i]->counts[KIT_CLOSED], 1);
    if (transports[i] == UVWS_TRANSPORT_PARKED) {
      peer_expect_nothing(world->ends[i]);
      close(world->fds[i]);
    }
    kit_disconnect(world->ends[i]);
  }
  close(world->clients[0]);
  close(world->clients[1]);
  free(world->server);
  free(world);
}

static void a_loop_ends_with_all_that_lives_on_it(void **state) {
  world_t *world = make_world(*state);
  tear_down(world);
  assert_world_is_gone(world);
}

static void tear_down_on_read(kit_end_t *end, kit_event_t event) {
  world_t *world = end->arg;
  if (event == KIT_READ && !world->is_down) {
    tear_down(world);
  }
}

/* All connections are heard of in one batch, and the first ends everything. */
static void a_loop_may_end_from_within_a_batch(void **state) {
  kit_t *kit = *state;
  world_t *world = make_world(kit);
  for (int i = 0; i < ENDS; i++) {
    world->ends[i]->act = tear_down_on_read;
    if (transports[i] != UVWS_TRANSPORT_STREAM) {
      peer_write(world->ends[i], "\x00", 1);
    }
  }
  uv_run(&kit->uv, UV_RUN_NOWAIT);
  assert_true(world->is_down);
  /* What was sent before was written by the turn that it all ended in. */
  for (int i = 0; i < ENDS; i++) {
    if (transports[i] == UVWS_TRANSPORT_PARKED) {
      uint8_t heard[10];
      assert_int_equal(read(world->ends[i]->peer, heard, 10), 10);
    }
  }
  assert_world_is_gone(world);
}

static void tear_down_on_close(kit_end_t *end, kit_event_t event) {
  world_t *world = end->arg;
  if (event == KIT_CLOSED && !world->is_down) {
    end->connection->is_owned = false; /* it is dead already */
    tear_down(world);
  }
}

/* The reaper itself is under way then. */
static void a_loop_may_end_while_it_reaps(void **state) {
  kit_t *kit = *state;
  world_t *world = make_world(kit);
  for (int i = 0; i < ENDS; i++) {
    uvws_connection_hold(world->ends[i]->connection);
  }
  world->ends[0]->act = tear_down_on_close;
  uvws_connection_terminate(world->ends[0]->connection);
  uvws_connection_terminate(world->ends[3]->connection);
  uv_run(&kit->uv, UV_RUN_NOWAIT);
  assert_true(world->is_down);
  assert_world_is_gone(world);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      KIT_TEST(a_loop_ends_with_all_that_lives_on_it),
      KIT_TEST(a_loop_may_end_from_within_a_batch),
      KIT_TEST(a_loop_may_end_while_it_reaps),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
