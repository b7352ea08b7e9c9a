#include "core/handshake.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "core/ascii.h"
#include "core/base64.h"
#include "core/sha1.h"

#define GUID "258EAFA5-E914-47DA-95CA-C5AB0DC85B11" /* RFC 6455 1.3 */
#define GUID_LEN (sizeof(GUID) - 1)
#define KEY_CHARS 22     /* before the padding */
#define PROTOCOLS_MAX 16 /* bounds the search for duplicates */
#define REFUSAL_MAX 512

#define ACCEPT_HEAD                                                            \
  "HTTP/1.1 101 Switching Protocols\r\n"                                       \
  "Upgrade: websocket\r\n"                                                     \
  "Connection: Upgrade\r\n"                                                    \
  "Sec-WebSocket-Accept: "
#define PROTOCOL_NAME "\r\nSec-WebSocket-Protocol: "
#define EXTENSIONS_NAME "\r\nSec-WebSocket-Extensions: "
#define HEAD_END "\r\n\r\n"

typedef struct protocols {
  uvws_slice_t names[PROTOCOLS_MAX];
  size_t count;
} protocols_t;

/* Takes the list's first element off, up to the next comma, which goes too.
 * False once the last one was taken: then data is NULL, which it never is in a
 * header's value, be it empty. */
static bool next_element(uvws_slice_t *list, uvws_slice_t *element) {
  if (list->data == NULL) {
    return false;
  }
  const uint8_t *comma =
      list->len > 0 ? memchr(list->data, ',', list->len) : NULL;
  size_t len = comma != NULL ? (size_t)(comma - list->data) : list->len;
  *element = uvws_ascii_trim(uvws_slice(list->data, len));
  *list = comma != NULL ? uvws_slice(comma + 1, list->len - len - 1)
                        : uvws_slice(NULL, 0);
  return true;
}

static bool has_element(uvws_slice_t list, const char *lower) {
  uvws_slice_t element;
  while (next_element(&list, &element)) {
    if (uvws_ascii_equals(element, lower)) {
      return true;
    }
  }
  return false;
}

static bool has_header(const uvws_request_t *request, const char *name) {
  return uvws_request_find(request, name, 0) < request->header_count;
}

/* The value of a header that is there exactly once. */
static bool find_single(const uvws_request_t *request, const char *name,
                        uvws_slice_t *value) {
  size_t at = uvws_request_find(request, name, 0);
  if (at == request->header_count ||
      uvws_request_find(request, name, at + 1) < request->header_count) {
    return false;
  }
  *value = request->headers[at].value;
  return true;
}

/* node:http takes an empty one for none. */
static bool has_upgrade_header(const uvws_request_t *request) {
  size_t at = uvws_request_find(request, "upgrade", 0);
  return at < request->header_count && request->headers[at].value.len > 0;
}

static bool has_upgrade_option(const uvws_request_t *request) {
  size_t at = uvws_request_find(request, "connection", 0);
  while (at < request->header_count) {
    if (has_element(request->headers[at].value, "upgrade")) {
      return true;
    }
    at = uvws_request_find(request, "connection", at + 1);
  }
  return false;
}

static bool has_body(const uvws_request_t *request) {
  uvws_slice_t value;
  return has_header(request, "transfer-encoding") ||
         (has_header(request, "content-length") &&
          (!find_single(request, "content-length", &value) ||
           !uvws_ascii_equals(value, "0")));
}

static bool is_method(const uvws_request_t *request, const char *name) {
  return request->method.len == strlen(name) &&
         memcmp(request->method.data, name, request->method.len) == 0;
}

/* The methods of RFC 9110 that may come with an upgrade. */
static bool has_common_method(const uvws_request_t *request) {
  static const char *const names[] = {"GET",     "HEAD",  "POST",  "PUT",
                                      "OPTIONS", "PATCH", "DELETE"};
  for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
    if (is_method(request, names[i])) {
      return true;
    }
  }
  return false;
}

static bool is_ours_to_judge(const uvws_request_t *request) {
  return request->minor_version == 1 && has_common_method(request) &&
         has_upgrade_header(request) && has_upgrade_option(request) &&
         !has_body(request) && !has_header(request, "expect");
}

static bool is_base64_char(uint8_t byte) {
  uint8_t lower = uvws_ascii_to_lower(byte);
  return (lower >= 'a' && lower <= 'z') || (byte >= '0' && byte <= '9') ||
         byte == '+' || byte == '/';
}

static bool is_key(uvws_slice_t value) {
  if (value.len != UVWS_KEY_LEN || value.data[KEY_CHARS] != '=' ||
      value.data[KEY_CHARS + 1] != '=') {
    return false;
  }
  for (size_t i = 0; i < KEY_CHARS; i++) {
    if (!is_base64_char(value.data[i])) {
      return false;
    }
  }
  return true;
}

static bool is_token(uvws_slice_t text) {
  for (size_t i = 0; i < text.len; i++) {
    if (!uvws_ascii_is_token(text.data[i])) {
      return false;
    }
  }
  return text.len > 0;
}

static bool has_protocol(const protocols_t *protocols, uvws_slice_t name) {
  for (size_t i = 0; i < protocols->count; i++) {
    if (protocols->names[i].len == name.len &&
        memcmp(protocols->names[i].data, name.data, name.len) == 0) {
      return true;
    }
  }
  return false;
}

static uvws_status_t add_protocols(protocols_t *protocols, uvws_slice_t list) {
  uvws_slice_t name;
  while (next_element(&list, &name)) {
    if (!is_token(name) || has_protocol(protocols, name)) {
      return UVWS_ERR_HANDSHAKE_PROTOCOL;
    }
    if (protocols->count == PROTOCOLS_MAX) {
      return UVWS_DEFER;
    }
    protocols->names[protocols->count++] = name;
  }
  return UVWS_OK;
}

static uvws_status_t choose_protocol(const uvws_request_t *request,
                                     uvws_slice_t *chosen) {
  protocols_t protocols = {.count = 0};
  uvws_status_t status = UVWS_OK;
  size_t at = uvws_request_find(request, "sec-websocket-protocol", 0);
  while (status == UVWS_OK && at < request->header_count) {
    status = add_protocols(&protocols, request->headers[at].value);
    at = uvws_request_find(request, "sec-websocket-protocol", at + 1);
  }
  *chosen = protocols.count > 0 ? protocols.names[0] : uvws_slice(NULL, 0);
  return status;
}

uvws_status_t uvws_handshake_check(const uvws_request_t *request,
                                   uvws_handshake_t *handshake) {
  uvws_slice_t value;
  if (!is_ours_to_judge(request)) {
    return UVWS_DEFER;
  }
  if (!is_method(request, "GET")) {
    return UVWS_ERR_HANDSHAKE_METHOD;
  }
  if (!find_single(request, "upgrade", &value) ||
      !uvws_ascii_equals(value, "websocket")) {
    return UVWS_ERR_HANDSHAKE_UPGRADE;
  }
  if (!find_single(request, "sec-websocket-key", &handshake->key) ||
      !is_key(handshake->key)) {
    return UVWS_ERR_HANDSHAKE_KEY;
  }
  if (!find_single(request, "sec-websocket-version", &value) ||
      !(uvws_ascii_equals(value, "13") || uvws_ascii_equals(value, "8"))) {
    return UVWS_ERR_HANDSHAKE_VERSION;
  }
  return choose_protocol(request, &handshake->protocol);
}

void uvws_handshake_accept_value(char out[UVWS_ACCEPT_LEN],
                                 const uint8_t key[UVWS_KEY_LEN]) {
  uint8_t text[UVWS_KEY_LEN + GUID_LEN];
  uint8_t digest[UVWS_SHA1_LEN];
  memcpy(text, key, UVWS_KEY_LEN);
  memcpy(text + UVWS_KEY_LEN, GUID, GUID_LEN);
  uvws_sha1(digest, text, sizeof(text));
  uvws_base64_encode(out, digest, sizeof(digest));
}

/* Appends where room was made. */
static void put(uvws_buffer_t *out, const void *bytes, size_t len) {
  assert(len <= out->cap - out->len);
  memcpy(out->data + out->len, bytes, len);
  out->len += len;
}

uvws_status_t
uvws_handshake_write_accept(uvws_buffer_t *out, const uvws_mem_t *mem,
                            const uint8_t key[UVWS_KEY_LEN],
                            const uvws_handshake_answer_t *answer) {
  char accept[UVWS_ACCEPT_LEN];
  uvws_handshake_accept_value(accept, key);
  size_t room = sizeof(ACCEPT_HEAD) + sizeof(accept) + sizeof(PROTOCOL_NAME) +
                answer->protocol.len + sizeof(EXTENSIONS_NAME) +
                answer->extensions.len + sizeof(HEAD_END);
  uvws_status_t status = uvws_buffer_reserve(out, mem, room, SIZE_MAX);
  if (status != UVWS_OK) {
    return status;
  }
  put(out, ACCEPT_HEAD, sizeof(ACCEPT_HEAD) - 1);
  put(out, accept, sizeof(accept));
  if (answer->protocol.len > 0) {
    put(out, PROTOCOL_NAME, sizeof(PROTOCOL_NAME) - 1);
    put(out, answer->protocol.data, answer->protocol.len);
  }
  if (answer->extensions.len > 0) {
    put(out, EXTENSIONS_NAME, sizeof(EXTENSIONS_NAME) - 1);
    put(out, answer->extensions.data, answer->extensions.len);
  }
  put(out, HEAD_END, sizeof(HEAD_END) - 1);
  return UVWS_OK;
}

static const char *reason_phrase(unsigned http_status) {
  switch (http_status) {
  case 405:
    return "Method Not Allowed";
  case 431:
    return "Request Header Fields Too Large";
  default:
    return "Bad Request";
  }
}

/* What node:http answers to a head that its parser refuses. */
static int format_bare_refusal(char text[REFUSAL_MAX], unsigned http_status) {
  return snprintf(text, REFUSAL_MAX,
                  "HTTP/1.1 %u %s\r\n"
                  "Connection: close\r\n\r\n",
                  http_status, reason_phrase(http_status));
}

static int format_refusal(char text[REFUSAL_MAX], uvws_status_t why) {
  const uvws_status_info_t *info = uvws_status_info(why);
  const char *versions = why == UVWS_ERR_HANDSHAKE_VERSION
                             ? "\r\nSec-WebSocket-Version: 13, 8"
                             : "";
  return snprintf(text, REFUSAL_MAX,
                  "HTTP/1.1 %u %s\r\n"
                  "Connection: close\r\n"
                  "Content-Type: text/html\r\n"
                  "Content-Length: %zu%s\r\n\r\n%s",
                  info->wire, reason_phrase(info->wire), strlen(info->message),
                  versions, info->message);
}

uvws_status_t uvws_handshake_write_refusal(uvws_buffer_t *out,
                                           const uvws_mem_t *mem,
                                           uvws_status_t why) {
  char text[REFUSAL_MAX];
  bool is_bare =
      why == UVWS_ERR_REQUEST_MALFORMED || why == UVWS_ERR_REQUEST_TOO_LARGE;
  int len = is_bare ? format_bare_refusal(text, uvws_status_info(why)->wire)
                    : format_refusal(text, why);
  assert(len > 0 && len < REFUSAL_MAX);
  return uvws_buffer_append(out, mem, uvws_slice(text, (size_t)len), SIZE_MAX);
}
