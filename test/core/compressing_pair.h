/* Two sessions that agreed on permessage-deflate, without a transport between
 * them. */
#ifndef UVWS_TEST_CORE_COMPRESSING_PAIR_H
#define UVWS_TEST_CORE_COMPRESSING_PAIR_H

#include <stdlib.h>
#include <string.h>

#include "core/session.h"
#include "feeding.h"
#include "payloads.h"
#include "support.h"

#define PAYLOAD_LEN ((size_t)3000)

typedef struct agreed {
  int server_bits;
  int client_bits;
  bool server_takes_over;
  bool client_takes_over;
  size_t history_max; /* of both; 0: contexts of their own */
} agreed_t;

/* One end, with options of its own. */
typedef struct side {
  uvws_compression_t compression;
  uvws_session_options_t options;
  uvws_session_t session;
  event_log_t log;
} side_t;

typedef struct fixture {
  support_mem_t counter;
  side_t server;
  side_t client;
  uvws_buffer_t out;
  uint8_t *payload; /* PAYLOAD_LEN bytes of JSON */
} fixture_t;

static inline void draw_key(void *user, uint8_t key[UVWS_MASK_KEY_LEN]) {
  (void)user;
  memset(key, 0x5a, UVWS_MASK_KEY_LEN);
}

static inline void begin_side(side_t *side, const uvws_mem_t *mem,
                              agreed_t agreed, bool is_server) {
  uvws_compression_options_t options = {
      .deflate = {.level = -1, .mem_level = 8},
      .history_max = agreed.history_max,
      .threshold = 100};
  options.deflate.window_bits =
      is_server ? agreed.server_bits : agreed.client_bits;
  options.inflate_window_bits =
      is_server ? agreed.client_bits : agreed.server_bits;
  options.deflate_takes_over =
      is_server ? agreed.server_takes_over : agreed.client_takes_over;
  options.inflate_takes_over =
      is_server ? agreed.client_takes_over : agreed.server_takes_over;
  uvws_compression_init(&side->compression, mem, &options);
  side->log = (event_log_t){NULL, 0, 0};
  side->options =
      (uvws_session_options_t){.receiver = {.mem = mem,
                                            .is_valid_utf8 = uvws_utf8_is_valid,
                                            .max_payload = 20 * 1024 * 1024,
                                            .is_server = is_server,
                                            .compression = &side->compression},
                               .mask_source = draw_key};
  uvws_session_init(&side->session, &side->options, &event_log_callbacks,
                    &side->log);
}

static inline void begin(fixture_t *fixture, agreed_t agreed) {
  support_mem_init(&fixture->counter, 0);
  begin_side(&fixture->server, &fixture->counter.mem, agreed, true);
  begin_side(&fixture->client, &fixture->counter.mem, agreed, false);
  fixture->out = uvws_buffer_empty();
  fixture->payload = payload_json(PAYLOAD_LEN, 17);
}

static inline void end_side(side_t *side) {
  uvws_session_deinit(&side->session);
  uvws_compression_deinit(&side->compression);
  event_log_deinit(&side->log);
}

static inline void end(fixture_t *fixture) {
  end_side(&fixture->server);
  end_side(&fixture->client);
  uvws_buffer_deinit(&fixture->out, &fixture->counter.mem);
  free(fixture->payload);
  assert_int_equal(fixture->counter.live, 0);
}

static const agreed_t usual = {15, 15, true, true, 0};
static const agreed_t nothing_taken_over = {15, 15, false, false, 0};
static const agreed_t with_history = {15, 15, true, true, 1500};

static inline side_t *other(fixture_t *fixture, const side_t *side) {
  return side == &fixture->server ? &fixture->client : &fixture->server;
}

/* Returns how many bytes were appended. */
static inline size_t put(fixture_t *fixture, side_t *from, uvws_opcode_t opcode,
                         uvws_slice_t payload, bool is_final) {
  uvws_outgoing_t what = {
      .opcode = opcode, .is_final = is_final, .is_compressed = true};
  size_t before = fixture->out.len;
  assert_int_equal(
      uvws_session_send(&from->session, &fixture->out, what, payload), UVWS_OK);
  return fixture->out.len - before;
}

/* Carries what was written to a side and checks what it reports. */
static inline void expect(fixture_t *fixture, side_t *at,
                          const event_log_t *expected) {
  at->log.len = 0;
  feed_in_pieces(&at->session.receiver, &at->log,
                 uvws_slice(fixture->out.data, fixture->out.len), 777, true);
  fixture->out.len = 0;
  assert_true(event_log_is_equal(&at->log, expected));
}

static inline void expect_message(fixture_t *fixture, side_t *at,
                                  const char *kind, uvws_slice_t payload) {
  event_log_t expected = {NULL, 0, 0};
  event_log_bytes(&expected, kind, payload);
  expect(fixture, at, &expected);
  event_log_deinit(&expected);
}

/* Returns the length on the wire. */
static inline size_t echo(fixture_t *fixture, side_t *from,
                          uvws_slice_t payload) {
  size_t len = put(fixture, from, UVWS_OPCODE_BINARY, payload, true);
  expect_message(fixture, other(fixture, from), "binary", payload);
  return len;
}

static inline uvws_slice_t part(const fixture_t *fixture, size_t len) {
  return uvws_slice(fixture->payload, len);
}

#endif
