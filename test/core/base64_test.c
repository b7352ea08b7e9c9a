#include <stdlib.h>
#include <string.h>

#include "core/base64.h"
#include "support.h"

static void assert_encoded(const void *bytes, size_t len,
                           const char *expected) {
  uint8_t *data = support_copy(bytes, len);
  size_t out_len = UVWS_BASE64_LEN(len);
  char *out = malloc(out_len > 0 ? out_len : 1);
  assert_non_null(out);
  assert_int_equal(out_len, strlen(expected));
  uvws_base64_encode(out, data, len);
  assert_memory_equal(out, expected, out_len);
  free(out);
  free(data);
}

static void matches_the_vectors_of_rfc_4648(void **state) {
  (void)state;
  assert_encoded("", 0, "");
  assert_encoded("f", 1, "Zg==");
  assert_encoded("fo", 2, "Zm8=");
  assert_encoded("foo", 3, "Zm9v");
  assert_encoded("foob", 4, "Zm9vYg==");
  assert_encoded("fooba", 5, "Zm9vYmE=");
  assert_encoded("foobar", 6, "Zm9vYmFy");
}

static void uses_the_whole_alphabet_in_order(void **state) {
  (void)state;
  uint8_t data[48];
  for (uint32_t i = 0; i < 64; i += 4) {
    uint32_t group = i << 18 | (i + 1) << 12 | (i + 2) << 6 | (i + 3);
    uint8_t *at = data + i / 4 * 3;
    at[0] = (uint8_t)(group >> 16);
    at[1] = (uint8_t)(group >> 8);
    at[2] = (uint8_t)group;
  }
  assert_encoded(data, sizeof(data),
                 "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                 "0123456789+/");
}

static void encodes_bytes_above_ascii(void **state) {
  (void)state;
  assert_encoded("\xff", 1, "/w==");
  assert_encoded("\xff\xff", 2, "//8=");
  assert_encoded("\xff\xff\xff", 3, "////");
  assert_encoded("\xfb\xff\xbf", 3, "+/+/");
  assert_encoded("\0\0\0\0", 4, "AAAAAA==");
}

static void encodes_no_bytes_from_nowhere(void **state) {
  (void)state;
  uvws_base64_encode(NULL, NULL, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(matches_the_vectors_of_rfc_4648),
      cmocka_unit_test(uses_the_whole_alphabet_in_order),
      cmocka_unit_test(encodes_bytes_above_ascii),
      cmocka_unit_test(encodes_no_bytes_from_nowhere),
  };
  return cmocka_run_group_tests_name("base64", tests, NULL, NULL);
}
