/* Two contexts, and what goes between them. */
#ifndef UVWS_TEST_CORE_CONTEXTS_H
#define UVWS_TEST_CORE_CONTEXTS_H

#include "core/deflate.h"
#include "payloads.h"
#include "support.h"

#define KIB ((size_t)1024)
#define MIB ((size_t)1024 * 1024)

static const uvws_deflate_options_t usual = {
    .level = -1, .mem_level = 8, .strategy = 0, .window_bits = 15};

typedef struct fixture {
  support_mem_t counter;
  uvws_deflater_t *deflater;
  uvws_inflater_t *inflater;
  uvws_buffer_t wire; /* what deflating gave */
  uvws_buffer_t text; /* what inflating gave */
} fixture_t;

static inline void begin(fixture_t *fixture,
                         const uvws_deflate_options_t *options) {
  support_mem_init(&fixture->counter, 0);
  fixture->deflater = uvws_deflater_new(&fixture->counter.mem, options);
  fixture->inflater =
      uvws_inflater_new(&fixture->counter.mem, options->window_bits);
  fixture->wire = fixture->text = uvws_buffer_empty();
  assert_non_null(fixture->deflater);
  assert_non_null(fixture->inflater);
}

static inline void end(fixture_t *fixture) {
  uvws_deflater_free(fixture->deflater);
  uvws_inflater_free(fixture->inflater);
  uvws_buffer_deinit(&fixture->wire, &fixture->counter.mem);
  uvws_buffer_deinit(&fixture->text, &fixture->counter.mem);
  assert_int_equal(fixture->counter.live, 0);
}

static inline uvws_status_t inflate_bytes(fixture_t *fixture, const void *bytes,
                                          size_t len, bool is_final) {
  uint8_t *copy = support_copy(bytes, len);
  uvws_status_t status = uvws_inflater_run(
      fixture->inflater, uvws_slice(copy, len), is_final, 0, &fixture->text);
  free(copy);
  return status;
}

static inline void deflate_bytes(fixture_t *fixture, const void *bytes,
                                 size_t len, bool is_final) {
  uint8_t *copy = support_copy(bytes, len);
  fixture->wire.len = 0;
  assert_int_equal(uvws_deflater_run(fixture->deflater, uvws_slice(copy, len),
                                     is_final, &fixture->wire),
                   UVWS_OK);
  free(copy);
}

static inline void assert_text(fixture_t *fixture, const void *bytes,
                               size_t len) {
  assert_int_equal(fixture->text.len, len);
  if (len > 0) {
    assert_memory_equal(fixture->text.data, bytes, len);
  }
  fixture->text.len = 0;
}

static inline void send(fixture_t *fixture, const void *bytes, size_t len) {
  deflate_bytes(fixture, bytes, len, true);
  assert_int_equal(
      inflate_bytes(fixture, fixture->wire.data, fixture->wire.len, true),
      UVWS_OK);
  assert_text(fixture, bytes, len);
}

#endif
