#include "core/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static void *default_resize(void *user, void *ptr, size_t size) {
  (void)user;
  return realloc(ptr, size);
}

static void default_free(void *user, void *ptr) {
  (void)user;
  free(ptr);
}

const uvws_mem_t *uvws_mem_default(void) {
  static const uvws_mem_t mem = {default_resize, default_free, NULL};
  return &mem;
}

void *uvws_mem_alloc(const uvws_mem_t *mem, size_t size) {
  return uvws_mem_resize(mem, NULL, size);
}

void *uvws_mem_calloc(const uvws_mem_t *mem, size_t size) {
  void *ptr = uvws_mem_alloc(mem, size);
  if (ptr != NULL) {
    memset(ptr, 0, size);
  }
  return ptr;
}

void *uvws_mem_resize(const uvws_mem_t *mem, void *ptr, size_t size) {
  assert(size > 0);
  return mem->resize(mem->user, ptr, size);
}

void uvws_mem_free(const uvws_mem_t *mem, void *ptr) {
  mem->free(mem->user, ptr);
}
