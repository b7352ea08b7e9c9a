/* What a hub asks of its members: to read, and to be heard of. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "members.h"

static void a_slow_member_is_refused_more_than_its_limit(void **state) {
  (void)state;
  const uvws_limits_t limits = {.max_buffered = 300000};
  members_t *members = members_begin(UVWS_TRANSPORT_OWNED, &limits);
  uint8_t *bytes = calloc(1, 400000);
  assert_non_null(bytes);
  members_subscribe(members, 0, "a");
  /* One that exceeds the limit alone, and one that fits on top of its rest. */
  assert_int_equal(members_publish(members, "a", bytes, 400000), 1);
  double rest = members->ends[0]->counters.buffered;
  assert_true(rest > 0 && rest < 299000);
  assert_int_equal(members_publish(members, "a", bytes, 1000), 1);
  assert_int_equal(members_publish(members, "a", bytes, 300000), 0);
  assert_int_equal(members->refused, 1);
  assert_true(members->ends[0]->counters.buffered == rest + 1004);
  peer_read(members->ends[0], bytes, 400000);
  free(bytes);
  members_finish(members);
}

static void a_full_stream_is_refused_more_than_its_limit(void **state) {
  (void)state;
  const uvws_limits_t limits = {.max_buffered = 100};
  members_t *members = members_begin(UVWS_TRANSPORT_STREAM, &limits);
  members_subscribe(members, 0, "a");
  assert_int_equal(members_publish(members, "a", "12345", 5), 1);
  uvws_connection_set_full(members->ends[0]->connection, true, 94);
  assert_int_equal(members_publish(members, "a", "123456", 6), 1);
  assert_int_equal(members_publish(members, "a", "1", 1), 0);
  assert_int_equal(members->refused, 1);
  uvws_connection_set_full(members->ends[0]->connection, false, 0);
  assert_int_equal(members_publish(members, "a", "1", 1), 1);
  members_expect(members->ends[0],
                 "\x81\x05"
                 "12345\x81\x06"
                 "123456\x81\x01"
                 "1",
                 18);
  members_finish(members);
}

/* ---- Compressing ---- */

static void few_are_left_to_be_compressed_for_apart(void **state) {
  (void)state;
  const uvws_limits_t limits = {.deflate_apart_at = 1000};
  members_t *members = members_begin(UVWS_TRANSPORT_STREAM, &limits);
  uvws_compression_options_t agreed = {.inflate_window_bits = 15,
                                       .deflate_takes_over = true};
  uvws_compression_t compression;
  agreed.deflate =
      (uvws_deflate_options_t){.level = 1, .mem_level = 1, .window_bits = 9};
  uvws_compression_init(&compression, &members->kit->mem.mem, &agreed);
  uvws_session_options_t options = members->kit->options;
  options.receiver.compression = &compression;
  uvws_outgoing_t what = {
      .opcode = UVWS_OPCODE_BINARY, .is_final = true, .is_compressed = true};
  uint8_t bytes[1000] = {0};
  for (size_t i = 0; i < 2; i++) {
    members_replace(members, i, &options);
  }
  assert_int_equal(uvws_hub_broadcast(members->hub, NULL, what,
                                      uvws_slice(bytes, sizeof(bytes))),
                   MEMBERS - 2);
  assert_int_equal(members->refused, 2);
  /* A shorter one, one that is not to be compressed, and one for many. */
  assert_int_equal(uvws_hub_broadcast(members->hub, NULL, what,
                                      uvws_slice(bytes, sizeof(bytes) - 1)),
                   MEMBERS);
  members->hub->totals.open += UVWS_HUB_FEW;
  assert_int_equal(uvws_hub_broadcast(members->hub, NULL, what,
                                      uvws_slice(bytes, sizeof(bytes))),
                   MEMBERS);
  members->hub->totals.open -= UVWS_HUB_FEW;
  what.is_compressed = false;
  assert_int_equal(uvws_hub_broadcast(members->hub, NULL, what,
                                      uvws_slice(bytes, sizeof(bytes))),
                   MEMBERS);
  assert_int_equal(members->refused, 2);
  members_disconnect(members);
  uvws_compression_deinit(&compression);
  kit_free(members->kit);
  free(members);
}

/* ---- Heartbeats ---- */

#define HEARTBEAT_MS 8

static members_t *begin_beating(uvws_transport_t transport) {
  const uvws_limits_t limits = {.heartbeat_ms = HEARTBEAT_MS};
  return members_begin(transport, &limits);
}

static bool has_lost_all_but_one(void *hub) {
  return ((uvws_hub_t *)hub)->totals.open == 1;
}

/* The one that is heard is the peer of ends[0], which answers. */
static void answer(uv_timer_t *timer) {
  members_t *members = timer->data;
  static uint8_t pong[] = {0x8a, 0x80, 0, 0, 0, 0};
  kit_end_t *end = members->ends[0];
  if (end->peer >= 0) {
    peer_write(end, pong, sizeof(pong));
  } else {
    uint8_t *copy = support_copy(pong, sizeof(pong));
    uvws_connection_feed(end->connection, copy, sizeof(pong));
    free(copy);
  }
}

static void silent_members_are_pinged_and_terminated(void **state) {
  (void)state;
  for (size_t t = 0; t < 3; t++) {
    members_t *members = begin_beating(members_transports[t]);
    uv_timer_t timer;
    uint8_t ping[2];
    assert_int_equal(uv_timer_init(&members->kit->uv, &timer), 0);
    timer.data = members;
    assert_int_equal(uv_timer_start(&timer, answer, 0, 1), 0);
    kit_run(members->kit, has_lost_all_but_one, members->hub);
    uv_close((uv_handle_t *)&timer, NULL);
    assert_null(members->ends[1]->connection);
    assert_non_null(members->ends[0]->connection);
    assert_true(members->hub->totals.silent == MEMBERS - 1);
    assert_true(members->ends[1]->counters.written == 2);
    assert_true(members->ends[0]->counters.written == 0);
    if (members->ends[1]->peer >= 0) {
      assert_int_equal(read(members->ends[1]->peer, ping, sizeof(ping)), 2);
      assert_memory_equal(ping, "\x89\x00", 2);
    }
    members_finish(members);
  }
}

static void who_is_paused_is_not_judged(void **state) {
  (void)state;
  members_t *members = begin_beating(UVWS_TRANSPORT_OWNED);
  uvws_connection_pause(members->ends[0]->connection);
  kit_run(members->kit, has_lost_all_but_one, members->hub);
  kit_turn(members->kit, 3);
  assert_non_null(members->ends[0]->connection);
  assert_true(members->ends[0]->counters.written == 0);
  assert_true(members->hub->totals.silent == MEMBERS - 1);
  members_finish(members);
}

static void heartbeats_stop_with_the_last_member(void **state) {
  (void)state;
  members_t *members = begin_beating(UVWS_TRANSPORT_OWNED);
  for (size_t i = 0; i < MEMBERS; i++) {
    uvws_hub_leave(members->ends[i]->connection);
  }
  assert_true(uvws_list_is_empty(&members->kit->loop.deadlines));
  uvws_hub_join(members->hub, members->ends[0]->connection);
  assert_false(uvws_list_is_empty(&members->kit->loop.deadlines));
  members_finish(members);
}

/* Lets the hub's time come; no clock runs on meanwhile. */
static void beat(uvws_hub_t *hub) {
  hub->heartbeat.on_expired(&hub->heartbeat);
}

static void each_member_has_an_interval_of_its_own(void **state) {
  (void)state;
  const uvws_limits_t limits = {.heartbeat_ms = 60000};
  members_t *members = members_begin(UVWS_TRANSPORT_STREAM, &limits);
  uvws_connection_t *late = members->ends[3]->connection;
  /* The first in the queue is the one that was looked at longest ago. */
  late->beat_at_ms -= 60000;
  uvws_list_remove(&late->of_hub);
  uvws_list_push(members->hub->members.next, &late->of_hub);
  beat(members->hub);
  for (size_t i = 0; i < MEMBERS; i++) {
    assert_int_equal(members->ends[i]->connection->is_pinged, i == 3);
  }
  assert_ptr_equal(members->hub->members.prev, &late->of_hub);
  assert_int_equal(late->beat_at_ms, (uint32_t)uv_now(&members->kit->uv));
  members_finish(members);
}

static void who_is_heard_at_the_last_moment_stays(void **state) {
  (void)state;
  const uvws_limits_t limits = {.heartbeat_ms = 60000};
  members_t *members = members_begin(UVWS_TRANSPORT_OWNED, &limits);
  uvws_deadline_t *deadlines[MEMBERS];
  for (int turns = 0; turns < 2; turns++) {
    for (size_t i = 0; i < MEMBERS; i++) {
      members->ends[i]->connection->beat_at_ms -= 60000;
    }
    beat(members->hub);
  }
  for (size_t i = 0; i < MEMBERS; i++) {
    deadlines[i] = &members->ends[i]->connection->deadline;
    assert_false(uvws_list_is_empty(&deadlines[i]->link));
  }
  peer_send(members->ends[0], UVWS_OPCODE_PONG, "");
  kit_turn(members->kit, 2);
  uvws_connection_pause(members->ends[1]->connection);
  for (size_t i = 0; i < 3; i++) {
    uvws_deadline_stop(deadlines[i]);
    deadlines[i]->on_expired(deadlines[i]);
  }
  kit_turn(members->kit, 2);
  assert_non_null(members->ends[0]->connection);
  assert_non_null(members->ends[1]->connection);
  assert_null(members->ends[2]->connection);
  assert_true(members->hub->totals.silent == 1);
  members_finish(members);
}

#define MANY 3000

static size_t count_pinged(kit_end_t *const ends[MANY]) {
  size_t count = 0;
  for (size_t i = 0; i < MANY; i++) {
    count += ends[i]->connection->is_pinged;
  }
  return count;
}

static void many_members_are_looked_at_in_portions(void **state) {
  kit_t *kit = *state;
  const uvws_limits_t limits = {.heartbeat_ms = 60000};
  uvws_hub_t *hub = uvws_hub_new(&kit->loop, &limits, NULL);
  static kit_end_t *ends[MANY];
  assert_non_null(hub);
  for (size_t i = 0; i < MANY; i++) {
    ends[i] = kit_connect(kit, UVWS_TRANSPORT_STREAM);
    uvws_hub_join(hub, ends[i]->connection);
    ends[i]->connection->beat_at_ms -= 60000;
  }
  size_t pinged = 0;
  for (size_t turns = 0; pinged < MANY; turns++) {
    beat(hub);
    size_t now = count_pinged(ends);
    assert_true(turns < 3 && now > pinged && now - pinged <= 1024);
    assert_true(now == MANY || hub->heartbeat.at_ms <= uv_now(&kit->uv) + 4);
    pinged = now;
  }
  uvws_hub_unref(hub);
  for (size_t i = 0; i < MANY; i++) {
    kit_disconnect(ends[i]);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_slow_member_is_refused_more_than_its_limit),
      cmocka_unit_test(a_full_stream_is_refused_more_than_its_limit),
      cmocka_unit_test(few_are_left_to_be_compressed_for_apart),
      cmocka_unit_test(silent_members_are_pinged_and_terminated),
      cmocka_unit_test(who_is_paused_is_not_judged),
      cmocka_unit_test(heartbeats_stop_with_the_last_member),
      cmocka_unit_test(each_member_has_an_interval_of_its_own),
      cmocka_unit_test(who_is_heard_at_the_last_moment_stays),
      KIT_TEST(many_members_are_looked_at_in_portions),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
