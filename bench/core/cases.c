#include "cases.h"

#include <stdbool.h>
#include <stdlib.h>

#include "../load/payload.h"
#include "core/deflate.h"
#include "core/handshake.h"
#include "core/mask.h"
#include "core/session.h"
#include "core/utf8.h"

#define PAYLOAD_MAX 65536
#define BATCH 16
#define JSON_CYCLE 64

static const uint8_t key[UVWS_MASK_KEY_LEN] = {0x37, 0xfa, 0x21, 0x3d};

static uint64_t seed = 0x9e3779b97f4a7c15ULL;
static uint8_t payload[PAYLOAD_MAX];
static uvws_buffer_t frames;
static uvws_buffer_t out;
static uvws_session_t session;

static void require(bool is_true) {
  if (!is_true) {
    abort();
  }
}

/* --- mask, UTF-8 --- */

static void set_up_random(size_t bytes) {
  payload_fill(payload, bytes, PAYLOAD_BINARY, &seed);
}

static void set_up_ascii(size_t bytes) {
  payload_fill(payload, bytes, PAYLOAD_TEXT, &seed);
}

static void set_up_mixed(size_t bytes) {
  payload_fill(payload, bytes, PAYLOAD_UTF8, &seed);
}

static void run_mask(size_t bytes) {
  uvws_mask(payload, payload, bytes, key, 0);
}

static void run_utf8(size_t bytes) {
  require(uvws_utf8_is_valid(payload, bytes));
}

/* --- receiving and sending --- */

static void on_message(void *user, uvws_opcode_t type, uvws_slice_t message,
                       uvws_buffer_t *owned) {
  (void)user;
  (void)type;
  (void)message;
  (void)owned;
}

static void send_frame(uvws_buffer_t *target, size_t bytes,
                       const uint8_t *masking_key) {
  uvws_outgoing_t what = {
      .opcode = UVWS_OPCODE_TEXT, .is_final = true, .key = masking_key};

  require(uvws_sender_frame(&session.sender, target, uvws_mem_default(), &what,
                            uvws_slice(payload, bytes)) == UVWS_OK);
}

static void set_up_session(void) {
  static const uvws_receiver_callbacks_t callbacks = {.on_message = on_message};
  static uvws_session_options_t options;

  options.receiver =
      (uvws_receiver_options_t){.mem = uvws_mem_default(),
                                .is_valid_utf8 = uvws_utf8_is_valid,
                                .max_payload = 100 * 1024 * 1024,
                                .is_server = true};
  uvws_session_init(&session, &options, &callbacks, NULL);
}

/* A server unmasks in place. With a key of zeros that changes nothing, so the
   same frames can be received again and again. */
static void set_up_frames(size_t bytes, size_t count) {
  static const uint8_t zeros[UVWS_MASK_KEY_LEN];

  set_up_session();
  set_up_ascii(bytes);
  for (size_t i = 0; i < count; i++) {
    send_frame(&frames, bytes, zeros);
  }
}

static void set_up_one_frame(size_t bytes) { set_up_frames(bytes, 1); }

static void set_up_batch(size_t bytes) { set_up_frames(bytes, BATCH); }

static void run_receive(size_t bytes) {
  (void)bytes;
  require(uvws_session_feed(&session, frames.data, frames.len) == UVWS_OK);
}

static void set_up_send(size_t bytes) {
  set_up_session();
  set_up_ascii(bytes);
  out = uvws_buffer_empty();
}

static void run_send(size_t bytes) {
  out.len = 0;
  send_frame(&out, bytes, NULL);
}

static void run_send_masked(size_t bytes) {
  out.len = 0;
  send_frame(&out, bytes, key);
}

/* --- handshake --- */

/* As Chromium sends it. */
static const char request_head[] =
    "GET /chat HTTP/1.1\r\n"
    "Host: localhost:8080\r\n"
    "Connection: Upgrade\r\n"
    "Pragma: no-cache\r\n"
    "Cache-Control: no-cache\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, "
    "like Gecko) Chrome/140.0.0.0 Safari/537.36\r\n"
    "Upgrade: websocket\r\n"
    "Origin: http://localhost:8080\r\n"
    "Sec-WebSocket-Version: 13\r\n"
    "Accept-Encoding: gzip, deflate, br, zstd\r\n"
    "Accept-Language: en-GB,en;q=0.9\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"
    "\r\n";

static void set_up_nothing(size_t bytes) { (void)bytes; }

static void run_handshake(size_t bytes) {
  static uvws_request_t request;
  static const uvws_handshake_answer_t answer;
  uvws_handshake_t handshake;
  size_t scanned = 0;
  size_t head_len;

  (void)bytes;
  out.len = 0;
  require(uvws_request_find_end((const uint8_t *)request_head,
                                sizeof request_head - 1, &scanned,
                                &head_len) == UVWS_OK);
  require(uvws_request_parse(uvws_slice(request_head, head_len), &request) ==
          UVWS_OK);
  require(uvws_handshake_check(&request, &handshake) == UVWS_OK);
  require(uvws_handshake_write_accept(&out, uvws_mem_default(),
                                      handshake.key.data, &answer) == UVWS_OK);
}

static void run_accept_value(size_t bytes) {
  char value[UVWS_ACCEPT_LEN];

  (void)bytes;
  uvws_handshake_accept_value(value,
                              (const uint8_t *)"dGhlIHNhbXBsZSBub25jZQ==");
}

/* --- compression: differing messages of JSON, with context takeover --- */

static uvws_deflater_t *deflater;
static uvws_inflater_t *inflater;
static uvws_buffer_t deflated[JSON_CYCLE];
static size_t turn;

/* The cycle is longer than the window: no message is a repetition. */
static void set_up_deflate(size_t bytes) {
  static const uvws_deflate_options_t options = {
      .level = -1, .mem_level = 8, .window_bits = 15};

  deflater = uvws_deflater_new(uvws_mem_default(), &options);
  require(deflater != NULL && bytes * JSON_CYCLE <= sizeof payload);
  for (size_t i = 0; i < JSON_CYCLE; i++) {
    payload_fill(payload + i * bytes, bytes, PAYLOAD_JSON, &seed);
  }
}

static void deflate_to(uvws_buffer_t *target, size_t bytes, size_t index) {
  require(uvws_deflater_run(deflater,
                            uvws_slice(payload + index * bytes, bytes), true,
                            target) == UVWS_OK);
}

static void run_deflate(size_t bytes) {
  out.len = 0;
  deflate_to(&out, bytes, turn++ % JSON_CYCLE);
}

static void set_up_inflate(size_t bytes) {
  set_up_deflate(bytes);
  inflater = uvws_inflater_new(uvws_mem_default(), 15);
  require(inflater != NULL);
  for (size_t i = 0; i < JSON_CYCLE; i++) {
    deflate_to(&deflated[i], bytes, i);
  }
}

static void run_inflate(size_t bytes) {
  const uvws_buffer_t *message = &deflated[turn++ % JSON_CYCLE];

  out.len = 0;
  require(uvws_inflater_run(inflater, uvws_slice(message->data, message->len),
                            true, 0, &out) == UVWS_OK &&
          out.len == bytes);
}

const core_case_t core_cases[] = {
    {"mask 64 B", 64, 1, set_up_random, run_mask, NULL},
    {"mask 1 KiB", 1024, 1, set_up_random, run_mask, NULL},
    {"mask 64 KiB", 65536, 1, set_up_random, run_mask, NULL},
    {"UTF-8 check, ASCII, 1 KiB", 1024, 1, set_up_ascii, run_utf8, NULL},
    {"UTF-8 check, 1 to 4 bytes, 1 KiB", 1024, 1, set_up_mixed, run_utf8, NULL},
    {"receive 64 B", 64, 1, set_up_one_frame, run_receive, NULL},
    {"receive 64 B, 16 in one read", 64, BATCH, set_up_batch, run_receive,
     NULL},
    {"receive 1 KiB", 1024, 1, set_up_one_frame, run_receive, NULL},
    {"receive 16 KiB", 16384, 1, set_up_one_frame, run_receive, NULL},
    {"send 64 B", 64, 1, set_up_send, run_send, NULL},
    {"send 64 B masked", 64, 1, set_up_send, run_send_masked, NULL},
    {"send 1 KiB masked", 1024, 1, set_up_send, run_send_masked, NULL},
    {"handshake: parse, check, answer", 0, 1, set_up_nothing, run_handshake,
     NULL},
    {"accept value", 0, 1, set_up_nothing, run_accept_value, NULL},
    {"deflate JSON, 1 KiB", 1024, 1, set_up_deflate, run_deflate, NULL},
    {"inflate JSON, 1 KiB", 1024, 1, set_up_inflate, run_inflate, NULL}};

const size_t core_case_count = sizeof core_cases / sizeof core_cases[0];
