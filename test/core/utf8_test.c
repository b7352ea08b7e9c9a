#include <stdlib.h>
#include <string.h>

#include "core/utf8.h"
#include "naive_utf8.h"
#include "support.h"

static void check(const uint8_t *data, size_t len) {
  if (uvws_utf8_is_valid(data, len) != naive_is_valid(data, len)) {
    fail_msg("len %zu: %02x %02x %02x %02x", len, data[0],
             len > 1 ? data[1] : 0, len > 2 ? data[2] : 0,
             len > 3 ? data[3] : 0);
  }
}

/* Judges a text by itself and, moved by 0 to 33 bytes of ASCII, at every
 * position in the blocks that are skipped. */
static void check_text(const void *text, size_t len, bool expected) {
  for (size_t before = 0; before <= 33; before++) {
    for (size_t after = 0; after <= 18; after += 9) {
      size_t whole = before + len + after;
      uint8_t *data = malloc(whole > 0 ? whole : 1);
      assert_non_null(data);
      memset(data, 'a', whole);
      if (len > 0) {
        memcpy(data + before, text, len);
      }
      assert_int_equal(uvws_utf8_is_valid(data, whole), expected);
      free(data);
    }
  }
}

static void agrees_with_naive_decoder_on_all_short_sequences(void **state) {
  (void)state;
  for (size_t len = 1; len <= 3; len++) {
    uint8_t *data = malloc(len);
    assert_non_null(data);
    for (uint32_t bits = 0; bits < (uint32_t)1 << (8 * len); bits++) {
      for (size_t i = 0; i < len; i++) {
        data[i] = (uint8_t)(bits >> (8 * i));
      }
      check(data, len);
    }
    free(data);
  }
}

/* Every lead with every second byte, then the edges of the other two. */
static void agrees_with_naive_decoder_on_sequences_of_four(void **state) {
  (void)state;
  static const uint8_t edges[] = {0x00, 0x7f, 0x80, 0x81, 0x8f, 0x90, 0x9f,
                                  0xa0, 0xbf, 0xc0, 0xc2, 0xe0, 0xf0, 0xff};
  const size_t count = sizeof(edges);
  uint8_t *data = malloc(4);
  assert_non_null(data);
  for (unsigned start = 0; start < 0x10000; start++) {
    data[0] = (uint8_t)(start >> 8);
    data[1] = (uint8_t)start;
    for (size_t pair = 0; pair < count * count; pair++) {
      data[2] = edges[pair / count];
      data[3] = edges[pair % count];
      check(data, 4);
    }
  }
  free(data);
}

static size_t encode(uint32_t point, uint8_t out[4]) {
  if (point < 0x80) {
    out[0] = (uint8_t)point;
    return 1;
  }
  size_t len = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  static const uint8_t leads[] = {0, 0, 0xc0, 0xe0, 0xf0};
  for (size_t i = len - 1; i > 0; i--) {
    out[i] = (uint8_t)(0x80 | (point & 0x3f));
    point >>= 6;
  }
  out[0] = (uint8_t)(leads[len] | point);
  return len;
}

static void accepts_every_code_point_and_no_surrogate(void **state) {
  (void)state;
  for (uint32_t point = 0; point <= 0x10ffff; point++) {
    uint8_t data[4];
    size_t len = encode(point, data);
    bool is_surrogate = point >= 0xd800 && point <= 0xdfff;
    if (uvws_utf8_is_valid(data, len) == is_surrogate) {
      fail_msg("U+%04x", point);
    }
  }
}

static void refuses_every_truncation(void **state) {
  (void)state;
  static const char text[] = "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z";
  static const bool is_whole[] = {1, 1, 0, 1, 0, 0, 1, 0, 0, 0, 1, 1};
  for (size_t len = 0; len < sizeof(text); len++) {
    check_text(text, len, is_whole[len]);
  }
  uint8_t data[4];
  for (uint32_t point = 0x80; point <= 0x10ffff; point += 0x11) {
    size_t whole = encode(point, data);
    for (size_t len = 1; len < whole; len++) {
      uint8_t *cut = support_copy(data, len);
      assert_false(uvws_utf8_is_valid(cut, len));
      free(cut);
    }
  }
}

static void accepts_no_bytes(void **state) {
  (void)state;
  assert_true(uvws_utf8_is_valid(NULL, 0));
}

static void accepts_ascii_of_every_length(void **state) {
  (void)state;
  for (size_t len = 0; len <= 130; len++) {
    uint8_t *data = malloc(len + 1);
    assert_non_null(data);
    for (size_t i = 0; i < len; i++) {
      data[i] = (uint8_t)(i % 128);
    }
    uint8_t *copy = support_copy(data, len);
    assert_true(uvws_utf8_is_valid(copy, len));
    free(copy);
    free(data);
  }
}

static void finds_one_bad_byte_anywhere_in_ascii(void **state) {
  (void)state;
  for (size_t len = 1; len <= 70; len++) {
    uint8_t *data = malloc(len);
    assert_non_null(data);
    memset(data, 'x', len);
    for (size_t at = 0; at < len; at++) {
      data[at] = 0x80;
      assert_false(uvws_utf8_is_valid(data, len));
      data[at] = 'x';
    }
    free(data);
  }
}

static void accepts_good_text_at_every_position(void **state) {
  (void)state;
  static const char *const texts[] = {
      "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5",
      "\xef\xbb\xbf",
      "\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf",
      "\xf4\x8f\xbf\xbf",
      "\xf0\x90\x80\x80",
      "\xc2\x80\xdf\xbf",
      "\xe0\xa0\x80"};
  for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
    check_text(texts[i], strlen(texts[i]), true);
  }
  check_text("\0", 1, true);
}

static void refuses_bad_text_at_every_position(void **state) {
  (void)state;
  static const char *const texts[] = {
      "\x80",             /* a continuation alone */
      "\xbf\xbf",         /* two of them */
      "\xc0\xaf",         /* overlong, two bytes */
      "\xc1\xbf",         /* the same, at the upper end */
      "\xe0\x80\xaf",     /* overlong, three bytes */
      "\xe0\x9f\xbf",     /* the same, at the upper end */
      "\xf0\x80\x80\xaf", /* overlong, four bytes */
      "\xf0\x8f\xbf\xbf", /* the same, at the upper end */
      "\xed\xa0\x80",     /* the first surrogate */
      "\xed\xbf\xbf",     /* the last one */
      "\xf4\x90\x80\x80", /* U+110000 */
      "\xf5\x80\x80\x80", /* a lead beyond it */
      "\xf8\x88\x80\x80\x80",
      "\xfc\x84\x80\x80\x80\x80",
      "\xfe",
      "\xff",
      "\xc3(",
      "\xe2\x82(",
      "\xf0\x9f\x98(",
      "\xe2(\xac",
      "\xf0(\x98\x80"};
  for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
    check_text(texts[i], strlen(texts[i]), false);
  }
}

/* Fixed seed: runs of ASCII and code points of every length, one byte broken in
 * half of the texts. */
static void agrees_with_naive_decoder_on_random_text(void **state) {
  (void)state;
  uint32_t random = 12345;
  for (size_t round = 0; round < 20000; round++) {
    uint8_t text[200];
    size_t len = 0;
    while (len < 190) {
      random = random * 1664525 + 1013904223;
      uint32_t bits = (random >> 24) % 21;
      len += encode((random >> 8) & ((UINT32_C(1) << bits) - 1), text + len);
    }
    random = random * 1664525 + 1013904223;
    if ((random >> 31) != 0) {
      text[(random >> 8) % len] ^= (uint8_t)(1U << (random >> 28 & 7));
    }
    uint8_t *copy = support_copy(text, len);
    check(copy, len);
    free(copy);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(agrees_with_naive_decoder_on_all_short_sequences),
      cmocka_unit_test(agrees_with_naive_decoder_on_sequences_of_four),
      cmocka_unit_test(accepts_every_code_point_and_no_surrogate),
      cmocka_unit_test(refuses_every_truncation),
      cmocka_unit_test(accepts_no_bytes),
      cmocka_unit_test(accepts_ascii_of_every_length),
      cmocka_unit_test(finds_one_bad_byte_anywhere_in_ascii),
      cmocka_unit_test(accepts_good_text_at_every_position),
      cmocka_unit_test(refuses_bad_text_at_every_position),
      cmocka_unit_test(agrees_with_naive_decoder_on_random_text),
  };
  return cmocka_run_group_tests_name("utf8", tests, NULL, NULL);
}
