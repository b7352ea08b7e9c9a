#include "core/hash_map.h"

#include <assert.h>

#define BUCKETS_MIN 8

static uvws_hash_bucket_t *bucket_of(const uvws_hash_map_t *map,
                                     uint64_t hash) {
  return &map->buckets[hash & (map->bucket_count - 1)];
}

static void link_node(uvws_hash_map_t *map, uvws_hash_node_t *node) {
  uvws_hash_bucket_t *bucket = bucket_of(map, node->hash);
  node->next = bucket->first;
  bucket->first = node;
}

static void relink_all(const uvws_hash_map_t *from, uvws_hash_map_t *to) {
  for (size_t i = 0; i < from->bucket_count; i++) {
    uvws_hash_node_t *node = from->buckets[i].first;
    while (node != NULL) {
      uvws_hash_node_t *next = node->next;
      link_node(to, node);
      node = next;
    }
  }
}

static uvws_status_t grow(uvws_hash_map_t *map, const uvws_mem_t *mem) {
  uvws_hash_map_t larger = *map;
  larger.bucket_count =
      map->bucket_count == 0 ? BUCKETS_MIN : map->bucket_count * 2;
  if (larger.bucket_count > SIZE_MAX / sizeof(*larger.buckets)) {
    return UVWS_ERR_NO_MEMORY;
  }
  larger.buckets =
      uvws_mem_calloc(mem, larger.bucket_count * sizeof(*larger.buckets));
  if (larger.buckets == NULL) {
    return UVWS_ERR_NO_MEMORY;
  }
  relink_all(map, &larger);
  uvws_mem_free(mem, map->buckets);
  *map = larger;
  return UVWS_OK;
}

uvws_hash_node_t *uvws_hash_map_find(const uvws_hash_map_t *map, uint64_t hash,
                                     uvws_hash_equal_t is_equal,
                                     const void *key) {
  if (map->count == 0) {
    return NULL;
  }
  uvws_hash_node_t *node = bucket_of(map, hash)->first;
  while (node != NULL && (node->hash != hash || !is_equal(node, key))) {
    node = node->next;
  }
  return node;
}

uvws_status_t uvws_hash_map_insert(uvws_hash_map_t *map, const uvws_mem_t *mem,
                                   uvws_hash_node_t *node) {
  if (map->count >= map->bucket_count) {
    uvws_status_t status = grow(map, mem);
    if (status != UVWS_OK && map->count == 0) {
      return status;
    }
  }
  link_node(map, node);
  map->count++;
  return UVWS_OK;
}

void uvws_hash_map_remove(uvws_hash_map_t *map, const uvws_mem_t *mem,
                          uvws_hash_node_t *node) {
  assert(map->count > 0);
  uvws_hash_node_t **link = &bucket_of(map, node->hash)->first;
  while (*link != node) {
    link = &(*link)->next;
  }
  *link = node->next;
  if (--map->count == 0) {
    uvws_mem_free(mem, map->buckets);
    *map = uvws_hash_map_empty();
  }
}

uvws_hash_node_t *uvws_hash_map_next(const uvws_hash_map_t *map,
                                     const uvws_hash_node_t *node) {
  if (node != NULL && node->next != NULL) {
    return node->next;
  }
  size_t i = node == NULL ? 0 : (node->hash & (map->bucket_count - 1)) + 1;
  for (; i < map->bucket_count; i++) {
    if (map->buckets[i].first != NULL) {
      return map->buckets[i].first;
    }
  }
  return NULL;
}
