#include <stdlib.h>
#include <string.h>

#include "core/session.h"
#include "feeding.h"
#include "support.h"

#define CLOSE_TIMEOUT_MS 30000
#define NOW_MS 1000

/* The two ends of one connection, without a transport between them. */
typedef struct fixture {
  support_mem_t counter;
  uvws_session_options_t server_options;
  uvws_session_options_t client_options;
  uvws_session_t server;
  uvws_session_t client;
  event_log_t server_log;
  event_log_t client_log;
  uvws_buffer_t out; /* what either end writes */
  uint8_t next_key;
} fixture_t;

static void draw_counted_key(void *user, uint8_t key[UVWS_MASK_KEY_LEN]) {
  fixture_t *fixture = user;
  memset(key, fixture->next_key++, UVWS_MASK_KEY_LEN);
}

static int set_up(void **state) {
  fixture_t *fixture = calloc(1, sizeof(*fixture));
  support_mem_init(&fixture->counter, 0);
  fixture->server_options =
      (uvws_session_options_t){.receiver = {.mem = &fixture->counter.mem,
                                            .is_valid_utf8 = uvws_utf8_is_valid,
                                            .max_payload = 100000,
                                            .is_server = true},
                               .close_timeout_ms = CLOSE_TIMEOUT_MS};
  fixture->client_options = fixture->server_options;
  fixture->client_options.receiver.is_server = false;
  fixture->client_options.mask_source = draw_counted_key;
  fixture->client_options.mask_user = fixture;
  fixture->next_key = 1;
  uvws_session_init(&fixture->server, &fixture->server_options,
                    &event_log_callbacks, &fixture->server_log);
  uvws_session_init(&fixture->client, &fixture->client_options,
                    &event_log_callbacks, &fixture->client_log);
  *state = fixture;
  return 0;
}

static int tear_down(void **state) {
  fixture_t *fixture = *state;
  uvws_session_deinit(&fixture->server);
  uvws_session_deinit(&fixture->client);
  uvws_buffer_deinit(&fixture->out, &fixture->counter.mem);
  event_log_deinit(&fixture->server_log);
  event_log_deinit(&fixture->client_log);
  assert_int_equal(fixture->counter.live, 0);
  free(fixture);
  return 0;
}

/* Carries everything written to the other end. */
static void deliver(fixture_t *fixture, uvws_session_t *to) {
  uint8_t *bytes = support_copy(fixture->out.data, fixture->out.len);
  assert_int_equal(uvws_session_feed(to, bytes, fixture->out.len), UVWS_OK);
  free(bytes);
  fixture->out.len = 0;
}

static void assert_log(event_log_t *log, const char *text) {
  assert_int_equal(log->len, strlen(text));
  assert_memory_equal(log->text, text, log->len);
}

static void assert_out(const fixture_t *fixture, const char *bytes,
                       size_t len) {
  assert_int_equal(fixture->out.len, len);
  assert_memory_equal(fixture->out.data, bytes, len);
}

static void send_text(fixture_t *fixture, uvws_session_t *session,
                      uvws_opcode_t opcode, const char *text) {
  uvws_outgoing_t what = {.opcode = opcode, .is_final = true};
  uvws_slice_t payload = uvws_slice(text, strlen(text));
  assert_int_equal(uvws_session_send(session, &fixture->out, what, payload),
                   UVWS_OK);
}

static void close_session(fixture_t *fixture, uvws_session_t *session,
                          uint16_t code, const char *reason) {
  assert_int_equal(uvws_session_close(session, &fixture->out, code,
                                      uvws_slice(reason, strlen(reason)),
                                      NOW_MS),
                   UVWS_OK);
}

static void begins_open_and_without_memory(void **state) {
  fixture_t *fixture = *state;
  assert_int_equal(fixture->counter.calls, 0);
  assert_false(fixture->server.is_close_sent);
  assert_false(fixture->server.is_receive_concluded);
  assert_int_equal(fixture->server.close_deadline_ms, 0);
  assert_false(uvws_session_is_finished(&fixture->server));
}

static void masks_in_the_client_role_with_a_fresh_key_each(void **state) {
  fixture_t *fixture = *state;
  send_text(fixture, &fixture->client, UVWS_OPCODE_TEXT, "a");
  send_text(fixture, &fixture->client, UVWS_OPCODE_PING, "b");
  assert_out(fixture,
             "\x81\x81\x01\x01\x01\x01\x60\x89\x81\x02\x02\x02\x02\x60", 14);
  deliver(fixture, &fixture->server);
  assert_log(&fixture->server_log, "text 61\nping 62\n");
}

static void does_not_mask_in_the_server_role(void **state) {
  fixture_t *fixture = *state;
  const uint8_t key[UVWS_MASK_KEY_LEN] = {1, 2, 3, 4};
  uvws_outgoing_t what = {
      .opcode = UVWS_OPCODE_BINARY, .is_final = true, .key = key};
  assert_int_equal(uvws_session_send(&fixture->server, &fixture->out, what,
                                     uvws_slice("ab", 2)),
                   UVWS_OK);
  assert_out(fixture, "\x82\x02\x61\x62", 4);
  deliver(fixture, &fixture->client);
  assert_log(&fixture->client_log, "binary 6162\n");
}

static void draws_a_key_for_the_client_role_only(void **state) {
  fixture_t *fixture = *state;
  uint8_t key[UVWS_MASK_KEY_LEN] = {0};
  uvws_outgoing_t what = {.opcode = UVWS_OPCODE_TEXT, .is_final = true};
  uvws_session_draw_key(&fixture->client, &what, key);
  assert_ptr_equal(what.key, key);
  assert_memory_equal(key, "\x01\x01\x01\x01", sizeof(key));
  uvws_session_draw_key(&fixture->server, &what, key);
  assert_null(what.key);
  assert_int_equal(fixture->next_key, 2);
}

static void writes_a_close_frame_with_code_and_reason(void **state) {
  fixture_t *fixture = *state;
  close_session(fixture, &fixture->server, 1000, "bye");
  assert_out(fixture,
             "\x88\x05\x03\xe8"
             "bye",
             7);
  assert_true(fixture->server.is_close_sent);
  assert_int_equal(fixture->server.close_deadline_ms,
                   NOW_MS + CLOSE_TIMEOUT_MS);
}

static void writes_an_empty_close_frame_for_no_status(void **state) {
  fixture_t *fixture = *state;
  close_session(fixture, &fixture->server, UVWS_CLOSE_NO_STATUS, "ignored");
  assert_out(fixture, "\x88\x00", 2);
  deliver(fixture, &fixture->client);
  assert_log(&fixture->client_log, "close 1005 -\n");
}

static void writes_the_longest_reason(void **state) {
  fixture_t *fixture = *state;
  char reason[UVWS_CLOSE_REASON_MAX + 1] = {0};
  memset(reason, 'r', UVWS_CLOSE_REASON_MAX);
  close_session(fixture, &fixture->client, 4999, reason);
  assert_int_equal(fixture->out.len, 2 + UVWS_MASK_KEY_LEN + 125);
  deliver(fixture, &fixture->server);
  assert_true(uvws_receiver_is_stopped(&fixture->server.receiver));
}

static void sends_only_one_close_frame(void **state) {
  fixture_t *fixture = *state;
  close_session(fixture, &fixture->server, 1001, "");
  assert_int_equal(uvws_session_close(&fixture->server, &fixture->out, 1000,
                                      uvws_slice("x", 1), 2 * NOW_MS),
                   UVWS_OK);
  assert_out(fixture, "\x88\x02\x03\xe9", 4);
  assert_int_equal(fixture->server.close_deadline_ms,
                   NOW_MS + CLOSE_TIMEOUT_MS);
}

static void receives_until_the_peer_closes_too(void **state) {
  fixture_t *fixture = *state;
  close_session(fixture, &fixture->server, 1000, "");
  fixture->out.len = 0;
  send_text(fixture, &fixture->client, UVWS_OPCODE_TEXT, "late");
  deliver(fixture, &fixture->server);
  close_session(fixture, &fixture->client, 1000, "");
  deliver(fixture, &fixture->server);
  assert_log(&fixture->server_log, "text 6c617465\nclose 1000 -\n");
}

static void is_finished_when_both_sides_closed(void **state) {
  fixture_t *fixture = *state;
  close_session(fixture, &fixture->client, 1000, "");
  deliver(fixture, &fixture->server);
  assert_false(uvws_session_is_finished(&fixture->server));
  close_session(fixture, &fixture->server, 1000, "");
  assert_false(uvws_session_is_finished(&fixture->server));
  uvws_session_conclude(&fixture->server);
  assert_true(uvws_session_is_finished(&fixture->server));
}

static void is_not_finished_before_the_answer_was_sent(void **state) {
  fixture_t *fixture = *state;
  uvws_session_conclude(&fixture->server);
  assert_false(uvws_session_is_finished(&fixture->server));
  close_session(fixture, &fixture->server, 1000, "");
  assert_true(uvws_session_is_finished(&fixture->server));
}

static void conclude_stops_the_receiver_and_frees(void **state) {
  fixture_t *fixture = *state;
  uint8_t part[] = {0x81, 0x82, 0, 0, 0, 0, 'a'};
  assert_int_equal(uvws_session_feed(&fixture->server, part, sizeof(part)),
                   UVWS_OK);
  assert_int_equal(fixture->counter.live, 1);
  uvws_session_conclude(&fixture->server);
  assert_int_equal(fixture->counter.live, 0);
  uint8_t last[] = {'b'};
  assert_int_equal(uvws_session_feed(&fixture->server, last, 1), UVWS_OK);
  assert_int_equal(fixture->server_log.len, 0);
}

static void passes_a_failure_on_once(void **state) {
  fixture_t *fixture = *state;
  uint8_t bad[] = {0x83, 0x80, 0x81};
  assert_int_equal(uvws_session_feed(&fixture->server, bad, sizeof(bad)),
                   UVWS_ERR_INVALID_OPCODE);
  assert_int_equal(fixture->server.receiver.detail, 3);
  assert_int_equal(uvws_session_feed(&fixture->server, bad, sizeof(bad)),
                   UVWS_OK);
}

static void receives_a_long_payload_through_its_room(void **state) {
  fixture_t *fixture = *state;
  uint8_t header[] = {0x82, 0xfe, 0x13, 0x88, 0, 0, 0, 0};
  assert_int_equal(uvws_session_feed(&fixture->server, header, sizeof(header)),
                   UVWS_OK);
  size_t len;
  uint8_t *room = uvws_session_room(&fixture->server, &len);
  assert_non_null(room);
  assert_int_equal(len, 5000);
  memset(room, 'r', len);
  assert_int_equal(uvws_session_filled(&fixture->server, len), UVWS_OK);
  assert_int_equal(fixture->server_log.len,
                   strlen("binary \n") + (size_t)2 * 5000);
}

static void a_close_between_fragments_leaves_the_message_open(void **state) {
  fixture_t *fixture = *state;
  uvws_outgoing_t part = {.opcode = UVWS_OPCODE_TEXT, .is_final = false};
  assert_int_equal(uvws_session_send(&fixture->server, &fixture->out, part,
                                     uvws_slice("a", 1)),
                   UVWS_OK);
  close_session(fixture, &fixture->server, 1001, "");
  deliver(fixture, &fixture->client);
  assert_log(&fixture->client_log, "close 1001 -\n");
}

static void rests_where_nothing_is_compressed(void **state) {
  fixture_t *fixture = *state;
  uvws_session_rest(&fixture->server);
  uvws_session_rest(&fixture->client);
  send_text(fixture, &fixture->client, UVWS_OPCODE_TEXT, "a");
  deliver(fixture, &fixture->server);
  assert_log(&fixture->server_log, "text 61\n");
}

static void changes_nothing_without_memory(void **state) {
  fixture_t *fixture = *state;
  uvws_outgoing_t what = {.opcode = UVWS_OPCODE_TEXT, .is_final = false};
  fixture->counter.fail_at = 1;
  assert_int_equal(uvws_session_send(&fixture->server, &fixture->out, what,
                                     uvws_slice("a", 1)),
                   UVWS_ERR_NO_MEMORY);
  fixture->counter.fail_at = 2;
  assert_int_equal(uvws_session_close(&fixture->server, &fixture->out, 1000,
                                      uvws_slice("", 0), NOW_MS),
                   UVWS_ERR_NO_MEMORY);
  assert_false(fixture->server.is_close_sent);
  assert_int_equal(fixture->server.close_deadline_ms, 0);
  send_text(fixture, &fixture->server, UVWS_OPCODE_TEXT, "a");
  assert_out(fixture, "\x81\x01\x61", 3);
}

#define SESSION_TEST(name)                                                     \
  cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      SESSION_TEST(begins_open_and_without_memory),
      SESSION_TEST(masks_in_the_client_role_with_a_fresh_key_each),
      SESSION_TEST(does_not_mask_in_the_server_role),
      SESSION_TEST(draws_a_key_for_the_client_role_only),
      SESSION_TEST(writes_a_close_frame_with_code_and_reason),
      SESSION_TEST(writes_an_empty_close_frame_for_no_status),
      SESSION_TEST(writes_the_longest_reason),
      SESSION_TEST(sends_only_one_close_frame),
      SESSION_TEST(receives_until_the_peer_closes_too),
      SESSION_TEST(is_finished_when_both_sides_closed),
      SESSION_TEST(is_not_finished_before_the_answer_was_sent),
      SESSION_TEST(conclude_stops_the_receiver_and_frees),
      SESSION_TEST(passes_a_failure_on_once),
      SESSION_TEST(receives_a_long_payload_through_its_room),
      SESSION_TEST(a_close_between_fragments_leaves_the_message_open),
      SESSION_TEST(rests_where_nothing_is_compressed),
      SESSION_TEST(changes_nothing_without_memory),
  };
  return cmocka_run_group_tests_name("session", tests, NULL, NULL);
}
