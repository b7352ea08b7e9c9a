#include <stdlib.h>
#include <string.h>

#include "core/mask.h"
#include "support.h"

#define LEN_MAX 130

static const uint8_t key[UVWS_MASK_KEY_LEN] = {0x12, 0xf4, 0x00, 0x9b};

static uint8_t plain_byte(size_t i) { return (uint8_t)(i * 37 + 11); }

static uint8_t masked_byte(size_t i, uint64_t offset) {
  return (uint8_t)(plain_byte(i) ^ key[(i + offset) % UVWS_MASK_KEY_LEN]);
}

static void fill_plain(uint8_t *data, size_t len) {
  for (size_t i = 0; i < len; i++) {
    data[i] = plain_byte(i);
  }
}

static void assert_masked(const uint8_t *data, size_t len, uint64_t offset) {
  for (size_t i = 0; i < len; i++) {
    assert_int_equal(data[i], masked_byte(i, offset));
  }
}

/* `shift` bytes from the start of an exactly sized block, so that every
 * alignment is met and the end is guarded. */
static void check_in_place(size_t len, size_t shift, uint64_t offset) {
  uint8_t *block = calloc(1, shift + len + (shift + len == 0));
  assert_non_null(block);
  fill_plain(block + shift, len);
  uvws_mask(block + shift, block + shift, len, key, offset);
  assert_masked(block + shift, len, offset);
  for (size_t i = 0; i < shift; i++) {
    assert_int_equal(block[i], 0);
  }
  free(block);
}

static void masks_in_place_at_every_length_alignment_and_offset(void **state) {
  (void)state;
  for (size_t len = 0; len <= LEN_MAX; len++) {
    for (size_t shift = 0; shift < 8; shift++) {
      for (uint64_t offset = 0; offset < 8; offset++) {
        check_in_place(len, shift, offset);
      }
    }
  }
}

static void check_copy(size_t len, size_t dst_shift, size_t src_shift) {
  uint8_t *src = calloc(1, src_shift + len + 1);
  uint8_t *dst = calloc(1, dst_shift + len + 1);
  assert_non_null(src);
  assert_non_null(dst);
  fill_plain(src + src_shift, len);
  uvws_mask(dst + dst_shift, src + src_shift, len, key, 3);
  assert_masked(dst + dst_shift, len, 3);
  assert_int_equal(dst[dst_shift + len], 0);
  for (size_t i = 0; i < len; i++) {
    assert_int_equal(src[src_shift + i], plain_byte(i));
  }
  free(src);
  free(dst);
}

static void copies_at_every_length_and_pair_of_alignments(void **state) {
  (void)state;
  for (size_t len = 0; len <= LEN_MAX; len++) {
    for (size_t shifts = 0; shifts < 64; shifts++) {
      check_copy(len, shifts / 8, shifts % 8);
    }
  }
}

static void masks_in_two_pieces_as_in_one(void **state) {
  (void)state;
  for (size_t cut = 0; cut <= LEN_MAX; cut++) {
    uint8_t data[LEN_MAX];
    fill_plain(data, LEN_MAX);
    uvws_mask(data, data, cut, key, 0);
    uvws_mask(data + cut, data + cut, LEN_MAX - cut, key, cut);
    assert_masked(data, LEN_MAX, 0);
  }
}

static void takes_offsets_beyond_32_bits_and_at_the_very_end(void **state) {
  (void)state;
  static const uint64_t offsets[] = {UINT64_C(1) << 32, (UINT64_C(1) << 53) - 1,
                                     UINT64_MAX - 2, UINT64_MAX};
  for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
    uint8_t data[LEN_MAX];
    fill_plain(data, LEN_MAX);
    uvws_mask(data, data, LEN_MAX, key, offsets[i]);
    assert_masked(data, LEN_MAX, offsets[i] % UVWS_MASK_KEY_LEN);
  }
}

static void gives_the_bytes_back_when_applied_twice(void **state) {
  (void)state;
  uint8_t data[LEN_MAX];
  uint8_t plain[LEN_MAX];
  fill_plain(data, LEN_MAX);
  fill_plain(plain, LEN_MAX);
  uvws_mask(data, data, LEN_MAX, key, 1);
  assert_memory_not_equal(data, plain, LEN_MAX);
  uvws_mask(data, data, LEN_MAX, key, 1);
  assert_memory_equal(data, plain, LEN_MAX);
}

static void matches_the_example_of_the_rfc(void **state) {
  (void)state;
  static const uint8_t rfc_key[] = {0x37, 0xfa, 0x21, 0x3d}; /* 5.7 */
  static const uint8_t masked[] = {0x7f, 0x9f, 0x4d, 0x51, 0x58};
  uint8_t data[sizeof(masked)];
  uvws_mask(data, masked, sizeof(masked), rfc_key, 0);
  assert_memory_equal(data, "Hello", sizeof(data));
}

static void does_nothing_to_no_bytes(void **state) {
  (void)state;
  uvws_mask(NULL, NULL, 0, key, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(masks_in_place_at_every_length_alignment_and_offset),
      cmocka_unit_test(copies_at_every_length_and_pair_of_alignments),
      cmocka_unit_test(masks_in_two_pieces_as_in_one),
      cmocka_unit_test(takes_offsets_beyond_32_bits_and_at_the_very_end),
      cmocka_unit_test(gives_the_bytes_back_when_applied_twice),
      cmocka_unit_test(matches_the_example_of_the_rfc),
      cmocka_unit_test(does_nothing_to_no_bytes),
  };
  return cmocka_run_group_tests_name("mask", tests, NULL, NULL);
}
