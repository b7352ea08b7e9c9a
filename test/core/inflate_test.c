/* Inflating what is too long, broken or ends itself. */
#include "contexts.h"

/* ---- Limits and garbage ---- */

static uvws_status_t inflate_limited(fixture_t *fixture, uint64_t max_len) {
  fixture->counter.peak_size = 0;
  fixture->text.len = 0;
  uvws_buffer_deinit(&fixture->text, &fixture->counter.mem);
  uvws_inflater_reset(fixture->inflater);
  return uvws_inflater_run(fixture->inflater,
                           uvws_slice(fixture->wire.data, fixture->wire.len),
                           true, max_len, &fixture->text);
}

static void stops_a_bomb_at_the_limit(void **state) {
  (void)state;
  fixture_t fixture;
  uint8_t *zeros = calloc(1, 8 * MIB);
  begin(&fixture, &usual);
  for (int i = 0; i < 32; i++) { /* 256 MiB in one message */
    size_t len = fixture.wire.len;
    assert_int_equal(uvws_deflater_run(fixture.deflater,
                                       uvws_slice(zeros, 8 * MIB), i == 31,
                                       &fixture.wire),
                     UVWS_OK);
    assert_true(fixture.wire.len - len < 16 * KIB);
  }
  static const uint64_t limits[] = {1, 100, 70000, 1024 * 1024};
  for (size_t i = 0; i < 4; i++) {
    assert_int_equal(inflate_limited(&fixture, limits[i]),
                     UVWS_ERR_UNSUPPORTED_MESSAGE_LENGTH);
    assert_true(fixture.text.len <= limits[i] + 1);
    assert_true(fixture.text.cap <= limits[i] + 1);
    assert_true(fixture.counter.peak_size <= limits[i] + 40 * KIB);
  }
  free(zeros);
  end(&fixture);
}

static void takes_a_message_of_just_the_limit(void **state) {
  (void)state;
  fixture_t fixture;
  uint8_t *text = payload_json(70000, 2);
  begin(&fixture, &usual);
  deflate_bytes(&fixture, text, 70000, true);
  assert_int_equal(inflate_limited(&fixture, 70000), UVWS_OK);
  assert_text(&fixture, text, 70000);
  assert_int_equal(inflate_limited(&fixture, 69999),
                   UVWS_ERR_UNSUPPORTED_MESSAGE_LENGTH);
  assert_int_equal(inflate_limited(&fixture, 70001), UVWS_OK);
  free(text);
  end(&fixture);
}

/* A fragment's length counts behind those before it. */
static void limits_the_whole_message(void **state) {
  (void)state;
  fixture_t fixture;
  begin(&fixture, &usual);
  static const uint8_t hello[] = {0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07,
                                  0x00, 0x00, 0x00, 0xff, 0xff};
  uvws_slice_t wire = uvws_slice(hello, sizeof(hello));
  for (int i = 0; i < 2; i++) {
    assert_int_equal(
        uvws_inflater_run(fixture.inflater, wire, false, 12, &fixture.text),
        UVWS_OK);
  }
  assert_int_equal(
      uvws_inflater_run(fixture.inflater, wire, false, 12, &fixture.text),
      UVWS_ERR_UNSUPPORTED_MESSAGE_LENGTH);
  assert_true(fixture.text.len <= 13);
  end(&fixture);
}

static void recovers_from_garbage_by_a_reset(void **state) {
  (void)state;
  fixture_t fixture;
  begin(&fixture, &usual);
  assert_int_equal(inflate_bytes(&fixture, "\x06\xff", 2, true),
                   UVWS_ERR_INFLATE_BLOCK_TYPE);
  assert_int_equal(inflate_bytes(&fixture, "\x00", 1, true),
                   UVWS_ERR_INFLATE_BLOCK_TYPE);
  uvws_inflater_reset(fixture.inflater);
  fixture.text.len = 0;
  send(&fixture, "Hello", 5);
  end(&fixture);
}

static void takes_any_garbage(void **state) {
  (void)state;
  uint32_t seed = 99;
  for (size_t i = 0; i < 3000; i++) {
    fixture_t fixture;
    begin(&fixture, &usual);
    uint8_t *noise = payload_noise(1 + i % 60, payload_random(&seed));
    uvws_status_t status = inflate_bytes(&fixture, noise, 1 + i % 60, true);
    assert_true(status == UVWS_OK || (status <= UVWS_ERR_INFLATE_BLOCK_TYPE &&
                                      status > UVWS_ERR_INFLATE));
    free(noise);
    end(&fixture);
  }
}

static void gives_what_there_is_of_a_cut_message(void **state) {
  (void)state;
  fixture_t fixture;
  uint8_t *text = payload_json(3000, 2);
  begin(&fixture, &usual);
  deflate_bytes(&fixture, text, 3000, true);
  for (size_t len = 0; len < fixture.wire.len; len++) {
    assert_int_equal(inflate_bytes(&fixture, fixture.wire.data, len, false),
                     UVWS_OK);
    assert_true(fixture.text.len <= 3000);
    assert_memory_equal(fixture.text.data, text, fixture.text.len);
    fixture.text.len = 0;
    uvws_inflater_reset(fixture.inflater);
  }
  free(text);
  end(&fixture);
}

/* ---- Streams that end themselves ---- */

static void begins_anew_behind_a_final_block(void **state) {
  (void)state;
  static const char final[] = "\xf3\x48\xcd\xc9\xc9\x07\x00";
  fixture_t fixture;
  begin(&fixture, &usual);
  assert_int_equal(inflate_bytes(&fixture, final, 7, true), UVWS_OK);
  assert_text(&fixture, "Hello", 5);
  assert_int_equal(inflate_bytes(&fixture, "\xf2\x00\x11\x00\x00", 5, true),
                   UVWS_ERR_INFLATE_TOO_FAR_BACK);
  uvws_inflater_reset(fixture.inflater);
  fixture.text.len = 0;
  assert_int_equal(inflate_bytes(&fixture, final, 7, true), UVWS_OK);
  assert_text(&fixture, "Hello", 5);
  send(&fixture, "Hello", 5);
  end(&fixture);
}

static void drops_what_follows_a_final_block_in_its_fragment(void **state) {
  (void)state;
  fixture_t fixture;
  begin(&fixture, &usual);
  assert_int_equal(
      inflate_bytes(&fixture, "\xf3\x48\xcd\xc9\xc9\x07\x00\x06\xff", 9, false),
      UVWS_OK);
  assert_int_equal(
      inflate_bytes(&fixture, "\xf2\x48\xcd\xc9\xc9\x07\x00", 7, true),
      UVWS_OK);
  assert_text(&fixture, "HelloHello", 10);
  end(&fixture);
}

/* As ws does: the end is seen only with the next bytes. */
static void drops_the_fragment_behind_one_that_ends_the_stream(void **state) {
  (void)state;
  fixture_t fixture;
  begin(&fixture, &usual);
  assert_int_equal(
      inflate_bytes(&fixture, "\xf3\x48\xcd\xc9\xc9\x07\x00", 7, false),
      UVWS_OK);
  assert_int_equal(inflate_bytes(&fixture, "\x06\xff", 2, false), UVWS_OK);
  assert_int_equal(
      inflate_bytes(&fixture, "\xf2\x48\xcd\xc9\xc9\x07\x00", 7, true),
      UVWS_OK);
  assert_text(&fixture, "HelloHello", 10);
  end(&fixture);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(stops_a_bomb_at_the_limit),
      cmocka_unit_test(takes_a_message_of_just_the_limit),
      cmocka_unit_test(limits_the_whole_message),
      cmocka_unit_test(recovers_from_garbage_by_a_reset),
      cmocka_unit_test(takes_any_garbage),
      cmocka_unit_test(gives_what_there_is_of_a_cut_message),
      cmocka_unit_test(begins_anew_behind_a_final_block),
      cmocka_unit_test(drops_what_follows_a_final_block_in_its_fragment),
      cmocka_unit_test(drops_the_fragment_behind_one_that_ends_the_stream),
  };
  return cmocka_run_group_tests_name("inflate", tests, NULL, NULL);
}
