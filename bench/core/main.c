/* Runs one case of what it is linked with, for a counter of instructions to
 * watch.
 *
 *   core          prints the cases: index, operations, bytes and name
 *   core INDEX N  runs one of them: N calls of `measured`, after a warm-up
 */

#include <stdio.h>
#include <stdlib.h>

#include "cases.h"

#define WARM_UP 200 /* operations */

/* What callgrind's --toggle-collect names. */
void measured(const core_case_t *which);

__attribute__((noinline)) void measured(const core_case_t *which) {
  which->run(which->bytes);
}

static void call(const core_case_t *which, size_t calls,
                 void (*run)(const core_case_t *which)) {
  for (size_t i = 0; i < calls; i++) {
    if (which->prepare != NULL) {
      which->prepare(which->bytes);
    }
    run(which);
  }
}

static void warm_up(const core_case_t *which) { which->run(which->bytes); }

static void list(void) {
  for (size_t i = 0; i < core_case_count; i++) {
    printf("%zu %zu %zu %s\n", i, core_cases[i].operations, core_cases[i].bytes,
           core_cases[i].name);
  }
}

int main(int argc, char **argv) {
  const core_case_t *which;

  if (argc == 1) {
    list();
    return 0;
  }
  if (argc != 3 || strtoul(argv[1], NULL, 10) >= core_case_count) {
    fputs("usage: core [INDEX N]\n", stderr);
    return 2;
  }

  which = &core_cases[strtoul(argv[1], NULL, 10)];
  which->set_up(which->bytes);
  call(which, 1 + WARM_UP / which->operations, warm_up);
  call(which, strtoul(argv[2], NULL, 10), measured);

  return 0;
}
