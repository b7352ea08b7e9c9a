/* Contexts of compression that sessions share, lend and give back. */
#include "compressing_pair.h"

/* ---- Contexts that are shared ---- */

/* Two more servers with the first one's compression, each with a client. */
static void shares_contexts_between_connections(void **state) {
  (void)state;
  fixture_t fixture;
  begin(&fixture, nothing_taken_over);
  side_t *server = &fixture.server;
  uvws_session_t second;
  uvws_session_init(&second, &server->options, &event_log_callbacks,
                    &server->log);
  for (int i = 0; i < 3; i++) {
    echo(&fixture, server, part(&fixture, PAYLOAD_LEN));
    echo(&fixture, &fixture.client, part(&fixture, PAYLOAD_LEN));
    assert_null(server->session.deflater);
    assert_null(server->session.receiver.inflater);
    assert_non_null(server->compression.deflater);
    assert_non_null(server->compression.inflater);
    uvws_outgoing_t what = {
        .opcode = UVWS_OPCODE_BINARY, .is_final = true, .is_compressed = true};
    size_t calls = fixture.counter.calls;
    assert_int_equal(uvws_session_send(&second, &fixture.out, what,
                                       part(&fixture, PAYLOAD_LEN)),
                     UVWS_OK);
    assert_true(fixture.counter.calls <= calls + 1); /* the output's */
    expect_message(&fixture, &fixture.client, "binary",
                   part(&fixture, PAYLOAD_LEN));
  }
  uvws_session_deinit(&second);
  end(&fixture);
}

/* A context lent for a fragmented message is nobody else's until its end. */
static void lends_each_unfinished_message_its_own_context(void **state) {
  (void)state;
  fixture_t fixture;
  begin(&fixture, nothing_taken_over);
  uvws_session_t second;
  uvws_session_init(&second, &fixture.server.options, &event_log_callbacks,
                    &fixture.server.log);
  uvws_buffer_t out = uvws_buffer_empty();
  uvws_outgoing_t what = {.opcode = UVWS_OPCODE_BINARY, .is_compressed = true};
  put(&fixture, &fixture.server, UVWS_OPCODE_BINARY, part(&fixture, 1000),
      false);
  assert_int_equal(uvws_session_send(&second, &out, what, part(&fixture, 2000)),
                   UVWS_OK);
  assert_ptr_not_equal(second.deflater, fixture.server.session.deflater);
  put(&fixture, &fixture.server, UVWS_OPCODE_BINARY,
      uvws_slice(fixture.payload + 1000, PAYLOAD_LEN - 1000), true);
  what.is_final = true;
  assert_int_equal(
      uvws_session_send(&second, &out, what,
                        uvws_slice(fixture.payload + 2000, PAYLOAD_LEN - 2000)),
      UVWS_OK);
  expect_message(&fixture, &fixture.client, "binary",
                 part(&fixture, PAYLOAD_LEN));
  assert_int_equal(uvws_buffer_append(&fixture.out, &fixture.counter.mem,
                                      uvws_slice(out.data, out.len), SIZE_MAX),
                   UVWS_OK);
  expect_message(&fixture, &fixture.client, "binary",
                 part(&fixture, PAYLOAD_LEN));
  uvws_buffer_deinit(&out, &fixture.counter.mem);
  uvws_session_deinit(&second);
  end(&fixture);
}

static void sends_what_was_compressed_once_to_many(void **state) {
  (void)state;
  for (int takes = 0; takes < 2; takes++) {
    fixture_t fixture;
    begin(&fixture, takes != 0 ? usual : nothing_taken_over);
    side_t *server = &fixture.server;
    uvws_buffer_t deflated = uvws_buffer_empty();
    uvws_deflater_t *deflater =
        uvws_compression_take_deflater(&server->compression);
    assert_int_equal(uvws_deflater_run(deflater, part(&fixture, PAYLOAD_LEN),
                                       true, &deflated),
                     UVWS_OK);
    uvws_compression_give_deflater(&server->compression, deflater);
    for (int i = 0; i < 3; i++) {
      uvws_outgoing_t what = {.opcode = UVWS_OPCODE_TEXT, .is_final = true};
      echo(&fixture, server, part(&fixture, 500));
      assert_int_equal(
          uvws_session_send_deflated(&server->session, &fixture.out, what,
                                     uvws_slice(deflated.data, deflated.len)),
          UVWS_OK);
      expect_message(&fixture, &fixture.client, "text",
                     part(&fixture, PAYLOAD_LEN));
      echo(&fixture, server, part(&fixture, 700));
    }
    uvws_buffer_deinit(&deflated, &fixture.counter.mem);
    end(&fixture);
  }
}

/* ---- Memory ---- */

static void
allocates_a_context_with_the_first_compressed_message(void **state) {
  (void)state;
  fixture_t fixture;
  begin(&fixture, usual);
  assert_int_equal(fixture.counter.calls, 0);
  put(&fixture, &fixture.server, UVWS_OPCODE_PING, part(&fixture, 100), true);
  fixture.out.len = 0;
  assert_int_equal(fixture.counter.calls, 1);
  echo(&fixture, &fixture.server, part(&fixture, 100));
  assert_non_null(fixture.server.session.deflater);
  assert_non_null(fixture.client.session.receiver.inflater);
  assert_null(fixture.server.session.receiver.inflater);
  assert_null(fixture.client.session.deflater);
  end(&fixture);
}

static void gives_contexts_back_with_the_close_frame(void **state) {
  (void)state;
  fixture_t fixture;
  begin(&fixture, usual);
  echo(&fixture, &fixture.server, part(&fixture, 1000));
  assert_int_equal(uvws_session_close(&fixture.server.session, &fixture.out,
                                      1000, uvws_slice(NULL, 0), 0),
                   UVWS_OK);
  assert_null(fixture.server.session.deflater);
  event_log_t expected = {NULL, 0, 0};
  event_log_close(&expected, 1000, uvws_slice(NULL, 0));
  expect(&fixture, &fixture.client, &expected);
  assert_null(fixture.client.session.receiver.inflater);
  event_log_deinit(&expected);
  end(&fixture);
}

static void keeps_one_context_of_those_given_back(void **state) {
  (void)state;
  fixture_t fixture;
  begin(&fixture, usual);
  uvws_compression_t *compression = &fixture.server.compression;
  uvws_deflater_t *deflaters[3];
  uvws_inflater_t *inflaters[3];
  for (size_t i = 0; i < 3; i++) {
    deflaters[i] = uvws_compression_take_deflater(compression);
    inflaters[i] = uvws_compression_take_inflater(compression);
  }
  for (size_t i = 0; i < 3; i++) {
    uvws_compression_give_deflater(compression, deflaters[i]);
    uvws_compression_give_inflater(compression, inflaters[i]);
  }
  uvws_compression_give_deflater(compression, NULL);
  uvws_compression_give_inflater(compression, NULL);
  assert_ptr_equal(uvws_compression_take_deflater(compression), deflaters[0]);
  uvws_compression_give_deflater(compression, deflaters[0]);
  uvws_compression_trim(compression);
  assert_int_equal(fixture.counter.live, 0);
  end(&fixture);
}

static void a_session_at_rest_holds_only_the_peer_s_history(void **state) {
  (void)state;
  fixture_t fixture;
  begin(&fixture, usual);
  for (int i = 0; i < 3; i++) {
    echo(&fixture, &fixture.server, part(&fixture, PAYLOAD_LEN));
    echo(&fixture, &fixture.client, part(&fixture, PAYLOAD_LEN));
    uvws_session_rest(&fixture.server.session);
    uvws_session_rest(&fixture.client.session);
    assert_null(fixture.server.session.deflater);
    assert_non_null(fixture.server.session.receiver.inflater);
  }
  uvws_compression_trim(&fixture.server.compression);
  uvws_compression_trim(&fixture.client.compression);
  uvws_buffer_deinit(&fixture.out, &fixture.counter.mem);
  assert_int_equal(fixture.counter.live, 4); /* two contexts, two histories */
  end(&fixture);
}

static void does_not_rest_within_a_message(void **state) {
  (void)state;
  fixture_t fixture;
  begin(&fixture, usual);
  put(&fixture, &fixture.server, UVWS_OPCODE_TEXT, part(&fixture, 500), false);
  uvws_session_rest(&fixture.server.session);
  assert_non_null(fixture.server.session.deflater);
  event_log_t none = {NULL, 0, 0};
  expect(&fixture, &fixture.client, &none);
  uvws_session_rest(&fixture.client.session);
  put(&fixture, &fixture.server, UVWS_OPCODE_TEXT,
      uvws_slice(fixture.payload + 500, 500), true);
  expect_message(&fixture, &fixture.client, "text", part(&fixture, 1000));
  end(&fixture);
}

static void
gives_a_shared_context_back_in_the_middle_of_a_message(void **state) {
  (void)state;
  fixture_t fixture;
  begin(&fixture, nothing_taken_over);
  put(&fixture, &fixture.server, UVWS_OPCODE_TEXT, part(&fixture, 500), false);
  event_log_t none = {NULL, 0, 0};
  expect(&fixture, &fixture.client, &none);
  assert_non_null(fixture.client.session.receiver.inflater);
  uvws_session_conclude(&fixture.client.session);
  assert_null(fixture.client.session.receiver.inflater);
  assert_non_null(fixture.client.compression.inflater);
  uvws_session_deinit(&fixture.server.session);
  assert_non_null(fixture.server.compression.deflater);
  end(&fixture);
}

/* ---- Short of memory ---- */

/* Sends until it succeeds: a failure must leave nothing of the frame behind. */
static void put_in_spite(fixture_t *fixture, side_t *from, size_t start,
                         size_t end_at, bool is_final) {
  uvws_outgoing_t what = {.opcode = UVWS_OPCODE_BINARY,
                          .is_final = is_final,
                          .is_compressed = true};
  uvws_status_t status;
  do {
    size_t before = fixture->out.len;
    status =
        uvws_session_send(&from->session, &fixture->out, what,
                          uvws_slice(fixture->payload + start, end_at - start));
    assert_true(status == UVWS_OK || status == UVWS_ERR_NO_MEMORY);
    assert_true(status == UVWS_OK || fixture->out.len == before);
  } while (status != UVWS_OK);
}

/* Returns the allocations tried. */
static size_t run_failing(agreed_t agreed, size_t fail_at) {
  fixture_t fixture;
  begin(&fixture, agreed);
  fixture.counter.fail_at = fail_at;
  event_log_t expected = {NULL, 0, 0};
  event_log_t error = {NULL, 0, 0};
  event_log_failure(&error, UVWS_ERR_NO_MEMORY, 0);
  for (int i = 0; i < 2; i++) {
    put_in_spite(&fixture, &fixture.client, 0, 1000, false);
    put_in_spite(&fixture, &fixture.client, 1000, 2000, false);
    put_in_spite(&fixture, &fixture.client, 2000, PAYLOAD_LEN, true);
    event_log_bytes(&expected, "binary", part(&fixture, PAYLOAD_LEN));
    uvws_session_rest(&fixture.client.session);
  }
  event_log_t *log = &fixture.server.log;
  feed_in_pieces(&fixture.server.session.receiver, log,
                 uvws_slice(fixture.out.data, fixture.out.len), 100, false);
  if (!event_log_is_equal(log, &expected)) {
    assert_true(log->len >= error.len);
    log->len -= error.len;
    assert_memory_equal(log->text + log->len, error.text, error.len);
    assert_true(event_log_begins_with(&expected, log));
  }
  event_log_deinit(&expected);
  event_log_deinit(&error);
  size_t calls = fixture.counter.calls;
  end(&fixture);
  return calls;
}

static void survives_wherever_an_allocation_fails(void **state) {
  (void)state;
  const agreed_t kinds[] = {usual, nothing_taken_over, with_history};
  for (size_t i = 0; i < 3; i++) {
    size_t calls = run_failing(kinds[i], 0);
    assert_true(calls > 10);
    for (size_t fail_at = 1; fail_at <= calls; fail_at++) {
      run_failing(kinds[i], fail_at);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(shares_contexts_between_connections),
      cmocka_unit_test(lends_each_unfinished_message_its_own_context),
      cmocka_unit_test(sends_what_was_compressed_once_to_many),
      cmocka_unit_test(allocates_a_context_with_the_first_compressed_message),
      cmocka_unit_test(gives_contexts_back_with_the_close_frame),
      cmocka_unit_test(keeps_one_context_of_those_given_back),
      cmocka_unit_test(a_session_at_rest_holds_only_the_peer_s_history),
      cmocka_unit_test(does_not_rest_within_a_message),
      cmocka_unit_test(gives_a_shared_context_back_in_the_middle_of_a_message),
      cmocka_unit_test(survives_wherever_an_allocation_fails),
  };
  return cmocka_run_group_tests_name("compression contexts", tests, NULL, NULL);
}
