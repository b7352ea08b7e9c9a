/* Output buffers that go round: what is given is taken again, what nobody needs
 * is freed. */
#include "net/spares.h"

#include "support.h"

#define MANY 100

typedef struct kit {
  support_mem_t mem;
  uvws_spares_t spares;
  void *taken[MANY];
} kit_t;

static void begin(kit_t *kit) {
  support_mem_init(&kit->mem, 0);
  uvws_spares_init(&kit->spares, &kit->mem.mem);
}

static void take(kit_t *kit, size_t count) {
  for (size_t i = 0; i < count; i++) {
    kit->taken[i] = uvws_spares_take(&kit->spares);
    assert_non_null(kit->taken[i]);
  }
}

static void give(kit_t *kit, size_t count) {
  while (count-- > 0) {
    assert_true(uvws_spares_give(&kit->spares, kit->taken[count]));
  }
}

static void finish(kit_t *kit) {
  uvws_spares_close(&kit->spares);
  assert_int_equal(kit->mem.live, 0);
}

static void what_is_given_is_taken_again(void **state) {
  kit_t kit;
  (void)state;
  begin(&kit);
  for (int round = 0; round < 3; round++) {
    take(&kit, MANY);
    give(&kit, MANY);
    assert_int_equal(kit.mem.calls, MANY);
  }
  finish(&kit);
}

static void what_was_not_needed_between_two_calls_is_freed(void **state) {
  kit_t kit;
  (void)state;
  begin(&kit);
  take(&kit, MANY);
  give(&kit, MANY);
  assert_true(uvws_spares_age(&kit.spares));
  assert_int_equal(kit.mem.live, MANY);
  take(&kit, 30);
  give(&kit, 30);
  assert_true(uvws_spares_age(&kit.spares));
  assert_int_equal(kit.mem.live, 30);
  take(&kit, 10);
  assert_false(uvws_spares_age(&kit.spares));
  assert_int_equal(kit.mem.live, 10);
  give(&kit, 10);
  assert_true(uvws_spares_age(&kit.spares));
  assert_false(uvws_spares_age(&kit.spares));
  assert_int_equal(kit.mem.live, 0);
  finish(&kit);
}

static void no_more_than_enough_are_kept(void **state) {
  kit_t kit;
  (void)state;
  begin(&kit);
  for (size_t i = 0; i < UVWS_SPARE_COUNT; i++) {
    void *bytes = uvws_mem_alloc(&kit.mem.mem, UVWS_SPARE_CAP);
    assert_true(uvws_spares_give(&kit.spares, bytes));
  }
  void *bytes = uvws_mem_alloc(&kit.mem.mem, UVWS_SPARE_CAP);
  assert_false(uvws_spares_give(&kit.spares, bytes));
  uvws_mem_free(&kit.mem.mem, bytes);
  finish(&kit);
}

static void without_memory_there_is_none(void **state) {
  kit_t kit;
  (void)state;
  begin(&kit);
  kit.mem.fail_at = 1;
  assert_null(uvws_spares_take(&kit.spares));
  assert_false(uvws_spares_age(&kit.spares));
  finish(&kit);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_given_is_taken_again),
      cmocka_unit_test(what_was_not_needed_between_two_calls_is_freed),
      cmocka_unit_test(no_more_than_enough_are_kept),
      cmocka_unit_test(without_memory_there_is_none),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
