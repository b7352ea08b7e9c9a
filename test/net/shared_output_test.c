/* What is published to a topic between two flushes is kept once for all who
 * have nothing else to write: nobody may notice. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "members.h"
#include "net/connection_internal.h"
#include "net/shared_output.h"

static members_t *begin(void) {
  members_t *members = members_begin(UVWS_TRANSPORT_OWNED, NULL);
  for (size_t i = 0; i < MEMBERS; i++) {
    members_subscribe(members, i, "a");
  }
  return members;
}

static uvws_connection_t *member(members_t *members, size_t i) {
  return members->ends[i]->connection;
}

static const uvws_topic_t *topic_a(const members_t *members) {
  return uvws_topics_find(&members->hub->topics, uvws_slice("a", 1));
}

static size_t sharers(const members_t *members) {
  return uvws_shared_output_count(topic_a(members));
}

static void expect_all(members_t *members, size_t from, const char *bytes) {
  for (size_t i = from; i < MEMBERS; i++) {
    members_expect(members->ends[i], bytes, strlen(bytes));
  }
}

static void what_is_sent_before_goes_before(void **state) {
  (void)state;
  members_t *members = begin();
  char text[200] = {0};
  uint8_t frame[204] = {0x82, 126, 0, sizeof(text)};
  for (size_t i = 0; i < MEMBERS; i++) {
    kit_send(members->ends[i], UVWS_OPCODE_BINARY, text, sizeof(text));
  }
  assert_non_null(member(members, 1)->backlog);
  assert_int_equal(members_publish(members, "a", "1", 1), MEMBERS);
  for (size_t i = 0; i < MEMBERS; i++) {
    members_expect(members->ends[i], frame, sizeof(frame));
    members_expect(members->ends[i],
                   "\x81\x01"
                   "1",
                   3);
  }
  members_finish(members);
}

static void a_batch_is_one_write_to_each(void **state) {
  (void)state;
  members_t *members = begin();
  fault_reset();
  assert_int_equal(members_publish(members, "a", "1", 1), MEMBERS);
  assert_int_equal(members_publish(members, "a", "22", 2), MEMBERS);
  assert_int_equal(members_publish(members, "a", "3", 1), MEMBERS);
  assert_int_equal(sharers(members), MEMBERS);
  assert_int_equal((int)uvws_hub_totals(members->hub).queued, 10 * MEMBERS);
  uvws_loop_flush(&members->kit->loop);
  assert_int_equal(fault.writes, MEMBERS);
  assert_null(topic_a(members)->shared);
  expect_all(members, 0,
             "\x81\x01"
             "1\x81\x02"
             "22\x81\x01"
             "3");
  uvws_totals_t totals = uvws_hub_totals(members->hub);
  assert_int_equal((int)totals.messages_out, 3 * MEMBERS);
  assert_int_equal((int)totals.payload_out, 4 * MEMBERS);
  assert_int_equal((int)totals.bytes_out, 10 * MEMBERS);
  assert_int_equal((int)totals.queued, 0);
  assert_true(members->ends[0]->counters.queued == 10);
  assert_true(members->ends[0]->counters.written == 10);
  members_finish(members);
}

static void what_is_sent_between_keeps_its_place(void **state) {
  (void)state;
  members_t *members = begin();
  assert_int_equal(members_publish(members, "a", "1", 1), MEMBERS);
  kit_send(members->ends[0], UVWS_OPCODE_TEXT, "own", 3);
  assert_int_equal(sharers(members), MEMBERS - 1);
  assert_int_equal(members_publish(members, "a", "2", 1), MEMBERS);
  kit_send(members->ends[0], UVWS_OPCODE_PING, "", 0);
  members_expect(members->ends[0],
                 "\x81\x01"
                 "1\x81\x03own\x81\x01"
                 "2\x89\x00",
                 13);
  expect_all(members, 1,
             "\x81\x01"
             "1\x81\x01"
             "2");
  members_finish(members);
}

static void who_joins_late_gets_what_follows(void **state) {
  (void)state;
  members_t *members = begin();
  kit_send(members->ends[0], UVWS_OPCODE_TEXT, "own", 3);
  assert_int_equal(members_publish(members, "a", "1", 1), MEMBERS);
  uvws_connection_flush(member(members, 0));
  assert_int_equal(members_publish(members, "a", "2", 1), MEMBERS);
  assert_int_equal(sharers(members), MEMBERS);
  members_expect(members->ends[0],
                 "\x81\x03own\x81\x01"
                 "1\x81\x01"
                 "2",
                 11);
  expect_all(members, 1,
             "\x81\x01"
             "1\x81\x01"
             "2");
  members_finish(members);
}

static void topics_keep_their_order(void **state) {
  (void)state;
  members_t *members = begin();
  members_subscribe(members, 0, "b");
  assert_int_equal(members_publish(members, "a", "1", 1), MEMBERS);
  assert_int_equal(members_publish(members, "b", "2", 1), 1);
  assert_int_equal(members_publish(members, "a", "3", 1), MEMBERS);
  assert_int_equal(
      uvws_hub_broadcast(
          members->hub, NULL,
          (uvws_outgoing_t){.opcode = UVWS_OPCODE_TEXT, .is_final = true},
          uvws_slice("4", 1)),
      MEMBERS);
  members_expect(members->ends[0],
                 "\x81\x01"
                 "1\x81\x01"
                 "2\x81\x01"
                 "3\x81\x01"
                 "4",
                 12);
  expect_all(members, 1,
             "\x81\x01"
             "1\x81\x01"
             "3\x81\x01"
             "4");
  members_finish(members);
}

static void who_publishes_is_left_out(void **state) {
  (void)state;
  members_t *members = begin();
  uvws_outgoing_t text = {.opcode = UVWS_OPCODE_TEXT, .is_final = true};
  assert_int_equal(members_publish(members, "a", "1", 1), MEMBERS);
  assert_int_equal(uvws_hub_publish(members->hub, uvws_slice("a", 1),
                                    member(members, 0), text,
                                    uvws_slice("2", 1)),
                   MEMBERS - 1);
  assert_int_equal(members_publish(members, "a", "3", 1), MEMBERS);
  members_expect(members->ends[0],
                 "\x81\x01"
                 "1\x81\x01"
                 "3",
                 6);
  expect_all(members, 1,
             "\x81\x01"
             "1\x81\x01"
             "2\x81\x01"
             "3");
  members_finish(members);
}

static void who_goes_keeps_what_came_before(void **state) {
  (void)state;
  members_t *members = begin();
  bool is_last = false;
  assert_int_equal(members_publish(members, "a", "1", 1), MEMBERS);
  assert_true(
      uvws_hub_unsubscribe(member(members, 0), uvws_slice("a", 1), &is_last));
  uvws_hub_leave(member(members, 1));
  assert_int_equal(
      uvws_connection_close(member(members, 2), 1000, uvws_slice("", 0)),
      UVWS_OK);
  uvws_connection_terminate(member(members, 3));
  assert_int_equal(members_publish(members, "a", "2", 1), 1);
  members_expect(members->ends[0],
                 "\x81\x01"
                 "1",
                 3);
  members_expect(members->ends[1],
                 "\x81\x01"
                 "1",
                 3);
  members_expect(members->ends[2],
                 "\x81\x01"
                 "1\x88\x02\x03\xe8",
                 7);
  members_expect(members->ends[3],
                 "\x81\x01"
                 "1",
                 3);
  assert_int_equal(peer_read_end(members->ends[3]), 0);
  expect_all(members, 4,
             "\x81\x01"
             "1\x81\x01"
             "2");
  members_finish(members);
}

static void who_waits_has_a_copy(void **state) {
  (void)state;
  members_t *members = begin();
  assert_int_equal(members_publish(members, "a", "1", 1), MEMBERS);
  uvws_connection_hold(member(members, 0));
  uvws_connection_set_queueing(member(members, 1), true);
  assert_int_equal(members_publish(members, "a", "2", 1), MEMBERS - 1);
  assert_int_equal(members->refused, 1);
  assert_int_equal(sharers(members), MEMBERS - 2);
  members_expect(members->ends[1],
                 "\x81\x01"
                 "1",
                 3);
  members_expect_nothing(members->ends[0]);
  assert_true(members->ends[0]->counters.buffered == 3);
  uvws_connection_release(member(members, 0));
  expect_all(members, 2,
             "\x81\x01"
             "1\x81\x01"
             "2");
  members_expect(members->ends[0],
                 "\x81\x01"
                 "1\x81\x01"
                 "2",
                 6);
  members_finish(members);
}

static void what_the_kernel_refuses_is_kept_by_each(void **state) {
  (void)state;
  members_t *members = begin();
  assert_int_equal(members_publish(members, "a", "hello", 5), MEMBERS);
  assert_int_equal(members_publish(members, "a", "you", 3), MEMBERS);
  fault_reset();
  fault.write_max = 4;
  uvws_loop_flush(&members->kit->loop);
  assert_null(topic_a(members)->shared);
  for (size_t i = 0; i < MEMBERS; i++) {
    assert_true(member(members, i)->is_blocked);
    assert_true(members->ends[i]->counters.buffered == 8);
    assert_true(members->ends[i]->counters.queued == 12);
    assert_true(members->ends[i]->counters.written == 4);
  }
  assert_int_equal(members_publish(members, "a", "3", 1), MEMBERS);
  assert_int_equal(sharers(members), 0);
  assert_null(topic_a(members)->shared);
  fault_reset();
  expect_all(members, 0,
             "\x81\x05hello\x81\x03you\x81\x01"
             "3");
  members_finish(members);
}

static void who_has_failed_is_found_by_writing(void **state) {
  (void)state;
  members_t *members = begin();
  assert_int_equal(members_publish(members, "a", "1", 1), MEMBERS);
  fault_reset();
  fault.on_write = (fault_errors_t){1, EPIPE};
  uvws_loop_flush(&members->kit->loop);
  fault_reset();
  assert_int_equal(members_publish(members, "a", "2", 1), MEMBERS - 1);
  expect_all(members, 1,
             "\x81\x01"
             "1\x81\x01"
             "2");
  members_finish(members);
}

/* Long messages are not copied, and much is not gathered. */
static void what_is_long_goes_at_once(void **state) {
  (void)state;
  members_t *members = begin();
  uint8_t *bytes = calloc(1, 2 * UVWS_WRITE_THROUGH_AT);
  static const uint8_t both[7] = {0x81, 1, '1', 0x81, 126, 0x20, 0};
  assert_non_null(bytes);
  assert_int_equal(members_publish(members, "a", "1", 1), MEMBERS);
  assert_int_equal(members_publish(members, "a", bytes, UVWS_WRITE_THROUGH_AT),
                   MEMBERS);
  assert_int_equal(sharers(members), 0);
  for (size_t i = 0; i < MEMBERS; i++) {
    assert_true(members->ends[i]->counters.written ==
                (double)(UVWS_WRITE_THROUGH_AT + 7));
    members_expect(members->ends[i], both, sizeof(both));
    members_expect(members->ends[i], bytes, UVWS_WRITE_THROUGH_AT);
  }
  fault_reset();
  for (size_t len = 0; len < UVWS_FLUSH_AT; len += 4004) {
    assert_int_equal(members_publish(members, "a", bytes, 4000), MEMBERS);
  }
  assert_int_equal(fault.writes, MEMBERS);
  assert_null(topic_a(members)->shared);
  free(bytes);
  members_finish(members);
}

static void nothing_is_gathered_at_the_end_of_a_process(void **state) {
  (void)state;
  members_t *members = begin();
  assert_int_equal(members_publish(members, "a", "1", 1), MEMBERS);
  members->kit->loop.is_immediate = true;
  assert_int_equal(members_publish(members, "a", "2", 1), MEMBERS);
  for (size_t i = 0; i < MEMBERS; i++) {
    assert_true(members->ends[i]->counters.written == 6);
  }
  expect_all(members, 0,
             "\x81\x01"
             "1\x81\x01"
             "2");
  members_finish(members);
}

/* Gives whether the allocation that was to fail was reached. Who is out of
 * memory ends; the others hear everything that was counted for them. */
static bool fail_once(size_t fail_at) {
  members_t *members = begin();
  uvws_outgoing_t text = {.opcode = UVWS_OPCODE_TEXT, .is_final = true};
  static uint8_t bytes[3000];
  members->kit->mem.calls = 0;
  members->kit->mem.fail_at = fail_at;
  (void)members_publish(members, "a", "1", 1);
  if (!member(members, 0)->is_dead) {
    (void)uvws_connection_send(member(members, 0), text, uvws_slice("2", 1));
  }
  (void)members_publish(members, "a", bytes, sizeof(bytes));
  (void)members_publish(members, "a", bytes, UVWS_WRITE_THROUGH_AT / 3);
  (void)members_publish(members, "a", "5", 1);
  bool is_reached = members->kit->mem.calls >= fail_at;
  members->kit->mem.fail_at = 0;
  for (size_t i = 1; i < MEMBERS; i++) {
    if (!member(members, i)->is_dead) {
      members_expect(members->ends[i],
                     "\x81\x01"
                     "1\x81\x7e\x0b\xb8",
                     7);
      members_expect(members->ends[i], bytes, sizeof(bytes));
      members_expect(members->ends[i], "\x81\x7e\x0a\xaa", 4);
      members_expect(members->ends[i], bytes, UVWS_WRITE_THROUGH_AT / 3);
      members_expect(members->ends[i],
                     "\x81\x01"
                     "5",
                     3);
    }
  }
  members_finish(members);
  return is_reached;
}

static void nobody_misses_a_message_without_memory(void **state) {
  (void)state;
  size_t fail_at = 1;
  while (fail_once(fail_at)) {
    assert_true(fail_at++ < 50);
  }
  assert_true(fail_at > 3);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_batch_is_one_write_to_each),
      cmocka_unit_test(what_is_sent_before_goes_before),
      cmocka_unit_test(what_is_sent_between_keeps_its_place),
      cmocka_unit_test(who_joins_late_gets_what_follows),
      cmocka_unit_test(topics_keep_their_order),
      cmocka_unit_test(who_publishes_is_left_out),
      cmocka_unit_test(who_goes_keeps_what_came_before),
      cmocka_unit_test(who_waits_has_a_copy),
      cmocka_unit_test(what_the_kernel_refuses_is_kept_by_each),
      cmocka_unit_test(who_has_failed_is_found_by_writing),
      cmocka_unit_test(what_is_long_goes_at_once),
      cmocka_unit_test(nothing_is_gathered_at_the_end_of_a_process),
      cmocka_unit_test(nobody_misses_a_message_without_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
