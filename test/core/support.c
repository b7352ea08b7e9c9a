#include "support.h"

#include <stdlib.h>
#include <string.h>

uint8_t *support_copy(const void *bytes, size_t len) {
  uint8_t *copy = malloc(len > 0 ? len : 1); /* malloc(0) may be NULL */
  assert_non_null(copy);
  if (len > 0) {
    memcpy(copy, bytes, len);
  }
  return copy;
}

uvws_slice_t support_copy_text(const char *text) {
  size_t len = strlen(text);
  return uvws_slice(support_copy(text, len), len);
}

static void *counted_resize(void *user, void *ptr, size_t size) {
  support_mem_t *counter = user;
  size_t call = ++counter->calls;
  if (size > counter->peak_size) {
    counter->peak_size = size;
  }
  if (call == counter->fail_at) {
    return NULL;
  }
  uint8_t *moved = realloc(ptr, size); /* under the sanitizer it moves */
  assert_non_null(moved);
  counter->live += ptr == NULL ? 1 : 0;
  return moved;
}

static void counted_free(void *user, void *ptr) {
  support_mem_t *counter = user;
  counter->live -= ptr == NULL ? 0 : 1;
  free(ptr);
}

void support_mem_init(support_mem_t *counter, size_t fail_at) {
  *counter = (support_mem_t){.mem = {counted_resize, counted_free, counter},
                             .fail_at = fail_at};
}
