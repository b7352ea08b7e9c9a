/* Fails each allocation of the receiver in turn. */
#include <stdlib.h>
#include <string.h>

#include "core/receiver.h"
#include "feeding.h"
#include "support.h"

/* A gathered text, a gathered ping, long fragments that grow. */
static uvws_buffer_t allocating_input(void) {
  static const char start[] = "\x81\x83\0\0\0\0abc\x89\x83\0\0\0\0xyz"
                              "\x02\xff\0\0\0\0\0\x02\0\0\0\0\0\0";
  uvws_buffer_t input = uvws_buffer_empty();
  uint8_t *zeros = calloc(1, 0x20000);
  const uvws_mem_t *mem = uvws_mem_default();
  const uvws_slice_t parts[] = {
      uvws_slice(start, sizeof(start) - 1), uvws_slice(zeros, 0x20000),
      uvws_slice("\x80\xfe\x20\0\0\0\0\0", 8), uvws_slice(zeros, 0x2000)};
  for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
    uvws_status_t status = uvws_buffer_append(&input, mem, parts[i], SIZE_MAX);
    assert_int_equal(status, UVWS_OK);
  }
  free(zeros);
  return input;
}

/* Returns how many allocations were tried. */
static size_t run_failing(size_t fail_at, const uvws_buffer_t *input,
                          bool by_room, event_log_t *log) {
  support_mem_t counter;
  support_mem_init(&counter, fail_at);
  uvws_receiver_options_t options = {.mem = &counter.mem, .is_server = true};
  uvws_receiver_t receiver;
  uvws_receiver_init(&receiver, &options, &event_log_callbacks, log);
  feed_in_pieces(&receiver, log, uvws_slice(input->data, input->len), 8,
                 by_room);
  uvws_receiver_deinit(&receiver);
  assert_int_equal(counter.live, 0);
  return counter.calls;
}

static void ends_cleanly_wherever_an_allocation_fails(void **state) {
  (void)state;
  event_log_t whole = {NULL, 0, 0};
  uvws_buffer_t input = allocating_input();
  size_t calls = run_failing(0, &input, false, &whole);
  assert_true(calls >= 5);
  for (size_t fail_at = 1; fail_at <= calls; fail_at++) {
    event_log_t log = {NULL, 0, 0};
    event_log_t error = {NULL, 0, 0};
    assert_int_equal(run_failing(fail_at, &input, false, &log), fail_at);
    event_log_failure(&error, UVWS_ERR_NO_MEMORY, 0);
    assert_true(log.len >= error.len);
    log.len -= error.len;
    assert_memory_equal(log.text + log.len, error.text, error.len);
    assert_true(event_log_begins_with(&whole, &log));
    event_log_deinit(&log);
    event_log_deinit(&error);
  }
  uvws_buffer_deinit(&input, uvws_mem_default());
  event_log_deinit(&whole);
}

/* Without room the bytes are fed, and one failed allocation was room's. */
static void gets_by_without_room_wherever_its_allocation_fails(void **state) {
  (void)state;
  event_log_t whole = {NULL, 0, 0};
  uvws_buffer_t input = allocating_input();
  size_t calls = run_failing(0, &input, true, &whole);
  for (size_t fail_at = 3; fail_at <= calls; fail_at++) {
    event_log_t log = {NULL, 0, 0};
    run_failing(fail_at, &input, true, &log);
    assert_true(event_log_is_equal(&log, &whole));
    event_log_deinit(&log);
  }
  uvws_buffer_deinit(&input, uvws_mem_default());
  event_log_deinit(&whole);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(ends_cleanly_wherever_an_allocation_fails),
      cmocka_unit_test(gets_by_without_room_wherever_its_allocation_fails),
  };
  return cmocka_run_group_tests_name("receiver allocations", tests, NULL, NULL);
}
