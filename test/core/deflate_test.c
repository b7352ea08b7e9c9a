/* Contexts of compression, without frames around them. */
#include "contexts.h"

/* ---- RFC 7692 7.2.3 ---- */

static void assert_inflates(const char *wire, size_t len, const char *text) {
  fixture_t fixture;
  begin(&fixture, &usual);
  assert_int_equal(inflate_bytes(&fixture, wire, len, true), UVWS_OK);
  assert_text(&fixture, text, strlen(text));
  end(&fixture);
}

static void inflates_the_examples_of_the_rfc(void **state) {
  (void)state;
  assert_inflates("\xf2\x48\xcd\xc9\xc9\x07\x00", 7, "Hello");
  assert_inflates("\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00", 11, "Hello");
  assert_inflates("\xf3\x48\xcd\xc9\xc9\x07\x00\x00", 8, "Hello");
  assert_inflates("\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00", 13,
                  "Hello");
  assert_inflates("\x00", 1, "");
}

static void inflates_the_rfc_s_second_message_from_the_first(void **state) {
  (void)state;
  fixture_t fixture;
  begin(&fixture, &usual);
  for (int i = 0; i < 2; i++) {
    assert_int_equal(
        inflate_bytes(&fixture, "\xf2\x48\xcd\xc9\xc9\x07\x00", 7, true),
        UVWS_OK);
    assert_int_equal(inflate_bytes(&fixture, "\xf2\x00\x11\x00\x00", 5, true),
                     UVWS_OK);
    assert_text(&fixture, "HelloHello", 10);
    uvws_inflater_reset(fixture.inflater);
  }
  assert_int_equal(inflate_bytes(&fixture, "\xf2\x00\x11\x00\x00", 5, true),
                   UVWS_ERR_INFLATE_TOO_FAR_BACK);
  end(&fixture);
}

static void deflates_the_examples_of_the_rfc(void **state) {
  (void)state;
  fixture_t fixture;
  begin(&fixture, &usual);
  deflate_bytes(&fixture, "Hello", 5, true);
  assert_int_equal(fixture.wire.len, 7);
  assert_memory_equal(fixture.wire.data, "\xf2\x48\xcd\xc9\xc9\x07\x00", 7);
  deflate_bytes(&fixture, "Hello", 5, true);
  assert_int_equal(fixture.wire.len, 5);
  assert_memory_equal(fixture.wire.data, "\xf2\x00\x11\x00\x00", 5);
  deflate_bytes(&fixture, "", 0, true);
  assert_int_equal(fixture.wire.len, 1);
  assert_memory_equal(fixture.wire.data, "\x00", 1);
  deflate_bytes(&fixture, "", 0, false);
  assert_int_equal(fixture.wire.len, 5);
  assert_memory_equal(fixture.wire.data, "\x00\x00\x00\xff\xff", 5);
  end(&fixture);
}

/* ---- Round trips ---- */

static void round_trips_whatever_the_options(void **state) {
  (void)state;
  uint8_t *text = payload_json(5000, 7);
  for (int bits = 8; bits <= 15; bits++) {
    for (int variant = 0; variant < 9 * 5 * 11; variant += 7) {
      uvws_deflate_options_t options = {.level = variant % 11 - 1,
                                        .mem_level = 1 + variant / 11 % 9,
                                        .strategy = variant / 99,
                                        .window_bits = bits};
      fixture_t fixture;
      begin(&fixture, &options);
      send(&fixture, text, 5000);
      send(&fixture, text, 1);
      send(&fixture, text + 100, 2000);
      end(&fixture);
    }
  }
  free(text);
}

static void round_trips_at_any_size(void **state) {
  (void)state;
  static const size_t sizes[] = {
      0,    1,     2,     125,   126,       127,     1000,         4096,
      8191, 32767, 32768, 32769, 64 * 1024, 1 << 20, (4 << 20) + 1};
  fixture_t fixture;
  begin(&fixture, &usual);
  for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
    uint8_t *text = payload_json(sizes[i], 3);
    uint8_t *noise = payload_noise(sizes[i], 3);
    send(&fixture, text, sizes[i]);
    send(&fixture, noise, sizes[i]);
    free(text);
    free(noise);
  }
  uint8_t *zeros = calloc(1, 16 * MIB);
  send(&fixture, zeros, 16 * MIB);
  free(zeros);
  end(&fixture);
}

/* Any first size, as the free end of the buffer decides where zlib stops. */
static void fills_any_room_at_the_end_of_the_output(void **state) {
  (void)state;
  uint8_t *noise = payload_noise(300, 5);
  for (size_t cap = 1; cap < 700; cap++) {
    fixture_t fixture;
    begin(&fixture, &usual);
    assert_int_equal(
        uvws_buffer_reserve(&fixture.text, &fixture.counter.mem, cap, SIZE_MAX),
        UVWS_OK);
    send(&fixture, noise, 300);
    end(&fixture);
  }
  free(noise);
}

static void round_trips_in_fragments(void **state) {
  (void)state;
  fixture_t fixture;
  uint8_t *text = payload_json(20000, 9);
  begin(&fixture, &usual);
  for (int message = 0; message < 2; message++) {
    size_t done = 0;
    for (size_t len = 1; done < 20000; done += len, len = len * 2 + 1) {
      len = len < 20000 - done ? len : 20000 - done;
      deflate_bytes(&fixture, text + done, len, done + len == 20000);
      assert_int_equal(inflate_bytes(&fixture, fixture.wire.data,
                                     fixture.wire.len, done + len == 20000),
                       UVWS_OK);
      assert_int_equal(fixture.text.len, done + len);
    }
    assert_text(&fixture, text, 20000);
  }
  free(text);
  end(&fixture);
}

/* ---- What is taken over ---- */

static void takes_over_what_was_compressed_before(void **state) {
  (void)state;
  fixture_t fixture;
  uint8_t *noise = payload_noise(1000, 1);
  begin(&fixture, &usual);
  send(&fixture, noise, 1000);
  send(&fixture, noise, 1000);
  assert_true(fixture.wire.len < 50);
  uvws_inflater_reset(fixture.inflater);
  assert_int_equal(
      inflate_bytes(&fixture, fixture.wire.data, fixture.wire.len, true),
      UVWS_ERR_INFLATE_TOO_FAR_BACK);
  free(noise);
  end(&fixture);
}

static void begins_anew_without_the_peer_s_knowing(void **state) {
  (void)state;
  fixture_t fixture;
  uint8_t *noise = payload_noise(1000, 1);
  begin(&fixture, &usual);
  send(&fixture, noise, 1000);
  uvws_deflater_reset(fixture.deflater);
  send(&fixture, noise, 1000);
  assert_true(fixture.wire.len > 1000);
  send(&fixture, noise, 1000);
  assert_true(fixture.wire.len < 50);
  free(noise);
  end(&fixture);
}

/* A byte at a time inflate has nothing but its window to refer back to. */
static void keeps_to_its_window_bits(void **state) {
  (void)state;
  uint8_t *text = payload_json(100 * KIB, 11);
  for (int bits = 8; bits <= 15; bits++) {
    fixture_t fixture;
    uvws_deflate_options_t options = usual;
    options.window_bits = bits;
    begin(&fixture, &options);
    deflate_bytes(&fixture, text, 100 * KIB, true);
    for (size_t i = 0; i < fixture.wire.len; i++) {
      assert_int_equal(inflate_bytes(&fixture, fixture.wire.data + i, 1, false),
                       UVWS_OK);
    }
    assert_text(&fixture, text, 100 * KIB);
    end(&fixture);
  }
  free(text);
}

/* ---- Memory ---- */

static void
a_resting_inflater_holds_only_what_may_be_referred_to(void **state) {
  (void)state;
  fixture_t fixture;
  uint8_t *noise = payload_noise(2000, 1);
  begin(&fixture, &usual);
  size_t live = fixture.counter.live;
  uvws_inflater_rest(fixture.inflater);
  assert_true(fixture.counter.live < live);
  for (int i = 0; i < 3; i++) {
    send(&fixture, noise, 2000);
    assert_true(i == 0 || fixture.wire.len < 60);
    live = fixture.counter.live;
    fixture.counter.peak_size = 0;
    uvws_inflater_rest(fixture.inflater);
    uvws_inflater_rest(fixture.inflater);
    assert_int_equal(fixture.counter.live, live - 1); /* state and window */
    assert_true(fixture.counter.peak_size <= 2000 * (size_t)(i + 1));
  }
  uvws_inflater_reset(fixture.inflater);
  uvws_deflater_reset(fixture.deflater);
  send(&fixture, noise, 2000);
  free(noise);
  end(&fixture);
}

static void a_resting_inflater_keeps_the_whole_window(void **state) {
  (void)state;
  fixture_t fixture;
  uint8_t *noise = payload_noise(40000, 1);
  begin(&fixture, &usual);
  send(&fixture, noise, 40000);
  uvws_inflater_rest(fixture.inflater);
  send(&fixture, noise + 10000, 1000); /* 30000 bytes back */
  assert_true(fixture.wire.len < 60);
  free(noise);
  end(&fixture);
}

static void does_not_rest_where_a_message_was_cut(void **state) {
  (void)state;
  fixture_t fixture;
  begin(&fixture, &usual);
  assert_int_equal(inflate_bytes(&fixture, "\xf2\x48", 2, false), UVWS_OK);
  uvws_inflater_rest(fixture.inflater);
  assert_int_equal(inflate_bytes(&fixture, "\xcd\xc9\xc9\x07\x00", 5, true),
                   UVWS_OK);
  assert_text(&fixture, "Hello", 5);
  end(&fixture);
}

static size_t bytes_of(int window_bits, int mem_level, bool is_deflater) {
  support_mem_t counter;
  support_mem_init(&counter, 0);
  uvws_deflate_options_t options = usual;
  options.window_bits = window_bits;
  options.mem_level = mem_level;
  uvws_deflater_t *deflater =
      is_deflater ? uvws_deflater_new(&counter.mem, &options) : NULL;
  uvws_deflater_free(deflater);
  return counter.peak_size;
}

static void holds_less_with_smaller_options(void **state) {
  (void)state;
  assert_true(bytes_of(15, 8, true) > bytes_of(11, 4, true));
}

static void refuses_options_that_zlib_refuses(void **state) {
  (void)state;
  support_mem_t counter;
  support_mem_init(&counter, 0);
  uvws_deflate_options_t options = usual;
  options.level = 10;
  assert_null(uvws_deflater_new(&counter.mem, &options));
  options = usual;
  options.mem_level = 0;
  assert_null(uvws_deflater_new(&counter.mem, &options));
  assert_null(uvws_inflater_new(&counter.mem, 16));
  assert_int_equal(counter.live, 0);
}

/* Makes, uses and rests contexts while the fail_at-th allocation fails; each
 * step is tried again until it succeeds. Returns the allocations tried. */
static size_t run_failing(size_t fail_at, const uint8_t *text) {
  fixture_t fixture = {.deflater = NULL};
  support_mem_init(&fixture.counter, fail_at);
  const uvws_mem_t *mem = &fixture.counter.mem;
  do {
    fixture.deflater = uvws_deflater_new(mem, &usual);
  } while (fixture.deflater == NULL);
  do {
    fixture.inflater = uvws_inflater_new(mem, 15);
  } while (fixture.inflater == NULL);
  for (int i = 0; i < 3; i++) {
    uvws_status_t status;
    fixture.wire.len = 0;
    do {
      status = uvws_deflater_run(fixture.deflater, uvws_slice(text, 50000),
                                 true, &fixture.wire);
      assert_true(status == UVWS_OK || status == UVWS_ERR_NO_MEMORY);
      assert_true(status == UVWS_OK || fixture.wire.len == 0);
    } while (status != UVWS_OK);
    status = inflate_bytes(&fixture, fixture.wire.data, fixture.wire.len, true);
    if (status != UVWS_OK) {
      assert_int_equal(status, UVWS_ERR_NO_MEMORY);
      uvws_inflater_reset(fixture.inflater);
      uvws_deflater_reset(fixture.deflater);
      fixture.text.len = 0;
      continue;
    }
    assert_text(&fixture, text, 50000);
    uvws_inflater_rest(fixture.inflater);
  }
  size_t calls = fixture.counter.calls;
  end(&fixture);
  return calls;
}

static void survives_wherever_an_allocation_fails(void **state) {
  (void)state;
  uint8_t *text = payload_json(50000, 4);
  size_t calls = run_failing(0, text);
  assert_true(calls > 15);
  for (size_t fail_at = 1; fail_at <= calls; fail_at++) {
    assert_true(run_failing(fail_at, text) >= fail_at);
  }
  free(text);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(inflates_the_examples_of_the_rfc),
      cmocka_unit_test(inflates_the_rfc_s_second_message_from_the_first),
      cmocka_unit_test(deflates_the_examples_of_the_rfc),
      cmocka_unit_test(round_trips_whatever_the_options),
      cmocka_unit_test(round_trips_at_any_size),
      cmocka_unit_test(fills_any_room_at_the_end_of_the_output),
      cmocka_unit_test(round_trips_in_fragments),
      cmocka_unit_test(takes_over_what_was_compressed_before),
      cmocka_unit_test(begins_anew_without_the_peer_s_knowing),
      cmocka_unit_test(keeps_to_its_window_bits),
      cmocka_unit_test(a_resting_inflater_holds_only_what_may_be_referred_to),
      cmocka_unit_test(a_resting_inflater_keeps_the_whole_window),
      cmocka_unit_test(does_not_rest_where_a_message_was_cut),
      cmocka_unit_test(holds_less_with_smaller_options),
      cmocka_unit_test(refuses_options_that_zlib_refuses),
      cmocka_unit_test(survives_wherever_an_allocation_fails),
  };
  return cmocka_run_group_tests_name("deflate", tests, NULL, NULL);
}
