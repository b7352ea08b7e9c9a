#include <string.h>

#include "core/buffer.h"
#include "support.h"

typedef struct fixture {
  support_mem_t counter;
  uvws_buffer_t buffer;
} fixture_t;

static void setup(fixture_t *fixture, size_t fail_at) {
  support_mem_init(&fixture->counter, fail_at);
  fixture->buffer = uvws_buffer_empty();
}

static void teardown(fixture_t *fixture) {
  uvws_buffer_deinit(&fixture->buffer, &fixture->counter.mem);
  assert_null(fixture->buffer.data);
  assert_int_equal(fixture->buffer.len, 0);
  assert_int_equal(fixture->buffer.cap, 0);
  assert_int_equal(fixture->counter.live, 0);
}

static uvws_status_t append(fixture_t *fixture, const char *text,
                            size_t ceiling) {
  return uvws_buffer_append(&fixture->buffer, &fixture->counter.mem,
                            uvws_slice(text, strlen(text)), ceiling);
}

static uvws_status_t reserve(fixture_t *fixture, size_t extra, size_t ceiling) {
  return uvws_buffer_reserve(&fixture->buffer, &fixture->counter.mem, extra,
                             ceiling);
}

static void assert_content(const fixture_t *fixture, const char *text) {
  assert_int_equal(fixture->buffer.len, strlen(text));
  assert_memory_equal(fixture->buffer.data, text, strlen(text));
}

static void allocates_nothing_before_the_first_byte(void **state) {
  (void)state;
  fixture_t fixture;
  setup(&fixture, 0);
  assert_int_equal(append(&fixture, "", 0), UVWS_OK);
  assert_int_equal(reserve(&fixture, 0, 0), UVWS_OK);
  assert_int_equal(uvws_buffer_append(&fixture.buffer, &fixture.counter.mem,
                                      uvws_slice(NULL, 0), 0),
                   UVWS_OK);
  assert_int_equal(fixture.counter.calls, 0);
  assert_null(fixture.buffer.data);
  teardown(&fixture);
}

static void appends_in_order(void **state) {
  (void)state;
  fixture_t fixture;
  setup(&fixture, 0);
  assert_int_equal(append(&fixture, "one ", SIZE_MAX), UVWS_OK);
  assert_int_equal(append(&fixture, "", SIZE_MAX), UVWS_OK);
  assert_int_equal(append(&fixture, "two", SIZE_MAX), UVWS_OK);
  assert_content(&fixture, "one two");
  teardown(&fixture);
}

static void growth_doubles(void **state) {
  (void)state;
  fixture_t fixture;
  setup(&fixture, 0);
  for (size_t i = 0; i < 65536; i++) {
    assert_int_equal(append(&fixture, "x", SIZE_MAX), UVWS_OK);
  }
  assert_int_equal(fixture.counter.calls, 17);
  assert_int_equal(fixture.buffer.cap, 65536);
  teardown(&fixture);
}

static void grows_to_what_is_needed_beyond_the_double(void **state) {
  (void)state;
  fixture_t fixture;
  setup(&fixture, 0);
  assert_int_equal(append(&fixture, "abc", SIZE_MAX), UVWS_OK);
  assert_int_equal(fixture.buffer.cap, 3);
  assert_int_equal(reserve(&fixture, 1000, SIZE_MAX), UVWS_OK);
  assert_int_equal(fixture.buffer.cap, 1003);
  assert_content(&fixture, "abc");
  assert_int_equal(reserve(&fixture, 1000, SIZE_MAX), UVWS_OK);
  assert_int_equal(fixture.counter.calls, 2);
  teardown(&fixture);
}

static void never_grows_above_the_ceiling(void **state) {
  (void)state;
  fixture_t fixture;
  setup(&fixture, 0);
  assert_int_equal(append(&fixture, "abcdef", 10), UVWS_OK);
  assert_int_equal(append(&fixture, "g", 10), UVWS_OK);
  assert_int_equal(fixture.buffer.cap, 10);
  assert_int_equal(append(&fixture, "hij", 10), UVWS_OK);
  assert_int_equal(append(&fixture, "k", 10), UVWS_ERR_TOO_LARGE);
  assert_content(&fixture, "abcdefghij");
  assert_int_equal(append(&fixture, "", 10), UVWS_OK);
  assert_int_equal(fixture.counter.peak_size, 10);
  teardown(&fixture);
}

static void a_sum_beyond_size_max_is_too_large(void **state) {
  (void)state;
  fixture_t fixture;
  setup(&fixture, 0);
  assert_int_equal(append(&fixture, "abc", SIZE_MAX), UVWS_OK);
  assert_int_equal(reserve(&fixture, SIZE_MAX, SIZE_MAX), UVWS_ERR_TOO_LARGE);
  assert_int_equal(reserve(&fixture, SIZE_MAX - 2, SIZE_MAX),
                   UVWS_ERR_TOO_LARGE);
  assert_int_equal(fixture.counter.calls, 1);
  assert_content(&fixture, "abc");
  teardown(&fixture);
}

static void every_failed_allocation_leaves_it_unchanged(void **state) {
  (void)state;
  for (size_t fail_at = 1; fail_at <= 4; fail_at++) {
    fixture_t fixture;
    setup(&fixture, fail_at);
    size_t appended = 0;
    for (size_t i = 0; i < 8; i++) {
      uvws_status_t status = append(&fixture, "y", SIZE_MAX);
      bool has_failed = i == ((size_t)1 << (fail_at - 1)) / 2;
      assert_int_equal(status, has_failed ? UVWS_ERR_NO_MEMORY : UVWS_OK);
      appended += has_failed ? 0 : 1;
      assert_int_equal(fixture.buffer.len, appended);
    }
    assert_content(&fixture, "yyyyyyy");
    teardown(&fixture);
  }
}

static void consume_moves_the_rest_to_the_front(void **state) {
  (void)state;
  fixture_t fixture;
  setup(&fixture, 0);
  uvws_buffer_consume(&fixture.buffer, 0);
  assert_int_equal(append(&fixture, "abcdef", SIZE_MAX), UVWS_OK);
  uvws_buffer_consume(&fixture.buffer, 0);
  assert_content(&fixture, "abcdef");
  uvws_buffer_consume(&fixture.buffer, 2);
  assert_content(&fixture, "cdef");
  uvws_buffer_consume(&fixture.buffer, 4);
  assert_int_equal(fixture.buffer.len, 0);
  assert_int_equal(fixture.buffer.cap, 6);
  teardown(&fixture);
}

static void take_leaves_the_source_empty(void **state) {
  (void)state;
  fixture_t fixture;
  setup(&fixture, 0);
  assert_int_equal(append(&fixture, "moved", SIZE_MAX), UVWS_OK);
  uvws_buffer_t taken = uvws_buffer_take(&fixture.buffer);
  assert_null(fixture.buffer.data);
  assert_int_equal(fixture.buffer.len, 0);
  assert_int_equal(taken.len, 5);
  assert_memory_equal(taken.data, "moved", 5);
  uvws_buffer_deinit(&taken, &fixture.counter.mem);
  teardown(&fixture);
}

static void deinit_takes_null_and_may_be_repeated(void **state) {
  (void)state;
  fixture_t fixture;
  setup(&fixture, 0);
  uvws_buffer_deinit(NULL, &fixture.counter.mem);
  assert_int_equal(append(&fixture, "z", SIZE_MAX), UVWS_OK);
  uvws_buffer_deinit(&fixture.buffer, &fixture.counter.mem);
  assert_int_equal(append(&fixture, "again", SIZE_MAX), UVWS_OK);
  assert_content(&fixture, "again");
  teardown(&fixture);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(allocates_nothing_before_the_first_byte),
      cmocka_unit_test(appends_in_order),
      cmocka_unit_test(growth_doubles),
      cmocka_unit_test(grows_to_what_is_needed_beyond_the_double),
      cmocka_unit_test(never_grows_above_the_ceiling),
      cmocka_unit_test(a_sum_beyond_size_max_is_too_large),
      cmocka_unit_test(every_failed_allocation_leaves_it_unchanged),
      cmocka_unit_test(consume_moves_the_rest_to_the_front),
      cmocka_unit_test(take_leaves_the_source_empty),
      cmocka_unit_test(deinit_takes_null_and_may_be_repeated),
  };
  return cmocka_run_group_tests_name("buffer", tests, NULL, NULL);
}
