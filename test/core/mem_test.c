#include "core/mem.h"
#include "support.h"

static void default_allocator_allocates_grows_and_frees(void **state) {
  (void)state;
  const uvws_mem_t *mem = uvws_mem_default();
  uint8_t *bytes = uvws_mem_alloc(mem, 1);
  assert_non_null(bytes);
  bytes[0] = 7;
  bytes = uvws_mem_resize(mem, bytes, 4096);
  assert_non_null(bytes);
  assert_int_equal(bytes[0], 7);
  bytes[4095] = 1;
  uvws_mem_free(mem, bytes);
  uvws_mem_free(mem, NULL);
}

static void calloc_fills_with_zeros(void **state) {
  (void)state;
  support_mem_t counter;
  support_mem_init(&counter, 0);
  uint8_t *bytes = uvws_mem_calloc(&counter.mem, 333);
  assert_non_null(bytes);
  for (size_t i = 0; i < 333; i++) {
    assert_int_equal(bytes[i], 0);
  }
  uvws_mem_free(&counter.mem, bytes);
  assert_int_equal(counter.live, 0);
}

static void failure_of_the_allocator_is_passed_on(void **state) {
  (void)state;
  support_mem_t counter;
  support_mem_init(&counter, 1);
  assert_null(uvws_mem_alloc(&counter.mem, 1));
  support_mem_init(&counter, 1);
  assert_null(uvws_mem_calloc(&counter.mem, 1));
}

static void failed_resize_leaves_the_block_alone(void **state) {
  (void)state;
  support_mem_t counter;
  support_mem_init(&counter, 2);
  uint8_t *bytes = uvws_mem_alloc(&counter.mem, 2);
  assert_non_null(bytes);
  bytes[1] = 9;
  assert_null(uvws_mem_resize(&counter.mem, bytes, 100));
  assert_int_equal(bytes[1], 9);
  uvws_mem_free(&counter.mem, bytes);
  assert_int_equal(counter.live, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(default_allocator_allocates_grows_and_frees),
      cmocka_unit_test(calloc_fills_with_zeros),
      cmocka_unit_test(failure_of_the_allocator_is_passed_on),
      cmocka_unit_test(failed_resize_leaves_the_block_alone),
  };
  return cmocka_run_group_tests_name("mem", tests, NULL, NULL);
}
