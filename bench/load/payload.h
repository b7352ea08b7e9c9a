#ifndef BENCH_PAYLOAD_H
#define BENCH_PAYLOAD_H

#include <stddef.h>
#include <stdint.h>

#include "options.h"

/* The next number of a sequence that is the same in each run; `state` must not
   be 0. */
uint32_t random_next(uint64_t *state);

/* Fills `size` bytes: random bytes; printable ASCII; text with characters of 1
   to 4 bytes, evenly mixed; a JSON document of chat messages, which deflate
   makes three to five times shorter (fail()s below 64 bytes).
 */
void payload_fill(uint8_t *payload, size_t size, payload_type_t type,
                  uint64_t *random);

#endif
