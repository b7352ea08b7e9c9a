#include "net/rate_limit.h"

#include "support.h"

static void a_burst_is_an_intervals_worth(void **state) {
  const uvws_rate_t rate = {.messages = 10, .interval_ms = 1000};
  uvws_bucket_t bucket;
  (void)state;
  uvws_bucket_init(&bucket, &rate, 5);
  for (int i = 0; i < 10; i++) {
    assert_true(uvws_bucket_take(&bucket, &rate, 1, 1e9, 5));
  }
  assert_false(uvws_bucket_take(&bucket, &rate, 1, 0, 5));
  assert_int_equal(uvws_bucket_debt_ms(&bucket, &rate), 101);
}

static void tokens_come_back_with_time_up_to_the_limit(void **state) {
  const uvws_rate_t rate = {.messages = 10, .interval_ms = 1000};
  uvws_bucket_t bucket;
  (void)state;
  uvws_bucket_init(&bucket, &rate, 0);
  assert_true(uvws_bucket_take(&bucket, &rate, 10, 0, 0));
  assert_true(uvws_bucket_take(&bucket, &rate, 1, 0, 100));
  assert_false(uvws_bucket_take(&bucket, &rate, 1, 0, 150));
  assert_true(uvws_bucket_take(&bucket, &rate, 0, 0, 200));
  assert_true(uvws_bucket_take(&bucket, &rate, 10, 0, 1000000));
  assert_false(uvws_bucket_take(&bucket, &rate, 1, 0, 1000000));
}

static void messages_and_bytes_are_limited_apart(void **state) {
  const uvws_rate_t rate = {.messages = 2, .bytes = 100, .interval_ms = 10};
  uvws_bucket_t bucket;
  (void)state;
  uvws_bucket_init(&bucket, &rate, 0);
  assert_true(uvws_bucket_take(&bucket, &rate, 1, 100, 0));
  assert_false(uvws_bucket_take(&bucket, &rate, 0, 1000, 0));
  assert_int_equal(uvws_bucket_debt_ms(&bucket, &rate), 101);
  assert_true(uvws_bucket_take(&bucket, &rate, 2, 0, 110));
  assert_false(uvws_bucket_take(&bucket, &rate, 1, 0, 110));
}

static void a_clock_that_stands_still_gives_nothing(void **state) {
  const uvws_rate_t rate = {.bytes = 5, .interval_ms = 1};
  uvws_bucket_t bucket;
  (void)state;
  uvws_bucket_init(&bucket, &rate, 7);
  assert_true(uvws_rate_is_limited(&rate));
  assert_true(uvws_bucket_take(&bucket, &rate, 1000, 5, 7));
  for (int i = 0; i < 3; i++) {
    assert_false(uvws_bucket_take(&bucket, &rate, 0, 1, 7));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_burst_is_an_intervals_worth),
      cmocka_unit_test(tokens_come_back_with_time_up_to_the_limit),
      cmocka_unit_test(messages_and_bytes_are_limited_apart),
      cmocka_unit_test(a_clock_that_stands_still_gives_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
