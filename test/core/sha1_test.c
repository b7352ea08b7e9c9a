#include <stdlib.h>
#include <string.h>

#include "core/sha1.h"
#include "support.h"

static void assert_digest(const void *bytes, size_t len, const char *hex) {
  static const char digits[] = "0123456789abcdef";
  uint8_t *data = support_copy(bytes, len);
  uint8_t digest[UVWS_SHA1_LEN];
  char text[2 * UVWS_SHA1_LEN + 1] = {0};
  uvws_sha1(digest, data, len);
  for (size_t i = 0; i < UVWS_SHA1_LEN; i++) {
    text[2 * i] = digits[digest[i] >> 4];
    text[2 * i + 1] = digits[digest[i] & 15];
  }
  assert_string_equal(text, hex);
  free(data);
}

static void assert_text_digest(const char *text, const char *hex) {
  assert_digest(text, strlen(text), hex);
}

static void assert_digest_of_many(size_t len, const char *hex) {
  char *data = malloc(len);
  assert_non_null(data);
  memset(data, 'a', len);
  assert_digest(data, len, hex);
  free(data);
}

static void matches_the_vectors_of_rfc_3174(void **state) {
  (void)state;
  assert_text_digest("abc", "a9993e364706816aba3e25717850c26c9cd0d89d");
  assert_text_digest("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                     "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
  assert_digest_of_many(1000000, "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
  char repeated[641] = "";
  for (size_t i = 0; i < 80; i++) {
    memcpy(repeated + 8 * i, "01234567", 8);
  }
  assert_text_digest(repeated, "dea356a2cddd90c7a7ecedc5ebb563934f460452");
}

static void digests_no_bytes(void **state) {
  (void)state;
  uint8_t digest[UVWS_SHA1_LEN];
  uint8_t again[UVWS_SHA1_LEN];
  assert_digest("", 0, "da39a3ee5e6b4b0d3255bfef95601890afd80709");
  uvws_sha1(digest, NULL, 0);
  uvws_sha1(again, (const uint8_t *)"", 0);
  assert_memory_equal(digest, again, UVWS_SHA1_LEN);
}

/* Where the padding just fits a block, and where it needs another one; the
 * digests are those of coreutils' sha1sum. */
static void pads_around_every_block_end(void **state) {
  (void)state;
  static const struct {
    size_t len;
    const char *hex;
  } rows[] = {
      {1, "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8"},
      {54, "b05d71c64979cb95fa74a33cdb31a40d258ae02e"},
      {55, "c1c8bbdc22796e28c0e15163d20899b65621d65a"},
      {56, "c2db330f6083854c99d4b5bfb6e8f29f201be699"},
      {57, "f08f24908d682555111be7ff6f004e78283d989a"},
      {60, "13d956033d9af449bfe2c4ef78c17c20469c4bf1"},
      {63, "03f09f5b158a7a8cdad920bddc29b81c18a551f5"},
      {64, "0098ba824b5c16427bd7a1122a5a442a25ec644d"},
      {65, "11655326c708d70319be2610e8a57d9a5b959d3b"},
      {119, "ee971065aaa017e0632a8ca6c77bb3bf8b1dfc56"},
      {120, "f34c1488385346a55709ba056ddd08280dd4c6d6"},
      {127, "89d95fa32ed44a7c610b7ee38517ddf57e0bb975"},
      {128, "ad5b3fdbcb526778c2839d2f151ea753995e26a0"},
      {129, "d96debf1bdcbc896e6c134ea76e8141f40d78536"},
  };
  for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
    assert_digest_of_many(rows[i].len, rows[i].hex);
  }
}

static void digests_every_byte_value(void **state) {
  (void)state;
  uint8_t data[256];
  for (size_t i = 0; i < sizeof(data); i++) {
    data[i] = (uint8_t)i;
  }
  assert_digest(data, sizeof(data), "4916d6bdb7f78e6803698cab32d1586ea457dfc8");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(matches_the_vectors_of_rfc_3174),
      cmocka_unit_test(digests_no_bytes),
      cmocka_unit_test(pads_around_every_block_end),
      cmocka_unit_test(digests_every_byte_value),
  };
  return cmocka_run_group_tests_name("sha1", tests, NULL, NULL);
}
