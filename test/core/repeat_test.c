/* One message that many connections send is compressed once. */
#include "core/repeat.h"

#include "crowd.h"

#define ROUNDS 3000

static void a_broadcast_is_compressed_by_the_first_two(void **state) {
  (void)state;
  crowd_t crowd;
  gather(&crowd, usual);
  uvws_slice_t payload = part(&crowd.fixture, 1000);
  for (int i = 0; i < PAIRS; i++) {
    send_to(&crowd, i, payload);
  }
  assert_non_null(crowd.servers[0].deflater);
  for (int i = 1; i < PAIRS; i++) {
    assert_null(crowd.servers[i].deflater);
  }
  disperse(&crowd);
}

static void one_alone_keeps_its_context(void **state) {
  (void)state;
  crowd_t crowd;
  gather(&crowd, usual);
  uvws_slice_t payload = part(&crowd.fixture, 1000);
  size_t first = put(&crowd.fixture, &crowd.fixture.server, UVWS_OPCODE_TEXT,
                     payload, true);
  size_t second = put(&crowd.fixture, &crowd.fixture.server, UVWS_OPCODE_TEXT,
                      payload, true);
  assert_true(second * 4 < first);
  crowd.fixture.out.len = 0;
  disperse(&crowd);
}

static void short_messages_do_not_cost_a_context(void **state) {
  (void)state;
  crowd_t crowd;
  gather(&crowd, usual);
  for (int i = 0; i < PAIRS; i++) {
    send_to(&crowd, i, part(&crowd.fixture, UVWS_REPEAT_MIN - 1));
    assert_non_null(crowd.servers[i].deflater);
  }
  disperse(&crowd);
}

/* Whatever is mixed with whatever, each client follows. */
static void all_clients_understand_all(void **state) {
  (void)state;
  static const agreed_t agreed[] = {{15, 15, true, true, 0},
                                    {15, 15, true, true, 1500},
                                    {15, 15, false, true, 0},
                                    {9, 9, true, true, 0},
                                    {9, 9, true, true, 300}};
  for (size_t a = 0; a < sizeof(agreed) / sizeof(agreed[0]); a++) {
    crowd_t crowd;
    uint32_t random = 7;
    gather(&crowd, agreed[a]);
    for (int round = 0; round < ROUNDS; round++) {
      random = random * 1664525 + 1013904223;
      size_t start = (random >> 10) % 3 * 50;
      size_t len = (random >> 14) % 2 == 0 ? 200 : 900;
      send_to(&crowd, (int)(random >> 20) % PAIRS,
              uvws_slice(crowd.fixture.payload + start, len));
    }
    disperse(&crowd);
  }
}

static void fails_without_memory_and_goes_on(void **state) {
  (void)state;
  crowd_t crowd;
  gather(&crowd, usual);
  uvws_slice_t payload = part(&crowd.fixture, 1000);
  uvws_outgoing_t what = {
      .opcode = UVWS_OPCODE_TEXT, .is_final = true, .is_compressed = true};
  send_to(&crowd, 0, payload);
  crowd.fixture.counter.fail_at = crowd.fixture.counter.calls + 1;
  assert_int_equal(
      uvws_session_send(&crowd.servers[1], &crowd.fixture.out, what, payload),
      UVWS_ERR_NO_MEMORY);
  assert_int_equal(crowd.fixture.out.len, 0);
  for (int i = 0; i < PAIRS; i++) {
    send_to(&crowd, i, payload);
  }
  disperse(&crowd);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_broadcast_is_compressed_by_the_first_two),
      cmocka_unit_test(one_alone_keeps_its_context),
      cmocka_unit_test(short_messages_do_not_cost_a_context),
      cmocka_unit_test(all_clients_understand_all),
      cmocka_unit_test(fails_without_memory_and_goes_on),
  };
  return cmocka_run_group_tests_name("repeat", tests, NULL, NULL);
}
