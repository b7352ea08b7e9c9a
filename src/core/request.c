#include "core/request.h"

#include <string.h>

#include "core/ascii.h"

typedef bool (*byte_test_t)(uint8_t byte);

static bool is_visible(uint8_t byte) { return byte > 0x20 && byte < 0x7f; }

/* RFC 9110 5.5: bytes above ASCII are opaque but allowed. */
static bool is_value_byte(uint8_t byte) {
  return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
}

static void advance(uvws_slice_t *rest, size_t len) {
  rest->data += len;
  rest->len -= len;
}

/* Takes the leading bytes that pass the test. */
static uvws_slice_t take_while(uvws_slice_t *rest, byte_test_t test) {
  size_t len = 0;
  while (len < rest->len && test(rest->data[len])) {
    len++;
  }
  uvws_slice_t taken = {rest->data, len};
  advance(rest, len);
  return taken;
}

static bool take_text(uvws_slice_t *rest, const char *text) {
  size_t len = strlen(text);
  if (rest->len < len || memcmp(rest->data, text, len) != 0) {
    return false;
  }
  advance(rest, len);
  return true;
}

/* method SP target SP version CRLF (RFC 9112 3) */
static uvws_status_t parse_request_line(uvws_slice_t *rest,
                                        uvws_request_t *request) {
  request->method = take_while(rest, uvws_ascii_is_token);
  if (request->method.len == 0 || !take_text(rest, " ")) {
    return UVWS_ERR_REQUEST_MALFORMED;
  }
  request->target = take_while(rest, is_visible);
  if (request->target.len == 0 || !take_text(rest, " HTTP/1.")) {
    return UVWS_ERR_REQUEST_MALFORMED;
  }
  request->minor_version = take_text(rest, "1") ? 1 : 0;
  if (request->minor_version == 0 && !take_text(rest, "0")) {
    return UVWS_ERR_REQUEST_MALFORMED;
  }
  return take_text(rest, "\r\n") ? UVWS_OK : UVWS_ERR_REQUEST_MALFORMED;
}

/* name ":" OWS value OWS CRLF (RFC 9112 5) */
static uvws_status_t parse_header(uvws_slice_t *rest, uvws_header_t *header) {
  header->name = take_while(rest, uvws_ascii_is_token);
  if (header->name.len == 0 || !take_text(rest, ":")) {
    return UVWS_ERR_REQUEST_MALFORMED;
  }
  header->value = uvws_ascii_trim(take_while(rest, is_value_byte));
  return take_text(rest, "\r\n") ? UVWS_OK : UVWS_ERR_REQUEST_MALFORMED;
}

/* Goes on behind the next CR, or to limit where there is none. False for an LF
 * before it, which stands behind no CR. */
static bool skip_line(const uint8_t *data, size_t limit, size_t *at) {
  const uint8_t *start = data + *at;
  const uint8_t *cr = memchr(start, '\r', limit - *at);
  size_t len = cr == NULL ? limit - *at : (size_t)(cr - start);
  *at += cr == NULL ? len : len + 1;
  return memchr(start, '\n', len) == NULL;
}

uvws_status_t uvws_request_find_end(const uint8_t *data, size_t len,
                                    size_t *scanned, size_t *head_len) {
  size_t limit = len < UVWS_REQUEST_HEAD_MAX ? len : UVWS_REQUEST_HEAD_MAX;
  if (limit > 0 && !uvws_ascii_is_token(data[0])) {
    return UVWS_ERR_REQUEST_MALFORMED;
  }
  for (size_t at = *scanned; at < limit;) {
    if (at == 0 || data[at - 1] != '\r') {
      if (!skip_line(data, limit, &at)) {
        return UVWS_ERR_REQUEST_MALFORMED;
      }
    } else if (data[at] != '\n') {
      return UVWS_ERR_REQUEST_MALFORMED;
    } else if (data[at - 2] == '\n') {
      /* The first byte is no CR, and each LF stands behind one. */
      *head_len = at + 1;
      return UVWS_OK;
    } else {
      at++;
    }
  }
  *scanned = limit;
  return limit < UVWS_REQUEST_HEAD_MAX ? UVWS_NEED_MORE
                                       : UVWS_ERR_REQUEST_TOO_LARGE;
}

uvws_status_t uvws_request_parse(uvws_slice_t head, uvws_request_t *request) {
  uvws_slice_t rest = head;
  request->header_count = 0;
  uvws_status_t status = parse_request_line(&rest, request);
  while (status == UVWS_OK && !take_text(&rest, "\r\n")) {
    if (request->header_count == UVWS_REQUEST_HEADERS_MAX) {
      return UVWS_DEFER;
    }
    status = parse_header(&rest, &request->headers[request->header_count]);
    request->header_count++;
  }
  if (status == UVWS_OK && rest.len > 0) {
    return UVWS_ERR_REQUEST_MALFORMED;
  }
  /* Only the form "/path?query" is ours to judge (RFC 9112 3.2). */
  return status == UVWS_OK && request->target.data[0] != '/' ? UVWS_DEFER
                                                             : status;
}

size_t uvws_request_find(const uvws_request_t *request, const char *name,
                         size_t from) {
  size_t at = from;
  while (at < request->header_count &&
         !uvws_ascii_equals(request->headers[at].name, name)) {
    at++;
  }
  return at;
}
