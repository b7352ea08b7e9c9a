/* A hash table of nodes that lie in their owners' structs. Knows hashes only:
 * what makes two nodes equal is the owner's. */
#ifndef UVWS_CORE_HASH_MAP_H
#define UVWS_CORE_HASH_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/mem.h"
#include "core/status.h"

typedef struct uvws_hash_node {
  struct uvws_hash_node *next; /* in the same bucket */
  uint64_t hash;               /* set by the owner before _insert */
} uvws_hash_node_t;

typedef struct uvws_hash_bucket {
  uvws_hash_node_t *first;
} uvws_hash_bucket_t;

typedef struct uvws_hash_map {
  uvws_hash_bucket_t *buckets; /* NULL while the map is empty */
  size_t bucket_count;         /* a power of two, or 0 */
  size_t count;
} uvws_hash_map_t;

typedef bool (*uvws_hash_equal_t)(const uvws_hash_node_t *node,
                                  const void *key);

/* An empty map. Needs no deinit while empty: its last node takes the memory of
 * the table with it. */
static inline uvws_hash_map_t uvws_hash_map_empty(void) {
  return (uvws_hash_map_t){NULL, 0, 0};
}

/* The node with that hash that is_equal to key, or NULL. */
uvws_hash_node_t *uvws_hash_map_find(const uvws_hash_map_t *map, uint64_t hash,
                                     uvws_hash_equal_t is_equal,
                                     const void *key);

/* Adds a node that no equal one of is there. ERR_NO_MEMORY, changing nothing,
 * only where the map was empty: later it grows if it can. */
UVWS_MUST_USE uvws_status_t uvws_hash_map_insert(uvws_hash_map_t *map,
                                                 const uvws_mem_t *mem,
                                                 uvws_hash_node_t *node);

/* Takes a node out that is in the map. */
void uvws_hash_map_remove(uvws_hash_map_t *map, const uvws_mem_t *mem,
                          uvws_hash_node_t *node);

/* The node behind `node`, the first one for NULL; NULL at the end. The order
 * means nothing; the map must not change meanwhile. */
uvws_hash_node_t *uvws_hash_map_next(const uvws_hash_map_t *map,
                                     const uvws_hash_node_t *node);

#endif
