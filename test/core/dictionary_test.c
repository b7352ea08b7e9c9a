#include "contexts.h"

#include "core/compression.h"

static const char dictionary[] = "{\"type\":\"greeting\",\"text\":\"Hello\"}";
static const char text[] = "{\"type\":\"greeting\",\"text\":\"Hello, world\"}";

#define DICTIONARY uvws_slice(dictionary, sizeof(dictionary) - 1)
#define TEXT text, (sizeof(text) - 1)

static void begin_primed(fixture_t *fixture) {
  begin(fixture, &usual);
  uvws_deflater_set_dictionary(fixture->deflater, DICTIONARY);
  assert_int_equal(uvws_inflater_set_dictionary(fixture->inflater, DICTIONARY),
                   UVWS_OK);
}

static void refers_to_the_dictionary(void **state) {
  (void)state;
  fixture_t fixture;
  begin(&fixture, &usual);
  send(&fixture, TEXT);
  size_t unprimed = fixture.wire.len;
  end(&fixture);
  begin_primed(&fixture);
  send(&fixture, TEXT);
  assert_true(fixture.wire.len < unprimed / 2);
  end(&fixture);
}

static void begins_with_it_again_after_each_reset(void **state) {
  (void)state;
  fixture_t fixture;
  begin_primed(&fixture);
  send(&fixture, TEXT);
  size_t first = fixture.wire.len;
  for (int i = 0; i < 3; i++) {
    uvws_deflater_reset(fixture.deflater);
    uvws_inflater_reset(fixture.inflater);
    send(&fixture, TEXT);
    assert_int_equal(fixture.wire.len, first);
  }
  end(&fixture);
}

static void knows_it_after_a_rest(void **state) {
  (void)state;
  fixture_t fixture;
  begin_primed(&fixture);
  uvws_inflater_rest(fixture.inflater);
  send(&fixture, TEXT);
  uvws_inflater_rest(fixture.inflater);
  uvws_inflater_reset(fixture.inflater);
  uvws_deflater_reset(fixture.deflater);
  send(&fixture, TEXT);
  end(&fixture);
}

static void an_inflater_without_it_finds_garbage(void **state) {
  (void)state;
  fixture_t fixture;
  begin(&fixture, &usual);
  uvws_deflater_set_dictionary(fixture.deflater, DICTIONARY);
  deflate_bytes(&fixture, TEXT, true);
  assert_int_equal(
      inflate_bytes(&fixture, fixture.wire.data, fixture.wire.len, true),
      UVWS_ERR_INFLATE_TOO_FAR_BACK);
  end(&fixture);
}

static void of_a_long_one_only_the_end_counts(void **state) {
  (void)state;
  fixture_t fixture;
  size_t len = 100 * KIB;
  uint8_t *bytes = payload_json(len, 3);
  begin(&fixture, &usual);
  uvws_deflater_set_dictionary(fixture.deflater, uvws_slice(bytes, len));
  assert_int_equal(
      uvws_inflater_set_dictionary(
          fixture.inflater, uvws_slice(bytes + len - 32 * KIB, 32 * KIB)),
      UVWS_OK);
  send(&fixture, bytes + len - KIB, KIB);
  assert_true(fixture.wire.len < 64);
  end(&fixture);
  free(bytes);
}

static void shared_contexts_begin_with_it(void **state) {
  (void)state;
  fixture_t fixture;
  begin(&fixture, &usual);
  uvws_compression_options_t options = {.deflate = usual,
                                        .inflate_window_bits = 15,
                                        .deflate_dictionary = DICTIONARY,
                                        .inflate_dictionary = DICTIONARY};
  uvws_compression_t compression;
  uvws_compression_init(&compression, &fixture.counter.mem, &options);
  for (int i = 0; i < 2; i++) {
    uvws_deflater_t *own = fixture.deflater;
    uvws_inflater_t *own_inflater = fixture.inflater;
    fixture.deflater = uvws_compression_take_deflater(&compression);
    fixture.inflater = uvws_compression_take_inflater(&compression);
    send(&fixture, TEXT);
    assert_true(fixture.wire.len < 24);
    uvws_compression_give_deflater(&compression, fixture.deflater);
    uvws_compression_give_inflater(&compression, fixture.inflater);
    fixture.deflater = own;
    fixture.inflater = own_inflater;
  }
  uvws_compression_deinit(&compression);
  end(&fixture);
}

/* The peer has forgotten the dictionary by then. */
static void no_context_begins_anew_behind_it(void **state) {
  (void)state;
  uvws_compression_t compression = {
      .options = {.deflate_takes_over = true,
                  .deflate_dictionary = DICTIONARY}};
  assert_false(uvws_compression_can_begin_anew(&compression));
  compression.options.deflate_takes_over = false;
  assert_true(uvws_compression_can_begin_anew(&compression));
  compression.options.deflate_takes_over = true;
  compression.options.deflate_dictionary = uvws_slice(NULL, 0);
  assert_true(uvws_compression_can_begin_anew(&compression));
}

static void refuses_a_window_that_is_none(void **state) {
  (void)state;
  support_mem_t counter;
  support_mem_init(&counter, 0);
  assert_null(uvws_inflater_new(&counter.mem, 0));
  assert_null(uvws_inflater_new(&counter.mem, 16));
  assert_int_equal(counter.live, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(refers_to_the_dictionary),
      cmocka_unit_test(begins_with_it_again_after_each_reset),
      cmocka_unit_test(knows_it_after_a_rest),
      cmocka_unit_test(an_inflater_without_it_finds_garbage),
      cmocka_unit_test(of_a_long_one_only_the_end_counts),
      cmocka_unit_test(shared_contexts_begin_with_it),
      cmocka_unit_test(no_context_begins_anew_behind_it),
      cmocka_unit_test(refuses_a_window_that_is_none)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
