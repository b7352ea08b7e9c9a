/* The system calls that net makes, as a bad day would have them: short, refused
 * or interrupted. The linker puts these in the place of the C library's. */
#ifndef UVWS_TEST_NET_FAULT_H
#define UVWS_TEST_NET_FAULT_H

#include <stddef.h>

/* The next `count` calls fail with `number`. */
typedef struct fault_errors {
  int count;
  int number; /* errno */
} fault_errors_t;

typedef struct fault {
  size_t read_max;  /* bytes that one call reads at most; 0: no limit */
  size_t write_max; /* bytes that one call writes at most; 0: no limit */
  fault_errors_t on_read;
  fault_errors_t on_write;
  fault_errors_t on_accept;
  fault_errors_t on_watch; /* epoll_ctl, but for removals */
  size_t reads;            /* calls so far, failed ones too */
  size_t writes;
  size_t accepts;
  size_t strays; /* calls with a descriptor that is not open */
} fault_t;

extern fault_t fault;

/* All calls do as the kernel does again; counts are 0. */
void fault_reset(void);

#endif
