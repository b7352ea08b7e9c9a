#include "core/status.h"

#include <assert.h>
#include <string.h>

static const uvws_status_info_t table[UVWS_STATUS_COUNT] = {
#define UVWS_STATUS(name, wire, class, code, message)                          \
  {#name, wire, UVWS_ERROR_CLASS_##class, code, message},
#include "core/status.def"
#undef UVWS_STATUS
};

typedef struct text {
  char *out;
  size_t len;
  size_t cap;
} text_t;

/* Appends what has room before the terminator. */
static void put(text_t *text, const char *from, size_t len) {
  size_t room = text->cap - 1 - text->len;
  size_t count = len < room ? len : room;
  memcpy(text->out + text->len, from, count);
  text->len += count;
}

static void put_number(text_t *text, uint32_t number) {
  char digits[10]; /* of 2^32 - 1 */
  size_t begin = sizeof(digits);
  do {
    digits[--begin] = (char)('0' + number % 10);
    number /= 10;
  } while (number != 0);
  put(text, digits + begin, sizeof(digits) - begin);
}

const uvws_status_info_t *uvws_status_info(uvws_status_t status) {
  assert(status < 0 && status >= -(int)UVWS_STATUS_COUNT);
  return &table[-(int)status - 1];
}

size_t uvws_status_format(uvws_status_t status, uint32_t detail, char *out,
                          size_t cap) {
  assert(cap > 0);
  text_t text = {out, 0, cap};
  const char *message = uvws_status_info(status)->message;
  const char *place = strstr(message, "%u");
  if (place != NULL) {
    put(&text, message, (size_t)(place - message));
    put_number(&text, detail);
    message = place + 2;
  }
  put(&text, message, strlen(message));
  out[text.len] = '\0';
  return text.len;
}
