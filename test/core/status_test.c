#include <stdlib.h>
#include <string.h>

#include "core/status.h"
#include "support.h"

static uvws_status_t status_at(size_t index) {
  return (uvws_status_t)(-(int)index - 1);
}

static void statuses_are_ok_positive_or_failures(void **state) {
  (void)state;
  assert_int_equal(UVWS_OK, 0);
  assert_true(UVWS_NEED_MORE > 0);
  assert_true(UVWS_DEFER > 0);
#define UVWS_STATUS(id, wire, class, code, message)                            \
  assert_true(UVWS_##id < 0);                                                  \
  assert_string_equal(uvws_status_info(UVWS_##id)->name, #id);
#include "core/status.def"
#undef UVWS_STATUS
}

/* The codes that ws 8.23 has in its lib folder, sorted. */
static void codes_of_ws_are_just_its_twelve(void **state) {
  (void)state;
  static const char *const codes[] = {"WS_ERR_EXPECTED_FIN",
                                      "WS_ERR_EXPECTED_MASK",
                                      "WS_ERR_INVALID_CLOSE_CODE",
                                      "WS_ERR_INVALID_CONTROL_PAYLOAD_LENGTH",
                                      "WS_ERR_INVALID_OPCODE",
                                      "WS_ERR_INVALID_UTF8",
                                      "WS_ERR_TOO_MANY_BUFFERED_PARTS",
                                      "WS_ERR_UNEXPECTED_MASK",
                                      "WS_ERR_UNEXPECTED_RSV_1",
                                      "WS_ERR_UNEXPECTED_RSV_2_3",
                                      "WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH",
                                      "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH"};
  size_t counts[12] = {0};
  size_t total = 0;
  for (size_t i = 0; i < UVWS_STATUS_COUNT; i++) {
    const char *code = uvws_status_info(status_at(i))->code;
    total += strncmp(code, "WS_ERR_", 7) == 0 ? 1 : 0;
    for (size_t j = 0; j < 12; j++) {
      counts[j] += strcmp(code, codes[j]) == 0 ? 1 : 0;
    }
  }
  assert_int_equal(total, 12);
  for (size_t j = 0; j < 12; j++) {
    assert_int_equal(counts[j], 1);
  }
}

static void every_row_is_filled_and_its_wire_code_makes_sense(void **state) {
  (void)state;
  for (size_t i = 0; i < UVWS_STATUS_COUNT; i++) {
    const uvws_status_info_t *info = uvws_status_info(status_at(i));
    bool is_http = info->wire >= 400 && info->wire < 600;
    bool is_close_code = info->wire >= 1002 && info->wire <= 1011;
    assert_true(strlen(info->name) > 4);
    assert_true(strlen(info->message) > 0);
    assert_non_null(info->code);
    assert_true(is_http || is_close_code);
    assert_true(info->error_class == UVWS_ERROR_CLASS_ERROR ||
                info->error_class == UVWS_ERROR_CLASS_RANGE_ERROR);
  }
}

static void messages_hold_at_most_one_number(void **state) {
  (void)state;
  for (size_t i = 0; i < UVWS_STATUS_COUNT; i++) {
    const char *percent = strchr(uvws_status_info(status_at(i))->message, '%');
    if (percent != NULL) {
      assert_int_equal(percent[1], 'u');
      assert_null(strchr(percent + 1, '%'));
    }
  }
}

static void format_puts_the_detail_in_its_place(void **state) {
  (void)state;
  char text[128];
  size_t len = uvws_status_format(UVWS_ERR_INVALID_OPCODE, 11, text, 128);
  assert_string_equal(text, "Invalid WebSocket frame: invalid opcode 11");
  assert_int_equal(len, strlen(text));
  (void)uvws_status_format(UVWS_ERR_INVALID_CLOSE_CODE, 0, text, 128);
  assert_string_equal(text, "Invalid WebSocket frame: invalid status code 0");
  (void)uvws_status_format(UVWS_ERR_INVALID_CLOSE_CODE, UINT32_MAX, text, 128);
  assert_string_equal(
      text, "Invalid WebSocket frame: invalid status code 4294967295");
  (void)uvws_status_format(UVWS_ERR_EXPECTED_FIN, 5, text, 128);
  assert_string_equal(text, "Invalid WebSocket frame: FIN must be set");
}

static void format_cuts_to_the_room_at_every_size(void **state) {
  (void)state;
  char whole[128];
  size_t len = uvws_status_format(UVWS_ERR_INVALID_OPCODE, 987, whole, 128);
  for (size_t cap = 1; cap <= len + 2; cap++) {
    char *text = malloc(cap);
    assert_non_null(text);
    size_t expected = cap - 1 < len ? cap - 1 : len;
    assert_int_equal(
        uvws_status_format(UVWS_ERR_INVALID_OPCODE, 987, text, cap), expected);
    assert_int_equal(strlen(text), expected);
    assert_memory_equal(text, whole, expected);
    free(text);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(statuses_are_ok_positive_or_failures),
      cmocka_unit_test(codes_of_ws_are_just_its_twelve),
      cmocka_unit_test(every_row_is_filled_and_its_wire_code_makes_sense),
      cmocka_unit_test(messages_hold_at_most_one_number),
      cmocka_unit_test(format_puts_the_detail_in_its_place),
      cmocka_unit_test(format_cuts_to_the_room_at_every_size),
  };
  return cmocka_run_group_tests_name("status", tests, NULL, NULL);
}
