/* Peers that send more than they may. */
#include "net/throttle.h"

#include <stdlib.h>
#include <string.h>

#include "members.h"

static members_t *begin(uvws_transport_t transport, uvws_rate_policy_t policy) {
  const uvws_limits_t limits = {.rate = policy};
  return members_begin(transport, &limits);
}

static void hear(kit_end_t *end, const char *payload, size_t times) {
  for (size_t i = 0; i < times; i++) {
    if (end->peer >= 0) {
      peer_send(end, UVWS_OPCODE_TEXT, payload);
    } else {
      uvws_buffer_t frame =
          peer_frame(end, UVWS_OPCODE_TEXT, payload, strlen(payload));
      uvws_connection_feed(end->connection, frame.data, frame.len);
      uvws_buffer_deinit(&frame, &end->kit->mem.mem);
    }
  }
}

static void too_many_messages_are_a_failure(void **state) {
  (void)state;
  for (size_t t = 0; t < 3; t++) {
    members_t *members = begin(members_transports[t],
                               (uvws_rate_policy_t){.rate = {3, 0, 3600000}});
    kit_end_t *end = members->ends[0];
    hear(end, "x", 5);
    kit_turn(members->kit, 3);
    assert_int_equal(end->counts[KIT_MESSAGE], 3);
    assert_int_equal(end->counts[KIT_FAILURE], 1);
    assert_int_equal(end->counts[KIT_THROTTLED], 0);
    hear(members->ends[1], "x", 3);
    kit_turn(members->kit, 3);
    assert_int_equal(members->ends[1]->counts[KIT_MESSAGE], 3);
    assert_int_equal(members->ends[1]->counts[KIT_FAILURE], 0);
    members_finish(members);
  }
}

static void too_many_bytes_are_a_failure(void **state) {
  (void)state;
  members_t *members = begin(UVWS_TRANSPORT_OWNED,
                             (uvws_rate_policy_t){.rate = {0, 20, 3600000}});
  hear(members->ends[0], "12345", 1);
  kit_turn(members->kit, 3);
  kit_assert_log(members->ends[0], "message:12345 read");
  hear(members->ends[0], "12345", 1);
  kit_turn(members->kit, 3);
  kit_assert_log(members->ends[0], "message:12345 failure:1008 read");
  hear(members->ends[0], "12345", 1);
  kit_turn(members->kit, 3);
  kit_assert_log(members->ends[0], "read");
  members_finish(members);
}

static bool has_heard_all(void *end) {
  return ((kit_end_t *)end)->counts[KIT_MESSAGE] == 8;
}

static void a_pause_ends_when_it_is_time(void **state) {
  (void)state;
  members_t *members =
      begin(UVWS_TRANSPORT_OWNED,
            (uvws_rate_policy_t){.rate = {2, 0, 20}, .is_pausing = true});
  kit_end_t *end = members->ends[0];
  hear(end, "x", 4);
  kit_turn(members->kit, 2);
  assert_true(end->connection->is_throttled);
  assert_int_equal(end->counts[KIT_MESSAGE], 4);
  assert_int_equal(end->counts[KIT_THROTTLED], 1);
  hear(end, "x", 4);
  kit_run(members->kit, has_heard_all, end);
  assert_int_equal(end->counts[KIT_FAILURE], 0);
  assert_true(end->counts[KIT_THROTTLED] >= 2);
  members_finish(members);
}

static bool may_send_again(void *end) {
  return ((kit_end_t *)end)->counts[KIT_THROTTLED] == 2;
}

static void a_stream_is_told_when_to_pause(void **state) {
  (void)state;
  members_t *members =
      begin(UVWS_TRANSPORT_STREAM,
            (uvws_rate_policy_t){.rate = {1, 0, 10}, .is_pausing = true});
  kit_end_t *end = members->ends[0];
  hear(end, "x", 2);
  kit_assert_log(end, "message:x throttled:1 message:x");
  kit_run(members->kit, may_send_again, end);
  kit_assert_log(end, "throttled:0 read");
  members_finish(members);
}

static void a_pause_survives_that_of_the_owner(void **state) {
  (void)state;
  members_t *members =
      begin(UVWS_TRANSPORT_OWNED,
            (uvws_rate_policy_t){.rate = {1, 0, 3600000}, .is_pausing = true});
  kit_end_t *end = members->ends[0];
  hear(end, "x", 2);
  kit_turn(members->kit, 2);
  uvws_connection_pause(end->connection);
  uvws_connection_resume(end->connection);
  hear(end, "x", 1);
  kit_turn(members->kit, 3);
  assert_int_equal(end->counts[KIT_MESSAGE], 2);
  assert_true(end->connection->is_throttled);
  /* Its memory and its deadline go with it. */
  uvws_hub_leave(end->connection);
  assert_true(uvws_list_is_empty(&members->kit->loop.deadlines));
  members_finish(members);
}

static void who_joins_without_memory_ends(void **state) {
  (void)state;
  members_t *members = begin(UVWS_TRANSPORT_OWNED,
                             (uvws_rate_policy_t){.rate = {1, 0, 3600000}});
  kit_end_t *end = members->ends[0];
  uvws_hub_leave(end->connection);
  members->kit->mem.fail_at = members->kit->mem.calls + 1;
  uvws_hub_join(members->hub, end->connection);
  members->kit->mem.fail_at = 0;
  assert_true(end->connection->is_dead);
  assert_false(members->ends[1]->connection->is_dead);
  members_finish(members);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(too_many_messages_are_a_failure),
      cmocka_unit_test(too_many_bytes_are_a_failure),
      cmocka_unit_test(a_pause_ends_when_it_is_time),
      cmocka_unit_test(a_stream_is_told_when_to_pause),
      cmocka_unit_test(a_pause_survives_that_of_the_owner),
      cmocka_unit_test(who_joins_without_memory_ends),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
