/* Short payloads, deflated without zlib: zlib inflates them. */
#include "core/packer.h"

#include <stdlib.h>
#include <string.h>

#include "core/deflate.h"
#include "payloads.h"
#include "support.h"

#define KIB ((size_t)1024)

typedef struct fixture {
  support_mem_t counter;
  uvws_packer_t *packer;
  uvws_inflater_t *inflater;
  uvws_buffer_t text;
} fixture_t;

static void begin(fixture_t *fixture, int window_bits) {
  support_mem_init(&fixture->counter, 0);
  fixture->packer = uvws_packer_new(&fixture->counter.mem);
  fixture->inflater = uvws_inflater_new(&fixture->counter.mem, window_bits);
  fixture->text = uvws_buffer_empty();
  assert_non_null(fixture->packer);
  assert_non_null(fixture->inflater);
}

static void end(fixture_t *fixture) {
  uvws_packer_free(fixture->packer);
  uvws_inflater_free(fixture->inflater);
  uvws_buffer_deinit(&fixture->text, &fixture->counter.mem);
  assert_int_equal(fixture->counter.live, 0);
}

/* In memory of just the size that is asked for; returns the length. */
static size_t pass(fixture_t *fixture, uvws_slice_t history,
                   uvws_slice_t payload, int window_bits, bool is_final) {
  uint8_t *in = support_copy(payload.data, payload.len);
  uint8_t *before = support_copy(history.data, history.len);
  uint8_t *out = malloc(payload.len + UVWS_PACKER_EXTRA);
  assert_non_null(out);
  size_t len =
      uvws_packer_run(fixture->packer, uvws_slice(before, history.len),
                      uvws_slice(in, payload.len), window_bits, is_final, out);
  assert_true(len <= payload.len + UVWS_PACKER_EXTRA);
  fixture->text.len = 0;
  assert_int_equal(uvws_inflater_run(fixture->inflater, uvws_slice(out, len),
                                     is_final, 0, &fixture->text),
                   UVWS_OK);
  assert_int_equal(fixture->text.len, payload.len);
  if (payload.len > 0) {
    assert_memory_equal(fixture->text.data, payload.data, payload.len);
  }
  free(in);
  free(before);
  free(out);
  return len;
}

static size_t pass_alone(fixture_t *fixture, const void *data, size_t len) {
  return pass(fixture, uvws_slice(NULL, 0), uvws_slice(data, len), 15, true);
}

static void passes_any_length(void **state) {
  (void)state;
  fixture_t fixture;
  begin(&fixture, 15);
  uint8_t *text = payload_json(UVWS_PACKER_PAYLOAD_MAX, 9);
  for (size_t len = 0; len < 300; len++) {
    pass_alone(&fixture, text, len);
  }
  for (size_t len = 300; len <= UVWS_PACKER_PAYLOAD_MAX; len += 269) {
    pass_alone(&fixture, text, len);
  }
  assert_true(pass_alone(&fixture, text, UVWS_PACKER_PAYLOAD_MAX) <
              UVWS_PACKER_PAYLOAD_MAX / 4);
  free(text);
  end(&fixture);
}

static void passes_what_has_no_pattern(void **state) {
  (void)state;
  fixture_t fixture;
  uint8_t bytes[16 * KIB];
  uint32_t random = 5;
  begin(&fixture, 15);
  for (size_t i = 0; i < sizeof(bytes); i++) {
    random = random * 1664525 + 1013904223;
    bytes[i] = (uint8_t)(random >> 24);
  }
  for (size_t len = 1; len <= sizeof(bytes); len = len * 2 + 1) {
    assert_true(pass_alone(&fixture, bytes, len) <= len + 6);
  }
  assert_true(pass_alone(&fixture, bytes, sizeof(bytes)) <= sizeof(bytes) + 6);
  end(&fixture);
}

/* Runs of all lengths of matches, at many distances. */
static void passes_what_repeats(void **state) {
  (void)state;
  fixture_t fixture;
  uint8_t bytes[4 * KIB];
  begin(&fixture, 15);
  for (size_t period = 1; period < 600; period++) {
    for (size_t i = 0; i < sizeof(bytes); i++) {
      bytes[i] = (uint8_t)(i % period * 7 + i % period / 36);
    }
    size_t len = pass_alone(&fixture, bytes, 2 * period + period % 300);
    pass_alone(&fixture, bytes, sizeof(bytes));
    assert_true(period < 100 || len < 2 * period);
  }
  end(&fixture);
}

/* Lengths of codes beyond 15 bits have to be cut. */
static void passes_any_frequencies(void **state) {
  (void)state;
  fixture_t fixture;
  uint8_t bytes[16 * KIB];
  uint32_t random = 3;
  begin(&fixture, 15);
  for (unsigned symbols = 1; symbols <= 256; symbols += 5) {
    for (size_t i = 0; i < sizeof(bytes); i++) {
      unsigned symbol = 0;
      do {
        random = random * 1664525 + 1013904223;
        symbol++;
      } while (random >> 31 != 0 && symbol < symbols);
      bytes[i] = (uint8_t)(symbol * 97);
    }
    pass_alone(&fixture, bytes, sizeof(bytes));
  }
  end(&fixture);
}

static void refers_to_its_history(void **state) {
  (void)state;
  fixture_t fixture;
  uint8_t *text = payload_json(8 * KIB, 4);
  begin(&fixture, 15);
  uvws_slice_t history = uvws_slice(text, 4 * KIB);
  pass(&fixture, uvws_slice(NULL, 0), history, 15, true);
  size_t alone = pass_alone(&fixture, text + 100, KIB);
  pass(&fixture, uvws_slice(NULL, 0), history, 15, true);
  size_t behind =
      pass(&fixture, history, uvws_slice(text + 100, KIB), 15, true);
  assert_true(behind < 40 && behind < alone / 4);
  free(text);
  end(&fixture);
}

/* Whatever stands before is in the peer's window, and no more. */
static void keeps_to_the_window(void **state) {
  (void)state;
  for (int bits = 8; bits <= 15; bits++) {
    fixture_t fixture;
    uint8_t *text = payload_json(32 * KIB, 4);
    size_t max = ((size_t)1 << bits) < 4 * KIB ? (size_t)1 << bits : 4 * KIB;
    size_t start = 0;
    begin(&fixture, bits);
    for (size_t len = 1; start + len < 32 * KIB; len += 97) {
      size_t before = start < max ? start : max;
      pass(&fixture, uvws_slice(text + start - before, before),
           uvws_slice(text + start, len), bits, len % 3 == 0);
      start += len;
    }
    free(text);
    end(&fixture);
  }
}

static void there_is_none_without_memory(void **state) {
  (void)state;
  support_mem_t counter;
  support_mem_init(&counter, 1);
  assert_null(uvws_packer_new(&counter.mem));
  uvws_packer_free(NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(passes_any_length),
      cmocka_unit_test(passes_what_has_no_pattern),
      cmocka_unit_test(passes_what_repeats),
      cmocka_unit_test(passes_any_frequencies),
      cmocka_unit_test(refers_to_its_history),
      cmocka_unit_test(keeps_to_the_window),
      cmocka_unit_test(there_is_none_without_memory),
  };
  return cmocka_run_group_tests_name("packer", tests, NULL, NULL);
}
