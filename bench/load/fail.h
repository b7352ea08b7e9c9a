#ifndef BENCH_FAIL_H
#define BENCH_FAIL_H

/* Prints one line to stderr and exits with status 1. A load generator that saw
   one wrong byte has no figure to report, so nothing is ever recovered from. */
_Noreturn void fail(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/* As fail(), with the text of errno appended. */
_Noreturn void fail_errno(const char *what);

/* malloc and calloc that fail() when memory is short. */
void *must_alloc(unsigned long size);
void *must_calloc(unsigned long count, unsigned long size);

#endif
