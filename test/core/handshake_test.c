#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/handshake.h"
#include "support.h"

#define CRLF "\r\n"
#define KEY "dGhlIHNhbXBsZSBub25jZQ==" /* RFC 6455 1.3 */
#define KEY_22 "dGhlIHNhbXBsZSBub25jZQ"
#define ACCEPT "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

/* A request and how it was judged; the head is exactly sized. */
typedef struct judged {
  uint8_t *head;
  uvws_request_t request;
  uvws_handshake_t handshake;
  uvws_status_t status;
} judged_t;

static void judge_head(judged_t *judged, const char *head) {
  size_t len = strlen(head);
  judged->head = support_copy(head, len);
  assert_int_equal(
      uvws_request_parse(uvws_slice(judged->head, len), &judged->request),
      UVWS_OK);
  judged->status = uvws_handshake_check(&judged->request, &judged->handshake);
}

static void dispose(judged_t *judged) { free(judged->head); }

enum { REQUEST_LINE, UPGRADE, CONNECTION, HEADER_KEY, VERSION, MORE };

/* A good request in which one line is replaced; by nothing where the
 * replacement is NULL, by several where it holds CRLFs. */
static void judge(judged_t *judged, int place, const char *replacement) {
  const char *lines[] = {"GET /chat HTTP/1.1",        "Upgrade: websocket",
                         "Connection: Upgrade",       "Sec-WebSocket-Key: " KEY,
                         "Sec-WebSocket-Version: 13", NULL};
  static char head[16384];
  size_t len = 0;
  lines[place] = replacement;
  for (size_t i = 0; i <= MORE; i++) {
    if (lines[i] != NULL) {
      len +=
          (size_t)snprintf(head + len, sizeof(head) - len, "%s" CRLF, lines[i]);
    }
  }
  assert_true(len + 2 < sizeof(head));
  memcpy(head + len, CRLF, 3);
  judge_head(judged, head);
}

static void assert_judged(int place, const char *replacement,
                          uvws_status_t expected) {
  judged_t judged;
  judge(&judged, place, replacement);
  if (judged.status != expected) {
    fail_msg("%s: %d, not %d", replacement, judged.status, expected);
  }
  dispose(&judged);
}

static void assert_all_judged(int place, const char *const *replacements,
                              size_t count, uvws_status_t expected) {
  for (size_t i = 0; i < count; i++) {
    assert_judged(place, replacements[i], expected);
  }
}

#define ASSERT_ALL_JUDGED(place, lines, expected)                              \
  assert_all_judged(place, lines, sizeof(lines) / sizeof((lines)[0]), expected)

static void accepts_a_good_request(void **state) {
  (void)state;
  judged_t judged;
  judge(&judged, MORE, NULL);
  assert_int_equal(judged.status, UVWS_OK);
  assert_int_equal(judged.handshake.key.len, UVWS_KEY_LEN);
  assert_memory_equal(judged.handshake.key.data, KEY, UVWS_KEY_LEN);
  assert_int_equal(judged.handshake.protocol.len, 0);
  dispose(&judged);
}

static void defers_what_is_no_upgrade(void **state) {
  (void)state;
  static const char *const upgrades[] = {NULL,
                                         "Upgrade:", "X-Upgrade: websocket"};
  static const char *const connections[] = {NULL,
                                            "Connection:",
                                            "Connection: keep-alive",
                                            "Connection: Upgrades",
                                            "Connection: an upgrade",
                                            "Connection: upgrade now",
                                            "Connection: x;upgrade",
                                            "Connection: \"upgrade\"",
                                            "Proxy-Connection: upgrade"};
  static const char *const lines[] = {"GET / HTTP/1.0",  "CONNECT / HTTP/1.1",
                                      "FOO / HTTP/1.1",  "get / HTTP/1.1",
                                      "GETS / HTTP/1.1", "GE / HTTP/1.1",
                                      "TRACE / HTTP/1.1"};
  ASSERT_ALL_JUDGED(UPGRADE, upgrades, UVWS_DEFER);
  ASSERT_ALL_JUDGED(CONNECTION, connections, UVWS_DEFER);
  ASSERT_ALL_JUDGED(REQUEST_LINE, lines, UVWS_DEFER);
}

static void defers_what_needs_a_fuller_judge(void **state) {
  (void)state;
  static const char *const lines[] = {
      "Content-Length: 5",
      "Content-Length:",
      "Content-Length: 00",
      "Content-Length: x",
      "Content-Length: 0" CRLF "content-length: 0",
      "Content-Length: 0" CRLF "Content-Length: 5",
      "Content-Length: 0" CRLF "Transfer-Encoding: chunked",
      "Transfer-Encoding: chunked",
      "Transfer-Encoding:",
      "Expect: 100-continue",
      "EXPECT: x"};
  ASSERT_ALL_JUDGED(MORE, lines, UVWS_DEFER);
  assert_judged(MORE, "Content-Length: 0", UVWS_OK);
}

static void finds_upgrade_in_any_connection_header(void **state) {
  (void)state;
  static const char *const lines[] = {"Connection: upgrade",
                                      "CONNECTION: UPGRADE",
                                      "Connection: keep-alive, Upgrade",
                                      "Connection: Upgrade,keep-alive",
                                      "Connection: ,, upgrade ,",
                                      "Connection: keep-alive" CRLF
                                      "Connection: x, Upgrade",
                                      "Connection: upgrade" CRLF "Connection:"};
  ASSERT_ALL_JUDGED(CONNECTION, lines, UVWS_OK);
}

static void refuses_methods_other_than_get(void **state) {
  (void)state;
  static const char *const lines[] = {
      "POST / HTTP/1.1",  "HEAD / HTTP/1.1",   "PUT / HTTP/1.1",
      "PATCH / HTTP/1.1", "DELETE / HTTP/1.1", "OPTIONS / HTTP/1.1"};
  ASSERT_ALL_JUDGED(REQUEST_LINE, lines, UVWS_ERR_HANDSHAKE_METHOD);
}

static void refuses_upgrades_to_something_else(void **state) {
  (void)state;
  static const char *const bad[] = {"Upgrade: h2c",
                                    "Upgrade: websocket, h2c",
                                    "Upgrade: websocket/13",
                                    "Upgrade: websockets",
                                    "Upgrade: websocke",
                                    "Upgrade: websocket" CRLF
                                    "Upgrade: websocket",
                                    "Upgrade: websocket" CRLF "Upgrade:"};
  static const char *const good[] = {"Upgrade: WebSocket",
                                     "uPGRADE:\t wEBSOCKET "};
  ASSERT_ALL_JUDGED(UPGRADE, bad, UVWS_ERR_HANDSHAKE_UPGRADE);
  ASSERT_ALL_JUDGED(UPGRADE, good, UVWS_OK);
}

static void refuses_bad_keys(void **state) {
  (void)state;
  static const char *const lines[] = {
      NULL,
      "Sec-WebSocket-Key:",
      "Sec-WebSocket-Key: " KEY_22,
      "Sec-WebSocket-Key: " KEY_22 "=",
      "Sec-WebSocket-Key: " KEY_22 "=a",
      "Sec-WebSocket-Key: " KEY_22 "a=",
      "Sec-WebSocket-Key: " KEY_22 "===",
      "Sec-WebSocket-Key: a" KEY,
      "Sec-WebSocket-Key: " KEY "a",
      "Sec-WebSocket-Key: " KEY " a",
      "Sec-WebSocket-Key: " KEY "," KEY,
      "Sec-WebSocket-Key: " KEY CRLF "sec-websocket-key: " KEY,
      "Sec-WebSocket-Key: " KEY CRLF "sec-websocket-key:"};
  static const char *const good[] = {
      "sec-websocket-key:" KEY, "Sec-WebSocket-Key: AZaz09+/AZaz09+/AZaz09==",
      "Sec-WebSocket-Key:  " KEY "\t"};
  ASSERT_ALL_JUDGED(HEADER_KEY, lines, UVWS_ERR_HANDSHAKE_KEY);
  ASSERT_ALL_JUDGED(HEADER_KEY, good, UVWS_OK);
}

static bool is_base64_byte(unsigned byte) {
  return byte != 0 && strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                             "abcdefghijklmnopqrstuvwxyz0123456789+/",
                             (int)byte) != NULL;
}

static void judges_every_byte_at_every_place_of_a_key(void **state) {
  (void)state;
  for (unsigned byte = 0x21; byte < 0x100; byte++) {
    for (size_t at = 0; at < 22; at++) {
      char line[] = "Sec-WebSocket-Key: " KEY;
      line[19 + at] = (char)byte;
      if (byte != 0x7f) {
        assert_judged(HEADER_KEY, line,
                      is_base64_byte(byte) ? UVWS_OK : UVWS_ERR_HANDSHAKE_KEY);
      }
    }
  }
}

static void refuses_a_key_of_8_kib(void **state) {
  (void)state;
  static char line[8300] = "Sec-WebSocket-Key: ";
  memset(line + 19, 'a', 8192);
  assert_judged(HEADER_KEY, line, UVWS_ERR_HANDSHAKE_KEY);
}

static void refuses_versions_other_than_13_and_8(void **state) {
  (void)state;
  static const char *const bad[] = {NULL,
                                    "Sec-WebSocket-Version:",
                                    "Sec-WebSocket-Version: 7",
                                    "Sec-WebSocket-Version: 12",
                                    "Sec-WebSocket-Version: 14",
                                    "Sec-WebSocket-Version: 130",
                                    "Sec-WebSocket-Version: -13",
                                    "Sec-WebSocket-Version: 13, 8",
                                    "Sec-WebSocket-Version: x",
                                    "Sec-WebSocket-Version: 13x",
                                    "Sec-WebSocket-Version: 13" CRLF
                                    "Sec-WebSocket-Version: 13"};
  static const char *const good[] = {"Sec-WebSocket-Version: 8",
                                     "sec-websocket-version: \t13 "};
  ASSERT_ALL_JUDGED(VERSION, bad, UVWS_ERR_HANDSHAKE_VERSION);
  ASSERT_ALL_JUDGED(VERSION, good, UVWS_OK);
}

#define PROTOCOL "Sec-WebSocket-Protocol: "

static void chooses_the_first_subprotocol(void **state) {
  (void)state;
  static const char *const rows[][2] = {
      {PROTOCOL "chat", "chat"},
      {PROTOCOL "chat, superchat", "chat"},
      {PROTOCOL "b,a", "b"},
      {PROTOCOL "\ta \t,\t b ", "a"},
      {PROTOCOL "a, A", "a"},
      {PROTOCOL "!#$%&'*+-.^_`|~09AZaz", "!#$%&'*+-.^_`|~09AZaz"},
      {PROTOCOL "constructor, __proto__", "constructor"},
      {PROTOCOL "x" CRLF "sec-websocket-protocol: y, z", "x"},
      {PROTOCOL "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16", "1"}};
  for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
    judged_t judged;
    judge(&judged, MORE, rows[i][0]);
    assert_int_equal(judged.status, UVWS_OK);
    assert_int_equal(judged.handshake.protocol.len, strlen(rows[i][1]));
    assert_memory_equal(judged.handshake.protocol.data, rows[i][1],
                        strlen(rows[i][1]));
    dispose(&judged);
  }
}

static void refuses_bad_lists_of_subprotocols(void **state) {
  (void)state;
  static const char *const lines[] = {PROTOCOL,
                                      PROTOCOL ",",
                                      PROTOCOL "a,",
                                      PROTOCOL ",a",
                                      PROTOCOL "a,,b",
                                      PROTOCOL "a, ,b",
                                      PROTOCOL "a b",
                                      PROTOCOL "a\tb",
                                      PROTOCOL "a;b",
                                      PROTOCOL "\"a\"",
                                      PROTOCOL "a/b",
                                      PROTOCOL "\xc3\xa9",
                                      PROTOCOL "a,a",
                                      PROTOCOL "a, b, c , a",
                                      PROTOCOL "a" CRLF PROTOCOL "a",
                                      PROTOCOL "a" CRLF PROTOCOL,
                                      PROTOCOL CRLF PROTOCOL "a",
                                      PROTOCOL "a," CRLF PROTOCOL "b"};
  ASSERT_ALL_JUDGED(MORE, lines, UVWS_ERR_HANDSHAKE_PROTOCOL);
}

static void defers_more_than_16_subprotocols(void **state) {
  (void)state;
  assert_judged(MORE, PROTOCOL "1,2,3,4,5,6,7,8,9,a,b,c,d,e,f,g,h", UVWS_DEFER);
  assert_judged(MORE,
                PROTOCOL "1,2,3,4,5,6,7,8,9,a,b,c,d,e,f,g" CRLF PROTOCOL "h",
                UVWS_DEFER);
}

static void judges_7_kib_of_spaces_in_a_subprotocol(void **state) {
  (void)state;
  static char line[7300] = PROTOCOL "a";
  memset(line + strlen(line), ' ', 7168);
  assert_judged(MORE, line, UVWS_OK);
  line[strlen(line)] = 'b';
  assert_judged(MORE, line, UVWS_ERR_HANDSHAKE_PROTOCOL);
}

/* Each request has all the faults from one check on. */
static void reports_the_first_fault_in_the_order_of_ws(void **state) {
  (void)state;
  static const struct {
    const char *method, *upgrade, *key, *version, *protocol;
    uvws_status_t expected;
  } rows[] = {{"POST", "h2c", "x", "7", ",", UVWS_ERR_HANDSHAKE_METHOD},
              {"GET", "h2c", "x", "7", ",", UVWS_ERR_HANDSHAKE_UPGRADE},
              {"GET", "websocket", "x", "7", ",", UVWS_ERR_HANDSHAKE_KEY},
              {"GET", "websocket", KEY, "7", ",", UVWS_ERR_HANDSHAKE_VERSION},
              {"GET", "websocket", KEY, "13", ",", UVWS_ERR_HANDSHAKE_PROTOCOL},
              {"GET", "websocket", KEY, "13", "a", UVWS_OK}};
  for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
    char head[512];
    judged_t judged;
    (void)snprintf(head, sizeof(head),
                   "%s / HTTP/1.1" CRLF PROTOCOL "%s" CRLF
                   "Sec-WebSocket-Version: %s" CRLF "Sec-WebSocket-Key: %s" CRLF
                   "Upgrade: %s" CRLF "Connection: upgrade" CRLF CRLF,
                   rows[i].method, rows[i].protocol, rows[i].version,
                   rows[i].key, rows[i].upgrade);
    judge_head(&judged, head);
    assert_int_equal(judged.status, rows[i].expected);
    dispose(&judged);
  }
}

static void makes_the_accept_value_of_the_rfc(void **state) {
  (void)state;
  char accept[UVWS_ACCEPT_LEN];
  uint8_t *key = support_copy(KEY, UVWS_KEY_LEN);
  uvws_handshake_accept_value(accept, key);
  assert_memory_equal(accept, ACCEPT, UVWS_ACCEPT_LEN);
  free(key);
}

static void assert_accept(const char *protocol, const char *extensions,
                          const char *expected) {
  support_mem_t counter;
  support_mem_init(&counter, 0);
  uvws_buffer_t out = uvws_buffer_empty();
  uvws_handshake_answer_t answer = {support_copy_text(protocol),
                                    support_copy_text(extensions)};
  assert_int_equal(uvws_handshake_write_accept(&out, &counter.mem,
                                               (const uint8_t *)KEY, &answer),
                   UVWS_OK);
  assert_int_equal(out.len, strlen(expected));
  assert_memory_equal(out.data, expected, out.len);
  uvws_buffer_deinit(&out, &counter.mem);
  free((void *)(uintptr_t)answer.protocol.data);
  free((void *)(uintptr_t)answer.extensions.data);
  assert_int_equal(counter.live, 0);
}

/* The bytes were recorded from ws 8.23.0. */
static void writes_the_101_of_ws(void **state) {
  (void)state;
  assert_accept("", "",
                "HTTP/1.1 101 Switching Protocols" CRLF
                "Upgrade: websocket" CRLF "Connection: Upgrade" CRLF
                "Sec-WebSocket-Accept: " ACCEPT CRLF CRLF);
  assert_accept("chat", "",
                "HTTP/1.1 101 Switching Protocols" CRLF
                "Upgrade: websocket" CRLF "Connection: Upgrade" CRLF
                "Sec-WebSocket-Accept: " ACCEPT CRLF
                "Sec-WebSocket-Protocol: chat" CRLF CRLF);
  assert_accept("chat", "permessage-deflate",
                "HTTP/1.1 101 Switching Protocols" CRLF
                "Upgrade: websocket" CRLF "Connection: Upgrade" CRLF
                "Sec-WebSocket-Accept: " ACCEPT CRLF
                "Sec-WebSocket-Protocol: chat" CRLF
                "Sec-WebSocket-Extensions: permessage-deflate" CRLF CRLF);
}

#define REFUSED(line) "HTTP/1.1 " line CRLF "Connection: close" CRLF
#define HTML(len) "Content-Type: text/html" CRLF "Content-Length: " len CRLF

/* The bytes were recorded from ws 8.23.0 on Node.js 20.20. */
static void writes_the_refusals_of_ws(void **state) {
  (void)state;
  static const struct {
    uvws_status_t why;
    const char *expected;
  } rows[] = {
      {UVWS_ERR_HANDSHAKE_METHOD,
       REFUSED("405 Method Not Allowed") HTML("19") CRLF "Invalid HTTP method"},
      {UVWS_ERR_HANDSHAKE_UPGRADE,
       REFUSED("400 Bad Request") HTML("22") CRLF "Invalid Upgrade header"},
      {UVWS_ERR_HANDSHAKE_KEY, REFUSED("400 Bad Request") HTML("43") CRLF
       "Missing or invalid Sec-WebSocket-Key header"},
      {UVWS_ERR_HANDSHAKE_VERSION,
       REFUSED("400 Bad Request")
           HTML("47") "Sec-WebSocket-Version: 13, 8" CRLF CRLF
                      "Missing or invalid Sec-WebSocket-Version header"},
      {UVWS_ERR_HANDSHAKE_PROTOCOL, REFUSED("400 Bad Request") HTML("37") CRLF
       "Invalid Sec-WebSocket-Protocol header"},
      {UVWS_ERR_REQUEST_MALFORMED, REFUSED("400 Bad Request") CRLF},
      {UVWS_ERR_REQUEST_TOO_LARGE,
       REFUSED("431 Request Header Fields Too Large") CRLF}};
  for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
    support_mem_t counter;
    support_mem_init(&counter, 0);
    uvws_buffer_t out = uvws_buffer_empty();
    assert_int_equal(
        uvws_handshake_write_refusal(&out, &counter.mem, rows[i].why), UVWS_OK);
    assert_int_equal(out.len, strlen(rows[i].expected));
    assert_memory_equal(out.data, rows[i].expected, out.len);
    uvws_buffer_deinit(&out, &counter.mem);
  }
}

static uvws_status_t write_either(uvws_buffer_t *out, const uvws_mem_t *mem,
                                  bool is_refusal) {
  uvws_handshake_answer_t answer = {.protocol = uvws_slice("chat", 4)};
  return is_refusal
             ? uvws_handshake_write_refusal(out, mem, UVWS_ERR_HANDSHAKE_KEY)
             : uvws_handshake_write_accept(out, mem, (const uint8_t *)KEY,
                                           &answer);
}

static void replies_append_or_leave_the_output_unchanged(void **state) {
  (void)state;
  for (int is_refusal = 0; is_refusal < 2; is_refusal++) {
    support_mem_t counter;
    support_mem_init(&counter, 2);
    uvws_buffer_t out = uvws_buffer_empty();
    assert_int_equal(uvws_buffer_append(&out, &counter.mem,
                                        uvws_slice("before", 6), SIZE_MAX),
                     UVWS_OK);
    assert_int_equal(write_either(&out, &counter.mem, is_refusal),
                     UVWS_ERR_NO_MEMORY);
    assert_int_equal(out.len, 6);
    assert_int_equal(write_either(&out, &counter.mem, is_refusal), UVWS_OK);
    assert_memory_equal(out.data, "beforeHTTP/1.1 ", 15);
    assert_int_equal(counter.calls, 3);
    uvws_buffer_deinit(&out, &counter.mem);
    assert_int_equal(counter.live, 0);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(accepts_a_good_request),
      cmocka_unit_test(defers_what_is_no_upgrade),
      cmocka_unit_test(defers_what_needs_a_fuller_judge),
      cmocka_unit_test(finds_upgrade_in_any_connection_header),
      cmocka_unit_test(refuses_methods_other_than_get),
      cmocka_unit_test(refuses_upgrades_to_something_else),
      cmocka_unit_test(refuses_bad_keys),
      cmocka_unit_test(judges_every_byte_at_every_place_of_a_key),
      cmocka_unit_test(refuses_a_key_of_8_kib),
      cmocka_unit_test(refuses_versions_other_than_13_and_8),
      cmocka_unit_test(chooses_the_first_subprotocol),
      cmocka_unit_test(refuses_bad_lists_of_subprotocols),
      cmocka_unit_test(defers_more_than_16_subprotocols),
      cmocka_unit_test(judges_7_kib_of_spaces_in_a_subprotocol),
      cmocka_unit_test(reports_the_first_fault_in_the_order_of_ws),
      cmocka_unit_test(makes_the_accept_value_of_the_rfc),
      cmocka_unit_test(writes_the_101_of_ws),
      cmocka_unit_test(writes_the_refusals_of_ws),
      cmocka_unit_test(replies_append_or_leave_the_output_unchanged),
  };
  return cmocka_run_group_tests_name("handshake", tests, NULL, NULL);
}
