#include "fail.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void fail(const char *format, ...) {
  va_list args;

  fputs("load: ", stderr);
  va_start(args, format);
  vfprintf(stderr, format, args);
  va_end(args);
  fputc('\n', stderr);
  exit(1);
}

void fail_errno(const char *what) { fail("%s: %s", what, strerror(errno)); }

void *must_alloc(unsigned long size) {
  void *memory = malloc(size);

  if (memory == NULL) {
    fail("out of memory (%lu bytes)", size);
  }

  return memory;
}

void *must_calloc(unsigned long count, unsigned long size) {
  void *memory = calloc(count, size);

  if (memory == NULL) {
    fail("out of memory (%lu x %lu bytes)", count, size);
  }

  return memory;
}
