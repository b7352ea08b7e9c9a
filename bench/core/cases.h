#ifndef BENCH_CORE_CASES_H
#define BENCH_CORE_CASES_H

#include <stddef.h>

/* What is counted: one operation of src/core or src/net each. */

typedef struct {
  const char *name;
  size_t bytes;      /* of payload that an operation handles; 0: not per byte */
  size_t operations; /* that one call of `run` does */
  void (*set_up)(size_t bytes);
  void (*run)(size_t bytes);
  void (*prepare)(size_t bytes); /* before each `run`, not counted; or NULL */
} core_case_t;

extern const core_case_t core_cases[];
extern const size_t core_case_count;

#endif
