#include <stdlib.h>
#include <string.h>

#include "core/sender.h"
#include "support.h"

static const uint8_t key[UVWS_MASK_KEY_LEN] = {0x37, 0xfa, 0x21, 0x3d};

typedef struct fixture {
  support_mem_t counter;
  uvws_sender_t sender;
  uvws_buffer_t out;
} fixture_t;

static int set_up(void **state) {
  fixture_t *fixture = malloc(sizeof(*fixture));
  support_mem_init(&fixture->counter, 0);
  uvws_sender_init(&fixture->sender);
  fixture->out = uvws_buffer_empty();
  *state = fixture;
  return 0;
}

static int tear_down(void **state) {
  fixture_t *fixture = *state;
  uvws_buffer_deinit(&fixture->out, &fixture->counter.mem);
  assert_int_equal(fixture->counter.live, 0);
  free(fixture);
  return 0;
}

static void send_text(fixture_t *fixture, uvws_outgoing_t what,
                      const char *text) {
  uvws_slice_t payload = support_copy_text(text);
  assert_int_equal(uvws_sender_frame(&fixture->sender, &fixture->out,
                                     &fixture->counter.mem, &what, payload),
                   UVWS_OK);
  assert_memory_equal(payload.data, text, payload.len);
  free((void *)payload.data);
}

static void assert_out(const fixture_t *fixture, const char *bytes,
                       size_t len) {
  assert_int_equal(fixture->out.len, len);
  assert_memory_equal(fixture->out.data, bytes, len);
}

static void writes_the_unmasked_text_of_the_rfc(void **state) {
  uvws_outgoing_t what = {.opcode = UVWS_OPCODE_TEXT, .is_final = true};
  send_text(*state, what, "Hello");
  assert_out(*state, "\x81\x05Hello", 7);
}

static void writes_the_masked_text_of_the_rfc(void **state) {
  uvws_outgoing_t what = {
      .opcode = UVWS_OPCODE_TEXT, .is_final = true, .key = key};
  send_text(*state, what, "Hello");
  assert_out(*state, "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", 11);
}

static void writes_the_fragments_of_the_rfc(void **state) {
  uvws_outgoing_t what = {.opcode = UVWS_OPCODE_TEXT, .is_final = false};
  send_text(*state, what, "Hel");
  what.is_final = true;
  send_text(*state, what, "lo");
  send_text(*state, what, "x");
  assert_out(*state, "\x01\x03Hel\x80\x02lo\x81\x01x", 12);
}

static void puts_control_frames_between_fragments(void **state) {
  uvws_outgoing_t part = {.opcode = UVWS_OPCODE_BINARY, .is_final = false};
  uvws_outgoing_t ping = {.opcode = UVWS_OPCODE_PING, .is_final = true};
  send_text(*state, part, "a");
  send_text(*state, ping, "");
  send_text(*state, part, "b");
  part.is_final = true;
  send_text(*state, part, "");
  assert_out(*state, "\x02\x01\x61\x89\x00\x00\x01\x62\x80\x00", 10);
}

static void sets_rsv1_on_the_first_fragment_only(void **state) {
  uvws_outgoing_t what = {.opcode = UVWS_OPCODE_TEXT, .is_compressed = true};
  uvws_outgoing_t pong = {
      .opcode = UVWS_OPCODE_PONG, .is_final = true, .is_compressed = true};
  send_text(*state, pong, "");
  send_text(*state, what, "");
  send_text(*state, pong, "");
  send_text(*state, what, "");
  what.is_final = true;
  send_text(*state, what, "");
  send_text(*state, what, "");
  assert_out(*state, "\x8a\x00\x41\x00\x8a\x00\x00\x00\x80\x00\xc1\x00", 12);
}

static void takes_a_null_payload(void **state) {
  fixture_t *fixture = *state;
  uvws_outgoing_t what = {.opcode = UVWS_OPCODE_PING, .is_final = true};
  for (int i = 0; i < 2; i++) {
    assert_int_equal(uvws_sender_frame(&fixture->sender, &fixture->out,
                                       &fixture->counter.mem, &what,
                                       uvws_slice(NULL, 0)),
                     UVWS_OK);
    what.key = key;
  }
  assert_out(fixture, "\x89\x00\x89\x80\x37\xfa\x21\x3d", 8);
}

static void writes_a_header_without_its_payload(void **state) {
  fixture_t *fixture = *state;
  uvws_outgoing_t what = {.opcode = UVWS_OPCODE_BINARY, .key = key};
  assert_int_equal(uvws_sender_header(&fixture->sender, &fixture->out,
                                      &fixture->counter.mem, &what, 65536),
                   UVWS_OK);
  what = (uvws_outgoing_t){.opcode = UVWS_OPCODE_BINARY, .is_final = true};
  assert_int_equal(uvws_sender_header(&fixture->sender, &fixture->out,
                                      &fixture->counter.mem, &what, 300),
                   UVWS_OK);
  assert_out(fixture,
             "\x02\xff\0\0\0\0\0\x01\0\0\x37\xfa\x21\x3d\x80\x7e\x01\x2c", 18);
}

/* A payload of len bytes written into room for `room`. */
static void commit_pattern(fixture_t *fixture, uvws_outgoing_t what,
                           size_t room, size_t len) {
  uint8_t *payload =
      uvws_sender_prepare(&fixture->out, &fixture->counter.mem, &what, room);
  assert_non_null(payload);
  for (size_t i = 0; i < len; i++) {
    payload[i] = (uint8_t)(i * 7);
  }
  uvws_sender_commit(&fixture->sender, &fixture->out, &what, room, len);
}

static void copy_pattern(fixture_t *fixture, uvws_outgoing_t what, size_t len) {
  uint8_t *payload = malloc(len + 1);
  for (size_t i = 0; i < len; i++) {
    payload[i] = (uint8_t)(i * 7);
  }
  assert_int_equal(uvws_sender_frame(&fixture->sender, &fixture->out,
                                     &fixture->counter.mem, &what,
                                     uvws_slice(payload, len)),
                   UVWS_OK);
  free(payload);
}

/* Room and length on both sides of each header size. */
static void commits_what_a_copied_payload_gives(void **state) {
  static const size_t sizes[] = {0,     1,     125,   126,   127,
                                 65534, 65535, 65536, 65537, 70000};
  const size_t count = sizeof(sizes) / sizeof(sizes[0]);
  fixture_t *fixture = *state;
  for (size_t i = 0; i < count * count * 2; i++) {
    size_t room = sizes[i / 2 / count];
    size_t len = sizes[i / 2 % count];
    uvws_outgoing_t what = {.opcode = UVWS_OPCODE_TEXT,
                            .is_final = true,
                            .key = i % 2 == 0 ? NULL : key};
    if (len > room) {
      continue;
    }
    copy_pattern(fixture, what, len);
    size_t frame_len = fixture->out.len;
    commit_pattern(fixture, what, room, len);
    assert_int_equal(fixture->out.len, 2 * frame_len);
    assert_memory_equal(fixture->out.data, fixture->out.data + frame_len,
                        frame_len);
    uvws_buffer_deinit(&fixture->out, &fixture->counter.mem);
  }
}

static void prepares_only_until_committed(void **state) {
  fixture_t *fixture = *state;
  uvws_outgoing_t what = {.opcode = UVWS_OPCODE_TEXT, .is_final = false};
  assert_non_null(
      uvws_sender_prepare(&fixture->out, &fixture->counter.mem, &what, 1000));
  assert_int_equal(fixture->out.len, 0);
  commit_pattern(fixture, what, 1000, 2);
  commit_pattern(fixture, what, 1, 0);
  assert_out(fixture, "\x01\x02\x00\x07\x00\x00", 6);
}

static void refuses_a_payload_beyond_the_address_space(void **state) {
  fixture_t *fixture = *state;
  uvws_outgoing_t what = {.opcode = UVWS_OPCODE_BINARY, .is_final = true};
  const uint8_t byte = 0;
  assert_int_equal(uvws_sender_frame(&fixture->sender, &fixture->out,
                                     &fixture->counter.mem, &what,
                                     uvws_slice(&byte, SIZE_MAX)),
                   UVWS_ERR_TOO_LARGE);
  assert_null(uvws_sender_prepare(&fixture->out, &fixture->counter.mem, &what,
                                  SIZE_MAX - 9));
  assert_int_equal(fixture->out.len, 0);
}

static void changes_nothing_without_memory(void **state) {
  fixture_t *fixture = *state;
  uvws_outgoing_t what = {.opcode = UVWS_OPCODE_TEXT, .is_final = false};
  uvws_mem_t *mem = &fixture->counter.mem;
  fixture->counter.fail_at = 1;
  assert_int_equal(uvws_sender_frame(&fixture->sender, &fixture->out, mem,
                                     &what, uvws_slice("a", 1)),
                   UVWS_ERR_NO_MEMORY);
  fixture->counter.fail_at = 2;
  assert_int_equal(
      uvws_sender_header(&fixture->sender, &fixture->out, mem, &what, 1),
      UVWS_ERR_NO_MEMORY);
  fixture->counter.fail_at = 3;
  assert_null(uvws_sender_prepare(&fixture->out, mem, &what, 1));
  assert_int_equal(fixture->out.len, 0);
  send_text(fixture, what, "a");
  assert_out(fixture, "\x01\x01\x61", 3);
}

#define SENDER_TEST(name)                                                      \
  cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      SENDER_TEST(writes_the_unmasked_text_of_the_rfc),
      SENDER_TEST(writes_the_masked_text_of_the_rfc),
      SENDER_TEST(writes_the_fragments_of_the_rfc),
      SENDER_TEST(puts_control_frames_between_fragments),
      SENDER_TEST(sets_rsv1_on_the_first_fragment_only),
      SENDER_TEST(takes_a_null_payload),
      SENDER_TEST(writes_a_header_without_its_payload),
      SENDER_TEST(commits_what_a_copied_payload_gives),
      SENDER_TEST(prepares_only_until_committed),
      SENDER_TEST(refuses_a_payload_beyond_the_address_space),
      SENDER_TEST(changes_nothing_without_memory),
  };
  return cmocka_run_group_tests_name("sender", tests, NULL, NULL);
}
