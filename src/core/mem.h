/* The allocator that core is given, so that a host can count allocations and a
 * test can fail the n-th one. */
#ifndef UVWS_CORE_MEM_H
#define UVWS_CORE_MEM_H

#include <stddef.h>

/* resize(user, NULL, n) allocates n > 0 bytes, resize(user, p, n) moves or
 * grows p to n > 0 bytes keeping its content; NULL on failure, p then stays
 * valid. free(user, NULL) does nothing. */
typedef struct uvws_mem {
  void *(*resize)(void *user, void *ptr, size_t size);
  void (*free)(void *user, void *ptr);
  void *user;
} uvws_mem_t;

/* The C library's realloc and free. Static, never fails to exist. */
const uvws_mem_t *uvws_mem_default(void);

/* Uninitialised memory of size > 0 bytes, or NULL. Freed by uvws_mem_free. */
void *uvws_mem_alloc(const uvws_mem_t *mem, size_t size);

/* As uvws_mem_alloc, filled with zeros. */
void *uvws_mem_calloc(const uvws_mem_t *mem, size_t size);

/* See uvws_mem_t. */
void *uvws_mem_resize(const uvws_mem_t *mem, void *ptr, size_t size);
void uvws_mem_free(const uvws_mem_t *mem, void *ptr);

#endif
