/* A hash map beside an array that knows which nodes are in it. Each byte of the
 * input picks a node, to be inserted or taken out; hashes collide, and the
 * allocation that the first bytes say fails. */
#include <stdlib.h>
#include <string.h>

#include "core/hash_map.h"

#define NODE_COUNT 128
#define SETTINGS_LEN 2

typedef struct item {
  uvws_hash_node_t node;
  uint8_t key;
  bool is_in;
} item_t;

typedef struct model {
  uvws_hash_map_t map;
  item_t items[NODE_COUNT];
  size_t count;
  size_t blocks;     /* allocated and not freed */
  size_t fail_after; /* allocations until one fails; 0: none fails */
} model_t;

static void check(bool is_true) {
  if (!is_true) {
    abort();
  }
}

static void *failing_resize(void *user, void *ptr, size_t size) {
  model_t *model = user;
  if (model->fail_after > 0 && --model->fail_after == 0) {
    return NULL;
  }
  model->blocks += ptr == NULL ? 1 : 0;
  return realloc(ptr, size);
}

static void counted_free(void *user, void *ptr) {
  model_t *model = user;
  model->blocks -= ptr != NULL ? 1 : 0;
  free(ptr);
}

static bool is_item(const uvws_hash_node_t *node, const void *key) {
  return ((const item_t *)node)->key == *(const uint8_t *)key;
}

static uvws_hash_node_t *find(const model_t *model, const item_t *item) {
  return uvws_hash_map_find(&model->map, item->node.hash, is_item, &item->key);
}

static void insert(model_t *model, const uvws_mem_t *mem, item_t *item) {
  bool was_empty = model->count == 0;
  uvws_status_t status = uvws_hash_map_insert(&model->map, mem, &item->node);
  check(status == UVWS_OK || was_empty);
  item->is_in = status == UVWS_OK;
  model->count += item->is_in ? 1 : 0;
}

static void toggle(model_t *model, const uvws_mem_t *mem, item_t *item) {
  check((find(model, item) == &item->node) == item->is_in);
  if (item->is_in) {
    uvws_hash_map_remove(&model->map, mem, &item->node);
    item->is_in = false;
    model->count--;
  } else {
    insert(model, mem, item);
  }
  check((find(model, item) == &item->node) == item->is_in);
  check(model->map.count == model->count);
}

static void check_all(const model_t *model) {
  size_t count = 0;
  const uvws_hash_node_t *node = NULL;
  while ((node = uvws_hash_map_next(&model->map, node)) != NULL) {
    check(((const item_t *)node)->is_in);
    count++;
  }
  check(count == model->count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  model_t model = {.map = uvws_hash_map_empty()};
  uvws_mem_t mem = {failing_resize, counted_free, &model};
  if (size < SETTINGS_LEN) {
    return 0;
  }
  model.fail_after = data[0];
  for (size_t i = 0; i < NODE_COUNT; i++) {
    model.items[i].key = (uint8_t)i;
    model.items[i].node.hash = (uint64_t)i % (data[1] + 1U) * 0x100000001ULL;
  }
  for (size_t i = SETTINGS_LEN; i < size; i++) {
    toggle(&model, &mem, &model.items[data[i] % NODE_COUNT]);
    check_all(&model);
  }
  for (size_t i = 0; i < NODE_COUNT; i++) {
    if (model.items[i].is_in) {
      toggle(&model, &mem, &model.items[i]);
    }
  }
  check(model.blocks == 0);
  return 0;
}
