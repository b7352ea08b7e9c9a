/* What sessions that agreed on permessage-deflate compress, and how. */
#include "compressing_pair.h"

/* ---- Both ways, whatever was agreed ---- */

static void talk(fixture_t *fixture) {
  static const size_t lens[] = {PAYLOAD_LEN, 1, 0, 125, 126, PAYLOAD_LEN, 99};
  for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
    echo(fixture, &fixture->server, part(fixture, lens[i]));
    echo(fixture, &fixture->client, part(fixture, lens[i]));
    if (i == 3) {
      uvws_session_rest(&fixture->server.session);
      uvws_session_rest(&fixture->client.session);
    }
  }
}

static void talks_whatever_was_agreed(void **state) {
  (void)state;
  for (int server_bits = 8; server_bits <= 15; server_bits++) {
    for (int client_bits = 8; client_bits <= 15; client_bits++) {
      for (int takes = 0; takes < 8; takes++) {
        fixture_t fixture;
        agreed_t agreed = {server_bits, client_bits, (takes & 1) != 0,
                           (takes & 2) != 0, (takes & 4) != 0 ? 500 : 0};
        begin(&fixture, agreed);
        talk(&fixture);
        end(&fixture);
      }
    }
  }
}

static void carries_long_messages(void **state) {
  (void)state;
  fixture_t fixture;
  begin(&fixture, usual);
  for (size_t len = 65535; len <= (size_t)16 * 1024 * 1024; len = len * 4 + 1) {
    uint8_t *text = payload_json(len, 5);
    echo(&fixture, &fixture.server, uvws_slice(text, len));
    echo(&fixture, &fixture.client, uvws_slice(text, len));
    free(text);
  }
  end(&fixture);
}

static void takes_over_both_ways_where_agreed(void **state) {
  (void)state;
  for (int takes = 0; takes < 8; takes++) {
    fixture_t fixture;
    agreed_t agreed = {15, 15, (takes & 1) != 0, (takes & 2) != 0,
                       (takes & 4) != 0 ? PAYLOAD_LEN : 0};
    begin(&fixture, agreed);
    side_t *const sides[] = {&fixture.server, &fixture.client};
    for (size_t i = 0; i < 2; i++) {
      bool takes_over = (takes & (1 << i)) != 0;
      size_t first = echo(&fixture, sides[i], part(&fixture, PAYLOAD_LEN));
      size_t second = echo(&fixture, sides[i], part(&fixture, PAYLOAD_LEN));
      assert_true(takes_over ? second < 60 : second == first);
    }
    end(&fixture);
  }
}

/* ---- What is compressed ---- */

static bool is_rsv1(const fixture_t *fixture, size_t at) {
  return (fixture->out.data[at] & 0x40) != 0;
}

static void leaves_short_messages_alone_unless_it_takes_over(void **state) {
  (void)state;
  for (int takes = 0; takes < 2; takes++) {
    fixture_t fixture;
    agreed_t agreed = {15, 15, takes != 0, false, 0};
    begin(&fixture, agreed);
    put(&fixture, &fixture.server, UVWS_OPCODE_TEXT, part(&fixture, 99), true);
    assert_int_equal(is_rsv1(&fixture, 0), takes);
    fixture.out.len = 0;
    put(&fixture, &fixture.server, UVWS_OPCODE_TEXT, part(&fixture, 100), true);
    assert_true(is_rsv1(&fixture, 0));
    end(&fixture);
  }
}

static void does_not_compress_what_was_not_asked_for(void **state) {
  (void)state;
  fixture_t fixture;
  begin(&fixture, usual);
  uvws_outgoing_t what = {.opcode = UVWS_OPCODE_TEXT, .is_final = true};
  assert_int_equal(uvws_session_send(&fixture.server.session, &fixture.out,
                                     what, part(&fixture, 500)),
                   UVWS_OK);
  assert_int_equal(fixture.out.len, 504);
  expect_message(&fixture, &fixture.client, "text", part(&fixture, 500));
  assert_null(fixture.server.session.deflater);
  assert_null(fixture.client.session.receiver.inflater);
  end(&fixture);
}

static void does_not_compress_without_an_agreement(void **state) {
  (void)state;
  fixture_t fixture;
  begin(&fixture, usual);
  fixture.server.options.receiver.compression = NULL;
  uvws_session_rest(&fixture.server.session);
  size_t len = put(&fixture, &fixture.server, UVWS_OPCODE_TEXT,
                   part(&fixture, 500), true);
  assert_int_equal(len, 504);
  end(&fixture);
}

/* The first fragment decides, whatever is asked for with the later ones. */
static void later_fragments_go_as_the_first(void **state) {
  (void)state;
  for (int compresses = 0; compresses < 2; compresses++) {
    fixture_t fixture;
    begin(&fixture, nothing_taken_over);
    size_t first_len = compresses != 0 ? 100 : 99;
    uvws_slice_t payload = part(&fixture, 1000);
    put(&fixture, &fixture.client, UVWS_OPCODE_TEXT, part(&fixture, first_len),
        false);
    assert_int_equal(is_rsv1(&fixture, 0), compresses);
    put(&fixture, &fixture.client, UVWS_OPCODE_PING, uvws_slice("p", 1), true);
    uvws_outgoing_t what = {.opcode = UVWS_OPCODE_TEXT,
                            .is_final = true,
                            .is_compressed = compresses == 0};
    size_t at = fixture.out.len;
    uvws_slice_t rest =
        uvws_slice(payload.data + first_len, payload.len - first_len);
    assert_int_equal(
        uvws_session_send(&fixture.client.session, &fixture.out, what, rest),
        UVWS_OK);
    assert_false(is_rsv1(&fixture, at));
    event_log_t expected = {NULL, 0, 0};
    event_log_bytes(&expected, "ping", uvws_slice("p", 1));
    event_log_bytes(&expected, "text", payload);
    expect(&fixture, &fixture.server, &expected);
    event_log_deinit(&expected);
    end(&fixture);
  }
}

static void masks_what_it_compressed(void **state) {
  (void)state;
  fixture_t fixture;
  begin(&fixture, usual);
  put(&fixture, &fixture.client, UVWS_OPCODE_TEXT, uvws_slice("Hello", 5),
      true);
  static const uint8_t expected[] = {0xc1, 0x87, 0x5a, 0x5a, 0x5a, 0x5a, 0xa8,
                                     0x12, 0x97, 0x93, 0x93, 0x5d, 0x5a};
  assert_int_equal(fixture.out.len, sizeof(expected));
  assert_memory_equal(fixture.out.data, expected, sizeof(expected));
  end(&fixture);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(talks_whatever_was_agreed),
      cmocka_unit_test(carries_long_messages),
      cmocka_unit_test(takes_over_both_ways_where_agreed),
      cmocka_unit_test(leaves_short_messages_alone_unless_it_takes_over),
      cmocka_unit_test(does_not_compress_what_was_not_asked_for),
      cmocka_unit_test(does_not_compress_without_an_agreement),
      cmocka_unit_test(later_fragments_go_as_the_first),
      cmocka_unit_test(masks_what_it_compressed),
  };
  return cmocka_run_group_tests_name("compression", tests, NULL, NULL);
}
