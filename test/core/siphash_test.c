#include <stdlib.h>

#include "core/siphash.h"
#include "support.h"

static const uint8_t key[UVWS_SIPHASH_KEY_LEN] = {0, 1, 2,  3,  4,  5,  6,  7,
                                                  8, 9, 10, 11, 12, 13, 14, 15};

/* The vectors that the authors publish: the input is 00 01 02... */
static void hashes_as_the_reference_does(void **state) {
  static const struct {
    size_t len;
    uint64_t hash;
  } vectors[] = {
      {0, 0x726fdb47dd0e0e31}, {1, 0x74f839c593dc67fd},
      {2, 0x0d6c8009d9a94f5a}, {7, 0xab0200f58b01d137},
      {8, 0x93f5f5799a932462}, {15, 0xa129ca6149be45e5},
  };
  (void)state;
  for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
    uint8_t *input = support_copy(key, vectors[i].len);
    uint64_t hash = uvws_siphash(key, uvws_slice(input, vectors[i].len));
    assert_true(hash == vectors[i].hash);
    free(input);
  }
}

static void depends_on_every_byte_of_the_key(void **state) {
  (void)state;
  uvws_slice_t text = uvws_slice("topic", 5);
  for (size_t i = 0; i < sizeof(key); i++) {
    uint8_t other[UVWS_SIPHASH_KEY_LEN];
    for (size_t k = 0; k < sizeof(key); k++) {
      other[k] = (uint8_t)(key[k] ^ (k == i ? 1 : 0));
    }
    assert_true(uvws_siphash(key, text) != uvws_siphash(other, text));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(hashes_as_the_reference_does),
      cmocka_unit_test(depends_on_every_byte_of_the_key),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
