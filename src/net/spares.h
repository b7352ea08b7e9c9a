/* Output buffers of one size that go round, as output is short-lived: a message
 * to thousands takes as many buffers, and gives them back, each time. Those
 * that nobody needed for a while are freed. */
#ifndef UVWS_NET_SPARES_H
#define UVWS_NET_SPARES_H

#include <stdbool.h>

#include "core/mem.h"

/* Bytes of each, and how many are kept at most: 32 MiB. */
#define UVWS_SPARE_CAP 2048
#define UVWS_SPARE_COUNT 16384

typedef struct uvws_spares {
  const uvws_mem_t *mem;
  struct uvws_spare *first; /* the one that was given last */
  size_t count;
  size_t unused; /* the fewest there were since the last _age */
} uvws_spares_t;

/* Allocates nothing. mem is borrowed until _close. */
void uvws_spares_init(uvws_spares_t *spares, const uvws_mem_t *mem);

/* Frees all. */
void uvws_spares_close(uvws_spares_t *spares);

/* UVWS_SPARE_CAP bytes of mem, the caller's; NULL without memory. */
void *uvws_spares_take(uvws_spares_t *spares);

/* Keeps UVWS_SPARE_CAP bytes of mem. False, and they are still the caller's, if
 * there are enough. */
bool uvws_spares_give(uvws_spares_t *spares, void *bytes);

/* Frees what was not needed since the last call. Whether any is left. */
bool uvws_spares_age(uvws_spares_t *spares);

#endif
