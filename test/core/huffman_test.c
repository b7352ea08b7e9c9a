/* Codes of deflate blocks: complete, within their limit, the rare ones long. */
#include "core/huffman.h"

#include <string.h>

#include "support.h"

static uint32_t next_random(uint32_t *random) {
  *random = *random * 1664525 + 1013904223;
  return *random >> 16;
}

/* Kraft's sum is exactly 1: each sequence of bits means something. */
static void assert_complete(const uvws_huffman_t *huffman, unsigned max) {
  uint32_t sum = 0;
  for (size_t i = 0; i < huffman->count; i++) {
    assert_in_range(huffman->lengths[i], huffman->frequencies[i] > 0, max);
    sum += huffman->lengths[i] > 0 ? 1U << (max - huffman->lengths[i]) : 0;
  }
  assert_int_equal(sum, 1U << max);
}

static void assert_sorted(const uvws_huffman_t *huffman) {
  for (size_t a = 0; a < huffman->count; a++) {
    for (size_t b = 0; b < huffman->count; b++) {
      bool is_rarer = huffman->frequencies[a] > 0 &&
                      huffman->frequencies[a] < huffman->frequencies[b];
      assert_true(!is_rarer || huffman->lengths[a] >= huffman->lengths[b]);
    }
  }
}

static void any_frequencies_make_a_complete_code(void **state) {
  (void)state;
  uvws_huffman_t huffman;
  uint32_t random = 1;
  for (unsigned round = 0; round < 300; round++) {
    size_t count = 2 + next_random(&random) % (UVWS_HUFFMAN_SYMBOLS - 1);
    unsigned spread = 1 + next_random(&random) % 14;
    uvws_huffman_init(&huffman, count);
    for (size_t i = 0; i < count; i++) {
      unsigned bits = next_random(&random) % spread;
      huffman.frequencies[i] =
          (uint16_t)(next_random(&random) & ((1U << bits) - 1));
    }
    uvws_huffman_build(&huffman, 15);
    assert_complete(&huffman, 15);
    assert_sorted(&huffman);
  }
}

static void long_codes_are_cut(void **state) {
  (void)state;
  for (unsigned max = 5; max <= 15; max++) {
    uvws_huffman_t huffman;
    uvws_huffman_init(&huffman, 22);
    for (size_t i = 0, a = 1, b = 1; i < huffman.count; i++) {
      huffman.frequencies[i] = (uint16_t)a; /* Fibonacci's: 21 bits deep */
      size_t sum = a + b;
      a = b;
      b = sum;
    }
    uvws_huffman_build(&huffman, max);
    assert_complete(&huffman, max);
    assert_sorted(&huffman);
  }
}

static void two_symbols_at_least_have_a_code(void **state) {
  (void)state;
  for (size_t used = 0; used < 3; used++) {
    uvws_huffman_t huffman;
    uvws_huffman_init(&huffman, 30);
    for (size_t i = 0; i < used; i++) {
      huffman.frequencies[29 - i] = 5;
    }
    uvws_huffman_build(&huffman, 15);
    assert_complete(&huffman, 15);
  }
}

/* As RFC 1951 3.2.2 has it, but for the order of the bits. */
static void codes_are_those_of_the_rfc(void **state) {
  (void)state;
  static const uint8_t lengths[] = {3, 3, 3, 3, 3, 2, 4, 4};
  static const uint16_t codes[] = {2, 6, 1, 5, 3, 0, 7, 15};
  uvws_huffman_t huffman;
  uvws_huffman_init(&huffman, 8);
  memcpy(huffman.lengths, lengths, sizeof(lengths));
  uvws_huffman_assign(&huffman);
  assert_memory_equal(huffman.codes, codes, sizeof(codes));
}

static void tells_what_a_text_takes(void **state) {
  (void)state;
  static const uint16_t frequencies[] = {45, 13, 12, 16, 9, 5};
  uvws_huffman_t huffman;
  uvws_huffman_init(&huffman, 6);
  memcpy(huffman.frequencies, frequencies, sizeof(frequencies));
  uvws_huffman_build(&huffman, 15);
  assert_int_equal(uvws_huffman_cost(&huffman), 224); /* the optimum */
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(any_frequencies_make_a_complete_code),
      cmocka_unit_test(long_codes_are_cut),
      cmocka_unit_test(two_symbols_at_least_have_a_code),
      cmocka_unit_test(codes_are_those_of_the_rfc),
      cmocka_unit_test(tells_what_a_text_takes),
  };
  return cmocka_run_group_tests_name("huffman", tests, NULL, NULL);
}
