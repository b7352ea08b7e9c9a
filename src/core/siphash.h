/* SipHash-2-4 (Aumasson and Bernstein, 2012): a hash whose collisions cannot be
 * found without its key, for tables whose keys strangers choose. */
#ifndef UVWS_CORE_SIPHASH_H
#define UVWS_CORE_SIPHASH_H

#include <stdint.h>

#include "core/slice.h"

#define UVWS_SIPHASH_KEY_LEN 16

uint64_t uvws_siphash(const uint8_t key[UVWS_SIPHASH_KEY_LEN],
                      uvws_slice_t bytes);

#endif
