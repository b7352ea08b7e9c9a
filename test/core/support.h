/* What the tests of core share: inputs that end where their memory ends, and an
 * allocator that fails when told to. */
#ifndef UVWS_TEST_CORE_SUPPORT_H
#define UVWS_TEST_CORE_SUPPORT_H

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/mem.h"
#include "core/slice.h"

/* A heap copy of exactly len bytes, so that one byte read beyond it dies under
 * the address sanitizer; freed by the caller with free(). Never NULL. */
uint8_t *support_copy(const void *bytes, size_t len);

/* The same of a string, without its terminator. */
uvws_slice_t support_copy_text(const char *text);

/* An allocator that counts, on any thread. mem.user points to the structure
 * itself: it must not be moved. */
typedef struct support_mem {
  uvws_mem_t mem;       /* to be passed to core */
  _Atomic size_t calls; /* allocations tried so far, failed ones too */
  size_t fail_at;       /* the number of the call that fails, from 1; 0: none */
  _Atomic size_t live;  /* blocks not freed yet */
  _Atomic size_t peak_size; /* the largest size asked for */
} support_mem_t;

/* fail_at as above. */
void support_mem_init(support_mem_t *counter, size_t fail_at);

#endif
