#include <stdlib.h>
#include <string.h>

#include "core/frame.h"
#include "support.h"

static const uint8_t key[UVWS_MASK_KEY_LEN] = {0xa1, 0xb2, 0xc3, 0xd4};

/* Decodes a whole header from an exactly sized copy. */
static uvws_frame_t decode(const void *bytes, size_t len) {
  uvws_frame_t frame;
  uint8_t *header = support_copy(bytes, len);
  memset(&frame, 0xee, sizeof(frame));
  uvws_frame_decode_start(&frame, header);
  assert_int_equal(frame.header_len, len);
  uvws_frame_decode_len(&frame, header);
  uvws_frame_decode_key(&frame, header);
  free(header);
  return frame;
}

static void decodes_every_first_byte(void **state) {
  (void)state;
  for (unsigned first = 0; first < 256; first++) {
    const uint8_t header[2] = {(uint8_t)first, 0x05};
    uvws_frame_t frame = decode(header, sizeof(header));
    assert_int_equal(frame.is_final, first >> 7);
    assert_int_equal(frame.rsv1, first >> 6 & 1);
    assert_int_equal(frame.rsv2, first >> 5 & 1);
    assert_int_equal(frame.rsv3, first >> 4 & 1);
    assert_int_equal(frame.opcode, first & 0xf);
    assert_int_equal(frame.payload_len, 5);
    assert_false(frame.is_masked);
  }
}

static void decodes_every_second_byte(void **state) {
  (void)state;
  for (unsigned second = 0; second < 256; second++) {
    const uint8_t start[2] = {0x82, (uint8_t)second};
    unsigned len7 = second & 0x7f;
    bool is_masked = second >= 128;
    size_t len_end = len7 < 126 ? 2 : len7 == 126 ? 4 : 10;
    uvws_frame_t frame;
    uvws_frame_decode_start(&frame, start);
    assert_int_equal(frame.len7, len7);
    assert_int_equal(frame.is_masked, is_masked);
    assert_int_equal(frame.header_len, len_end + (is_masked ? 4 : 0));
    assert_int_equal(uvws_frame_len_end(&frame), len_end);
  }
}

static void decodes_a_16_bit_length_and_a_key(void **state) {
  (void)state;
  uvws_frame_t frame = decode("\x82\xfe\x01\x02\xa1\xb2\xc3\xd4", 8);
  assert_int_equal(frame.payload_len, 0x0102);
  assert_memory_equal(frame.key, key, sizeof(key));
}

static void decodes_a_64_bit_length_and_a_key(void **state) {
  (void)state;
  uvws_frame_t frame =
      decode("\x82\xff\x01\x02\x03\x04\x05\x06\x07\x08\xa1\xb2\xc3\xd4", 14);
  assert_int_equal(frame.payload_len, UINT64_C(0x0102030405060708));
  assert_memory_equal(frame.key, key, sizeof(key));
}

static void decodes_the_largest_length(void **state) {
  (void)state;
  uvws_frame_t frame = decode("\x82\x7f\xff\xff\xff\xff\xff\xff\xff\xff", 10);
  assert_true(frame.payload_len == UINT64_MAX);
}

static void decodes_lengths_that_are_not_minimal(void **state) {
  (void)state;
  assert_int_equal(decode("\x82\x7e\x00\x05", 4).payload_len, 5);
  assert_int_equal(decode("\x82\x7f\0\0\0\0\0\0\0\x05", 10).payload_len, 5);
}

static void tells_control_opcodes(void **state) {
  (void)state;
  for (unsigned opcode = 0; opcode < 16; opcode++) {
    assert_int_equal(uvws_opcode_is_control(opcode), opcode >= 8);
  }
}

typedef struct encoding {
  uint64_t payload_len;
  size_t header_len; /* without a key */
  const char *bytes;
} encoding_t;

static const encoding_t encodings[] = {
    {0, 2, "\x82\x00"},
    {125, 2, "\x82\x7d"},
    {126, 4, "\x82\x7e\x00\x7e"},
    {65535, 4, "\x82\x7e\xff\xff"},
    {65536, 10, "\x82\x7f\0\0\0\0\0\x01\0\0"},
    {UINT64_C(0x0102030405060708), 10,
     "\x82\x7f\x01\x02\x03\x04\x05\x06\x07\x08"},
};
#define ENCODING_COUNT (sizeof(encodings) / sizeof(encodings[0]))

static void encodes_the_minimal_form_at_every_boundary(void **state) {
  (void)state;
  for (size_t i = 0; i < ENCODING_COUNT; i++) {
    const encoding_t *expected = &encodings[i];
    uvws_frame_t frame = {.payload_len = expected->payload_len,
                          .opcode = UVWS_OPCODE_BINARY,
                          .is_final = true};
    size_t len = uvws_frame_header_len(expected->payload_len, false);
    assert_int_equal(len, expected->header_len);
    uint8_t *out = malloc(len); /* exactly as much as it may write */
    assert_int_equal(uvws_frame_encode(&frame, out), len);
    assert_memory_equal(out, expected->bytes, len);
    free(out);
  }
}

static void encodes_the_key_behind_the_length(void **state) {
  (void)state;
  for (size_t i = 0; i < ENCODING_COUNT; i++) {
    const encoding_t *expected = &encodings[i];
    uvws_frame_t frame = {.payload_len = expected->payload_len,
                          .opcode = UVWS_OPCODE_BINARY,
                          .is_final = true,
                          .is_masked = true};
    memcpy(frame.key, key, sizeof(key));
    size_t len = uvws_frame_header_len(expected->payload_len, true);
    assert_int_equal(len, expected->header_len + sizeof(key));
    uint8_t *out = malloc(len);
    assert_int_equal(uvws_frame_encode(&frame, out), len);
    assert_int_equal(out[1], (uint8_t)expected->bytes[1] | 0x80);
    assert_memory_equal(out + 2, expected->bytes + 2, expected->header_len - 2);
    assert_memory_equal(out + expected->header_len, key, sizeof(key));
    free(out);
  }
}

static void encodes_flags_and_opcode(void **state) {
  (void)state;
  uint8_t out[UVWS_FRAME_HEADER_MAX];
  uvws_frame_t frame = {.opcode = UVWS_OPCODE_TEXT, .rsv1 = true};
  uvws_frame_encode(&frame, out);
  assert_int_equal(out[0], 0x41);
  frame = (uvws_frame_t){.opcode = UVWS_OPCODE_PONG, .is_final = true};
  uvws_frame_encode(&frame, out);
  assert_int_equal(out[0], 0x8a);
}

/* RFC 6455 7.4 and the registry, in the reading of ws. */
static bool is_listed_close_code(unsigned code) {
  switch (code) {
  case 1000:
  case 1001:
  case 1002:
  case 1003:
  case 1007:
  case 1008:
  case 1009:
  case 1010:
  case 1011:
  case 1012:
  case 1013:
  case 1014:
    return true;
  default:
    return code >= 3000 && code < 5000;
  }
}

static void knows_every_close_code(void **state) {
  (void)state;
  for (unsigned code = 0; code <= UINT16_MAX; code++) {
    assert_int_equal(uvws_close_code_is_valid(code),
                     is_listed_close_code(code));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(decodes_every_first_byte),
      cmocka_unit_test(decodes_every_second_byte),
      cmocka_unit_test(decodes_a_16_bit_length_and_a_key),
      cmocka_unit_test(decodes_a_64_bit_length_and_a_key),
      cmocka_unit_test(decodes_the_largest_length),
      cmocka_unit_test(decodes_lengths_that_are_not_minimal),
      cmocka_unit_test(tells_control_opcodes),
      cmocka_unit_test(encodes_the_minimal_form_at_every_boundary),
      cmocka_unit_test(encodes_the_key_behind_the_length),
      cmocka_unit_test(encodes_flags_and_opcode),
      cmocka_unit_test(knows_every_close_code),
  };
  return cmocka_run_group_tests_name("frame", tests, NULL, NULL);
}
