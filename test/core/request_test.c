#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/request.h"
#include "support.h"

#define CRLF "\r\n"

static const char browser_head[] =
    "GET /chat?room=1 HTTP/1.1" CRLF "Host: localhost:8080" CRLF
    "Connection: Upgrade" CRLF "Pragma: no-cache" CRLF
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64)" CRLF "Upgrade: websocket" CRLF
    "Origin: http://localhost:8080" CRLF "Sec-WebSocket-Version: 13" CRLF
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==" CRLF CRLF;

static void assert_slice(uvws_slice_t slice, const char *text) {
  assert_int_equal(slice.len, strlen(text));
  assert_memory_equal(slice.data, text, slice.len);
}

/* Parses an exactly sized copy, which the caller frees through *copy. */
static uvws_status_t parse_bytes(const void *bytes, size_t len,
                                 uvws_request_t *request, uint8_t **copy) {
  *copy = support_copy(bytes, len);
  return uvws_request_parse(uvws_slice(*copy, len), request);
}

static void assert_parsed_as(const void *bytes, size_t len,
                             uvws_status_t expected) {
  uvws_request_t request;
  uint8_t *copy;
  uvws_status_t status = parse_bytes(bytes, len, &request, &copy);
  if (status != expected) {
    fail_msg("status %d of \"%s\"", status, (const char *)bytes);
  }
  free(copy);
}

static void assert_malformed(const char *head) {
  assert_parsed_as(head, strlen(head), UVWS_ERR_REQUEST_MALFORMED);
}

/* A good head but for the given header line. */
static void assert_line(const char *line, size_t line_len,
                        uvws_status_t expected) {
  static const char start[] = "GET / HTTP/1.1" CRLF "a: b" CRLF;
  static const char end[] = CRLF "c: d" CRLF CRLF;
  char head[256];
  size_t start_len = sizeof(start) - 1;
  memcpy(head, start, start_len);
  memcpy(head + start_len, line, line_len);
  memcpy(head + start_len + line_len, end, sizeof(end));
  assert_parsed_as(head, start_len + line_len + sizeof(end) - 1, expected);
}

static void assert_bad_line(const char *line) {
  assert_line(line, strlen(line), UVWS_ERR_REQUEST_MALFORMED);
}

static void parses_what_a_browser_sends(void **state) {
  (void)state;
  uvws_request_t request;
  uint8_t *copy;
  assert_int_equal(
      parse_bytes(browser_head, sizeof(browser_head) - 1, &request, &copy),
      UVWS_OK);
  assert_slice(request.method, "GET");
  assert_slice(request.target, "/chat?room=1");
  assert_int_equal(request.minor_version, 1);
  assert_int_equal(request.header_count, 8);
  assert_slice(request.headers[0].name, "Host");
  assert_slice(request.headers[0].value, "localhost:8080");
  assert_slice(request.headers[7].name, "Sec-WebSocket-Key");
  assert_slice(request.headers[7].value, "dGhlIHNhbXBsZSBub25jZQ==");
  free(copy);
}

static void parses_a_head_without_headers(void **state) {
  (void)state;
  static const char head[] = "OPTIONS / HTTP/1.0" CRLF CRLF;
  uvws_request_t request;
  uint8_t *copy;
  assert_int_equal(parse_bytes(head, sizeof(head) - 1, &request, &copy),
                   UVWS_OK);
  assert_slice(request.method, "OPTIONS");
  assert_int_equal(request.minor_version, 0);
  assert_int_equal(request.header_count, 0);
  free(copy);
}

static void trims_white_space_around_values_only(void **state) {
  (void)state;
  static const char head[] =
      "GET / HTTP/1.1" CRLF "a: \t x y\tz \t " CRLF "b:x" CRLF "c:" CRLF
      "d: \t " CRLF "e: :;\xff\x80" CRLF CRLF;
  uvws_request_t request;
  uint8_t *copy;
  assert_int_equal(parse_bytes(head, sizeof(head) - 1, &request, &copy),
                   UVWS_OK);
  assert_int_equal(request.header_count, 5);
  assert_slice(request.headers[0].value, "x y\tz");
  assert_slice(request.headers[1].value, "x");
  assert_slice(request.headers[2].value, "");
  assert_slice(request.headers[3].value, "");
  assert_slice(request.headers[4].value, ":;\xff\x80");
  free(copy);
}

static void refuses_malformed_request_lines(void **state) {
  (void)state;
  static const char *const lines[] = {"",
                                      " ",
                                      "GET",
                                      "GET ",
                                      "GET /",
                                      "GET / ",
                                      "GET /  HTTP/1.1",
                                      "GET  / HTTP/1.1",
                                      " GET / HTTP/1.1",
                                      "GET\t/ HTTP/1.1",
                                      "GET /\tHTTP/1.1",
                                      "GET / HTTP/1.1 ",
                                      "GET / HTTP/1.2",
                                      "GET / HTTP/1.",
                                      "GET / HTTP/1.11",
                                      "GET / HTTP/2.0",
                                      "GET / HTTP/0.9",
                                      "GET / http/1.1",
                                      "GET / HTTP/11",
                                      "GET HTTP/1.1",
                                      "GET  HTTP/1.1",
                                      "G(T / HTTP/1.1",
                                      "G\x01T / HTTP/1.1",
                                      "GET /\x01 HTTP/1.1",
                                      "GET /\x7f HTTP/1.1",
                                      "GET /\xe9 HTTP/1.1",
                                      "GET /a b HTTP/1.1",
                                      "GET / HTTP/1.1\r",
                                      "GET /\n HTTP/1.1",
                                      "GET / HTTP/1.1\r\n"};
  for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
    char head[128];
    (void)snprintf(head, sizeof(head), "%s" CRLF "a: b" CRLF CRLF, lines[i]);
    assert_malformed(head);
  }
}

static void refuses_malformed_header_lines(void **state) {
  (void)state;
  static const char *const lines[] = {
      ":",               /* no name */
      ": x",             /* the same */
      "x",               /* no colon */
      "x y: z",          /* white space in the name */
      "x : y",           /* white space before the colon */
      "x\t: y",          /* the same */
      " x: y",           /* obs-fold */
      "\tx",             /* the same */
      "x: y" CRLF " z",  /* the same */
      "x: y" CRLF "\tz", /* the same */
      "x: y\rz",         /* CR in a value */
      "x: y\r",          /* the same at its end */
      "x: y\nz: w",      /* bare LF */
      "x\r\n: y",        /* a line end before the colon */
      "x: \x01",         /* control characters */
      "x: \x1f",
      "x: \x7f",
      "x: y\x0bz",
      "\x01: y",
      "x\x7f: y",
      "x\xe9: y",
      "x(: y",
      "x/y: z",
      "\"x\": y",
      "x;: y",
      "x\\: y"};
  for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
    assert_bad_line(lines[i]);
  }
}

static bool is_name_byte(uint8_t byte) {
  return byte != 0 && memchr("!#$%&'*+-.^_`|~0123456789"
                             "abcdefghijklmnopqrstuvwxyz"
                             "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
                             byte, 77) != NULL;
}

static void takes_just_the_allowed_bytes_in_names_and_values(void **state) {
  (void)state;
  for (unsigned byte = 0; byte < 256; byte++) {
    char name[] = "x?y: z";
    char value[] = "xy: z?";
    name[1] = (char)byte;
    value[5] = (char)byte;
    bool is_value_byte =
        byte == '\t' || (byte >= ' ' && byte != 0x7f); /* RFC 9110 5.5 */
    if (byte == ':') { /* ends the name, so that the rest is the value */
      assert_line(name, 6, UVWS_OK);
    } else {
      assert_line(name, 6,
                  is_name_byte((uint8_t)byte) ? UVWS_OK
                                              : UVWS_ERR_REQUEST_MALFORMED);
    }
    assert_line(value, 6, is_value_byte ? UVWS_OK : UVWS_ERR_REQUEST_MALFORMED);
  }
}

static void refuses_every_truncation_of_a_head(void **state) {
  (void)state;
  for (size_t len = 0; len < sizeof(browser_head) - 1; len++) {
    assert_parsed_as(browser_head, len, UVWS_ERR_REQUEST_MALFORMED);
  }
}

static void refuses_bytes_behind_the_head(void **state) {
  (void)state;
  assert_malformed("GET / HTTP/1.1" CRLF CRLF "x");
  assert_malformed("GET / HTTP/1.1" CRLF "a: b" CRLF CRLF CRLF);
}

static void defers_targets_that_are_not_a_path(void **state) {
  (void)state;
  static const char *const targets[] = {"*", "http://a.b/c", "a.b:80", "a",
                                        "?x"};
  for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
    char head[64];
    int len =
        snprintf(head, sizeof(head), "GET %s HTTP/1.1" CRLF CRLF, targets[i]);
    assert_parsed_as(head, (size_t)len, UVWS_DEFER);
  }
}

static size_t write_many_headers(char *head, size_t count) {
  char *at = head + sprintf(head, "GET / HTTP/1.1" CRLF);
  for (size_t i = 0; i < count; i++) {
    at += sprintf(at, "x%zu: %zu" CRLF, i, i);
  }
  at += sprintf(at, CRLF);
  return (size_t)(at - head);
}

static void defers_more_headers_than_it_has_room_for(void **state) {
  (void)state;
  static char head[UVWS_REQUEST_HEAD_MAX];
  size_t max = UVWS_REQUEST_HEADERS_MAX;
  assert_parsed_as(head, write_many_headers(head, max), UVWS_OK);
  assert_parsed_as(head, write_many_headers(head, max + 1), UVWS_DEFER);
  assert_parsed_as(head, write_many_headers(head, 1000), UVWS_DEFER);
}

static void find_ignores_case_and_goes_on_from_an_index(void **state) {
  (void)state;
  static const char head[] = "GET / HTTP/1.1" CRLF "Aa: 1" CRLF "ab: 2" CRLF
                             "AA: 3" CRLF "a: 4" CRLF "aaa: 5" CRLF CRLF;
  uvws_request_t request;
  uint8_t *copy;
  assert_int_equal(parse_bytes(head, sizeof(head) - 1, &request, &copy),
                   UVWS_OK);
  assert_int_equal(uvws_request_find(&request, "aa", 0), 0);
  assert_int_equal(uvws_request_find(&request, "aa", 1), 2);
  assert_int_equal(uvws_request_find(&request, "aa", 3), 5);
  assert_int_equal(uvws_request_find(&request, "aa", 5), 5);
  assert_int_equal(uvws_request_find(&request, "a", 0), 3);
  assert_int_equal(uvws_request_find(&request, "b", 0), 5);
  free(copy);
}

/* Feeds the first `first` bytes, then one more at a time or, in_two, the rest;
 * returns what the last call returned. */
static uvws_status_t feed(const char *bytes, size_t len, size_t first,
                          bool in_two, size_t *head_len) {
  size_t scanned = 0;
  size_t fed = first;
  for (;;) {
    uint8_t *copy = support_copy(bytes, fed);
    uvws_status_t status = uvws_request_find_end(copy, fed, &scanned, head_len);
    free(copy);
    if (status != UVWS_NEED_MORE || fed == len) {
      return status;
    }
    fed = in_two ? len : fed + 1;
  }
}

static void assert_every_split(const char *bytes, size_t len,
                               uvws_status_t expected,
                               size_t expected_head_len) {
  for (size_t first = 0; first <= len; first++) {
    size_t head_len = 0;
    assert_int_equal(feed(bytes, len, first, true, &head_len), expected);
    assert_int_equal(head_len, expected_head_len);
  }
  size_t head_len = 0;
  assert_int_equal(feed(bytes, len, 0, false, &head_len), expected);
  assert_int_equal(head_len, expected_head_len);
}

static void finds_the_end_at_every_split_and_byte_by_byte(void **state) {
  (void)state;
  size_t len = sizeof(browser_head) - 1;
  assert_every_split(browser_head, len, UVWS_OK, len);
  assert_every_split(browser_head, len - 1, UVWS_NEED_MORE, 0);
}

static void leaves_what_follows_the_head(void **state) {
  (void)state;
  static const char head[] = "GET / HTTP/1.1" CRLF CRLF;
  static const char more[] = "GET / HTTP/1.1" CRLF CRLF "\x81\x80\n\r" CRLF;
  assert_every_split(more, sizeof(more) - 1, UVWS_OK, sizeof(head) - 1);
}

static void refuses_early_what_cannot_become_a_head(void **state) {
  (void)state;
  static const char *const starts[] = {"GET / HTTP/1.1\n",
                                       "GET / HTTP/1.1" CRLF "a: b\n",
                                       "GET / HTTP/1.1\ra",
                                       "GET / HTTP/1.1" CRLF "a: b\r\r",
                                       "GET / HTTP/1.1" CRLF "\n",
                                       CRLF CRLF,
                                       "\n",
                                       "\x16\x03\x01", /* TLS */
                                       " GET /",
                                       "\x81\x85",
                                       "\xff"};
  for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
    assert_every_split(starts[i], strlen(starts[i]), UVWS_ERR_REQUEST_MALFORMED,
                       0);
  }
}

/* A head of exactly len bytes. */
static void write_head_of(char *head, size_t len) {
  static const char start[] = "GET / HTTP/1.1" CRLF "a: ";
  memset(head, 'x', len);
  memcpy(head, start, sizeof(start) - 1);
  memcpy(head + len - 4, CRLF CRLF, 4);
}

static void takes_a_head_of_the_greatest_length_and_no_longer(void **state) {
  (void)state;
  static char head[UVWS_REQUEST_HEAD_MAX + 1];
  size_t scanned = 0;
  size_t head_len = 0;
  write_head_of(head, UVWS_REQUEST_HEAD_MAX);
  assert_int_equal(uvws_request_find_end((const uint8_t *)head,
                                         UVWS_REQUEST_HEAD_MAX, &scanned,
                                         &head_len),
                   UVWS_OK);
  assert_int_equal(head_len, UVWS_REQUEST_HEAD_MAX);
  write_head_of(head, UVWS_REQUEST_HEAD_MAX + 1);
  for (size_t step = 1; step <= UVWS_REQUEST_HEAD_MAX + 1; step *= 2) {
    uvws_status_t status = UVWS_NEED_MORE;
    size_t fed = 0;
    scanned = 0;
    while (status == UVWS_NEED_MORE) {
      fed = fed + step < sizeof(head) ? fed + step : sizeof(head);
      status = uvws_request_find_end((const uint8_t *)head, fed, &scanned,
                                     &head_len);
    }
    assert_int_equal(status, UVWS_ERR_REQUEST_TOO_LARGE);
    assert_true(fed >= UVWS_REQUEST_HEAD_MAX);
  }
}

/* Were each call to look from the start again, bytes that change behind it
 * would be noticed. */
static void looks_at_each_byte_once(void **state) {
  (void)state;
  char head[] = "GET / HTTP/1.1" CRLF "aaaaaaaa: b" CRLF CRLF;
  size_t scanned = 0;
  size_t head_len = 0;
  assert_int_equal(
      uvws_request_find_end((const uint8_t *)head, 24, &scanned, &head_len),
      UVWS_NEED_MORE);
  assert_int_equal(scanned, 24);
  memset(head + 1, '\n', 20);
  assert_int_equal(uvws_request_find_end((const uint8_t *)head,
                                         sizeof(head) - 1, &scanned, &head_len),
                   UVWS_OK);
  assert_int_equal(head_len, sizeof(head) - 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(parses_what_a_browser_sends),
      cmocka_unit_test(parses_a_head_without_headers),
      cmocka_unit_test(trims_white_space_around_values_only),
      cmocka_unit_test(refuses_malformed_request_lines),
      cmocka_unit_test(refuses_malformed_header_lines),
      cmocka_unit_test(takes_just_the_allowed_bytes_in_names_and_values),
      cmocka_unit_test(refuses_every_truncation_of_a_head),
      cmocka_unit_test(refuses_bytes_behind_the_head),
      cmocka_unit_test(defers_targets_that_are_not_a_path),
      cmocka_unit_test(defers_more_headers_than_it_has_room_for),
      cmocka_unit_test(find_ignores_case_and_goes_on_from_an_index),
      cmocka_unit_test(finds_the_end_at_every_split_and_byte_by_byte),
      cmocka_unit_test(leaves_what_follows_the_head),
      cmocka_unit_test(refuses_early_what_cannot_become_a_head),
      cmocka_unit_test(takes_a_head_of_the_greatest_length_and_no_longer),
      cmocka_unit_test(looks_at_each_byte_once),
  };
  return cmocka_run_group_tests_name("request", tests, NULL, NULL);
}
