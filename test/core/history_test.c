/* Contexts that many share although they take over: each begins behind what its
 * peer has got last. */
#include "core/history.h"

#include "crowd.h"

static void note(uvws_buffer_t *history, const uvws_mem_t *mem,
                 const char *text) {
  uvws_history_note(history, mem, uvws_slice(text, strlen(text)), 8);
}

static void assert_history(const uvws_buffer_t *history, const char *text) {
  assert_int_equal(history->len, strlen(text));
  assert_memory_equal(history->data, text, history->len);
}

static void keeps_the_last_bytes(void **state) {
  (void)state;
  support_mem_t counter;
  uvws_buffer_t history = uvws_buffer_empty();
  support_mem_init(&counter, 0);
  note(&history, &counter.mem, "abc");
  assert_history(&history, "abc");
  note(&history, &counter.mem, "defgh");
  assert_history(&history, "abcdefgh");
  note(&history, &counter.mem, "ij");
  assert_history(&history, "cdefghij");
  note(&history, &counter.mem, "");
  assert_history(&history, "cdefghij");
  note(&history, &counter.mem, "0123456789");
  assert_history(&history, "23456789");
  assert_int_equal(history.cap, 8);
  uvws_buffer_deinit(&history, &counter.mem);
}

static void is_empty_without_memory(void **state) {
  (void)state;
  support_mem_t counter;
  uvws_buffer_t history = uvws_buffer_empty();
  support_mem_init(&counter, 1);
  note(&history, &counter.mem, "abc");
  assert_int_equal(history.len, 0);
}

static void nobody_has_a_context_of_its_own(void **state) {
  (void)state;
  crowd_t crowd;
  gather(&crowd, with_history);
  const uvws_compression_t *compression = &crowd.fixture.server.compression;
  const uvws_packer_t *shared = NULL;
  for (int i = 0; i < 3 * PAIRS; i++) {
    send_to(&crowd, i % PAIRS, uvws_slice(crowd.fixture.payload + i, 200));
    assert_null(crowd.servers[i % PAIRS].deflater);
    assert_non_null(compression->packer);
    assert_true(i == 0 || compression->packer == shared);
    shared = compression->packer;
  }
  assert_null(compression->deflater);
  disperse(&crowd);
}

/* What is too long for a packer, and what comes behind that. */
static void zlib_compresses_what_is_long(void **state) {
  (void)state;
  crowd_t crowd;
  gather(&crowd, with_history);
  const uvws_compression_t *compression = &crowd.fixture.server.compression;
  uint8_t *text = payload_json(2 * UVWS_PACKER_PAYLOAD_MAX, 3);
  for (size_t i = 0; i < 2 * PAIRS; i++) {
    size_t len = UVWS_PACKER_PAYLOAD_MAX + i % 2;
    send_to(&crowd, (int)i / 2, uvws_slice(text + i, len));
    send_to(&crowd, (int)i / 2, uvws_slice(text + len - 500, 500));
    send_to(&crowd, (int)i / 2, uvws_slice(text + i, 2 * len - i));
    assert_null(crowd.servers[i / 2].deflater);
    assert_non_null(compression->deflater);
  }
  free(text);
  disperse(&crowd);
}

/* The bytes on the wire of a payload that was sent before, `between` bytes of
 * others ago. */
static size_t len_of_a_repetition(crowd_t *crowd, size_t between) {
  const uint8_t *payload = crowd->fixture.payload;
  uvws_outgoing_t what = {
      .opcode = UVWS_OPCODE_BINARY, .is_final = true, .is_compressed = true};
  send_to(crowd, 0, uvws_slice(payload, 250));
  for (size_t i = 0; i < between; i += 250) {
    send_to(crowd, 0, uvws_slice(payload + 300 + i, 250));
    send_to(crowd, 1, uvws_slice(payload + 1, 250));
  }
  assert_int_equal(uvws_session_send(&crowd->servers[0], &crowd->fixture.out,
                                     what, uvws_slice(payload, 250)),
                   UVWS_OK);
  size_t len = crowd->fixture.out.len;
  expect_message(&crowd->fixture, &crowd->clients[0], "binary",
                 uvws_slice(payload, 250));
  return len;
}

static void refers_back_as_far_as_the_history_goes(void **state) {
  (void)state;
  crowd_t crowd;
  gather(&crowd, with_history);
  size_t near = len_of_a_repetition(&crowd, 1000);
  size_t far = len_of_a_repetition(&crowd, 2000);
  assert_true(near < 20);
  assert_true(far > 2 * near);
  disperse(&crowd);
}

static void a_session_at_rest_has_none(void **state) {
  (void)state;
  crowd_t crowd;
  gather(&crowd, with_history);
  for (int i = 0; i < 3; i++) {
    send_to(&crowd, 0, part(&crowd.fixture, 1000));
    assert_non_null(crowd.servers[0].history.data);
    uvws_session_rest(&crowd.servers[0]);
    assert_null(crowd.servers[0].history.data);
  }
  disperse(&crowd);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(keeps_the_last_bytes),
      cmocka_unit_test(is_empty_without_memory),
      cmocka_unit_test(nobody_has_a_context_of_its_own),
      cmocka_unit_test(zlib_compresses_what_is_long),
      cmocka_unit_test(refers_back_as_far_as_the_history_goes),
      cmocka_unit_test(a_session_at_rest_has_none),
  };
  return cmocka_run_group_tests_name("history", tests, NULL, NULL);
}
