#include "net/spares.h"

/* Stands in a buffer's own first bytes. */
typedef struct uvws_spare {
  struct uvws_spare *next;
} uvws_spare_t;

void uvws_spares_init(uvws_spares_t *spares, const uvws_mem_t *mem) {
  *spares = (uvws_spares_t){.mem = mem};
}

static void *remove_first(uvws_spares_t *spares) {
  uvws_spare_t *spare = spares->first;
  spares->first = spare->next;
  spares->count--;
  return spare;
}

static void free_some(uvws_spares_t *spares, size_t count) {
  while (count-- > 0) {
    uvws_mem_free(spares->mem, remove_first(spares));
  }
}

void uvws_spares_close(uvws_spares_t *spares) {
  free_some(spares, spares->count);
  spares->unused = 0;
}

void *uvws_spares_take(uvws_spares_t *spares) {
  if (spares->count == 0) {
    return uvws_mem_alloc(spares->mem, UVWS_SPARE_CAP);
  }
  void *bytes = remove_first(spares);
  if (spares->unused > spares->count) {
    spares->unused = spares->count;
  }
  return bytes;
}

bool uvws_spares_give(uvws_spares_t *spares, void *bytes) {
  if (spares->count == UVWS_SPARE_COUNT) {
    return false;
  }
  uvws_spare_t *spare = bytes;
  spare->next = spares->first;
  spares->first = spare;
  spares->count++;
  return true;
}

bool uvws_spares_age(uvws_spares_t *spares) {
  free_some(spares, spares->unused);
  spares->unused = spares->count;
  return spares->count > 0;
}
