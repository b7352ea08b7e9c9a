/* A request head, whole and in pieces: both must find the same end. Then the
 * head is parsed, judged and answered. The input's own last bytes, read
 * backwards, are the lengths of the pieces, so that seeds are plain heads. */
#include <stdlib.h>
#include <string.h>

#include "core/ascii.h"
#include "core/handshake.h"
#include "core/request.h"

#define PIECE_MAX 61

typedef struct end {
  uvws_status_t status;
  size_t head_len;
} end_t;

static void require(bool condition) {
  if (!condition) {
    abort();
  }
}

static end_t find_end_whole(const uint8_t *data, size_t size) {
  end_t end = {UVWS_OK, 0};
  size_t scanned = 0;
  end.status = uvws_request_find_end(data, size, &scanned, &end.head_len);
  return end;
}

/* Each call sees a block that ends where the bytes fed so far end. */
static end_t find_end_in_pieces(const uint8_t *data, size_t size) {
  end_t end = {UVWS_NEED_MORE, 0};
  size_t scanned = 0;
  size_t fed = 0;
  for (size_t i = 1; end.status == UVWS_NEED_MORE && fed < size; i++) {
    size_t piece = data[size - 1 - i % size] % PIECE_MAX + 1;
    fed = piece < size - fed ? fed + piece : size;
    uint8_t *copy = malloc(fed);
    require(copy != NULL);
    memcpy(copy, data, fed);
    end.status = uvws_request_find_end(copy, fed, &scanned, &end.head_len);
    free(copy);
  }
  return end;
}

static void require_inside(uvws_slice_t slice, uvws_slice_t head) {
  require(slice.data >= head.data);
  require(slice.len <= head.len);
  require((size_t)(slice.data - head.data) <= head.len - slice.len);
}

static void require_sound(const uvws_request_t *request, uvws_slice_t head) {
  require_inside(request->method, head);
  require_inside(request->target, head);
  require(request->method.len > 0 && request->target.data[0] == '/');
  require(request->header_count <= UVWS_REQUEST_HEADERS_MAX);
  for (size_t i = 0; i < request->header_count; i++) {
    uvws_slice_t value = request->headers[i].value;
    require_inside(request->headers[i].name, head);
    require_inside(value, head);
    require(request->headers[i].name.len > 0);
    require(value.len == uvws_ascii_trim(value).len);
    require(value.len == 0 || (memchr(value.data, '\r', value.len) == NULL &&
                               memchr(value.data, '\n', value.len) == NULL &&
                               memchr(value.data, 0, value.len) == NULL));
  }
}

static void answer(const uvws_handshake_t *handshake, uvws_status_t status) {
  const uvws_mem_t *mem = uvws_mem_default();
  uvws_buffer_t out = uvws_buffer_empty();
  uvws_handshake_answer_t agreed = {.protocol = handshake->protocol};
  uvws_status_t written =
      status == UVWS_OK
          ? uvws_handshake_write_accept(&out, mem, handshake->key.data, &agreed)
          : uvws_handshake_write_refusal(&out, mem, status);
  require(written == UVWS_OK);
  /* An answer is one head: nothing of the request may end it early. */
  size_t scanned = 0;
  size_t head_len = 0;
  require(uvws_request_find_end(out.data, out.len, &scanned, &head_len) ==
          UVWS_OK);
  require(status != UVWS_OK || head_len == out.len);
  uvws_buffer_deinit(&out, mem);
}

static uvws_status_t judge(uvws_slice_t head, uvws_handshake_t *handshake) {
  uvws_request_t request;
  uvws_status_t status = uvws_request_parse(head, &request);
  if (status != UVWS_OK) {
    require(status == UVWS_ERR_REQUEST_MALFORMED || status == UVWS_DEFER);
    return status;
  }
  require_sound(&request, head);
  status = uvws_handshake_check(&request, handshake);
  if (status == UVWS_OK) {
    require(handshake->key.len == UVWS_KEY_LEN);
    require_inside(handshake->key, head);
    require(handshake->protocol.len <= head.len);
  }
  return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0) {
    return 0;
  }
  end_t whole = find_end_whole(data, size);
  end_t pieces = find_end_in_pieces(data, size);
  require(whole.status == pieces.status);
  require(whole.head_len == pieces.head_len);
  uvws_status_t status = whole.status;
  uvws_handshake_t handshake;
  uint8_t *head = NULL;
  if (status == UVWS_OK) {
    head = malloc(whole.head_len);
    require(head != NULL);
    memcpy(head, data, whole.head_len);
    status = judge(uvws_slice(head, whole.head_len), &handshake);
  }
  if (status <= 0) {
    answer(&handshake, status);
  }
  free(head);
  return 0;
}
