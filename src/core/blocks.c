#include "core/blocks.h"

#include <assert.h>

uvws_blocks_t *uvws_blocks_new(const uvws_mem_t *mem,
                               void (*on_kept)(uvws_blocks_t *blocks),
                               void *user) {
  uvws_blocks_t *blocks = uvws_mem_calloc(mem, sizeof(*blocks));
  if (blocks != NULL) {
    blocks->mem = mem;
    blocks->on_kept = on_kept;
    blocks->user = user;
    blocks->ref_count = 1;
  }
  return blocks;
}

void uvws_blocks_ref(uvws_blocks_t *blocks) { blocks->ref_count++; }

void uvws_blocks_unref(uvws_blocks_t *blocks) {
  assert(blocks->ref_count > 0);
  if (--blocks->ref_count == 0) {
    uvws_mem_free(blocks->mem, blocks);
  }
}

static uvws_buffer_t remove_at(uvws_blocks_t *blocks, size_t index) {
  uvws_buffer_t buffer = blocks->kept[index];
  blocks->count--;
  blocks->total -= buffer.cap;
  blocks->kept[index] = blocks->kept[blocks->count];
  blocks->is_young[index] = blocks->is_young[blocks->count];
  return buffer;
}

void uvws_blocks_close(uvws_blocks_t *blocks) {
  while (blocks->count > 0) {
    uvws_buffer_t buffer = remove_at(blocks, blocks->count - 1);
    uvws_buffer_deinit(&buffer, blocks->mem);
  }
  blocks->on_kept = NULL;
  uvws_blocks_unref(blocks);
}

uvws_buffer_t uvws_blocks_take(uvws_blocks_t *blocks, size_t len, size_t max) {
  for (size_t i = blocks->count; i > 0; i--) {
    size_t cap = blocks->kept[i - 1].cap;
    if (cap >= len && cap <= max) {
      return remove_at(blocks, i - 1);
    }
  }
  return uvws_buffer_empty();
}

uvws_buffer_t uvws_blocks_claim(uvws_blocks_t *blocks, size_t len, size_t max) {
  size_t left = UVWS_BLOCK_TOTAL - blocks->claimed;
  uvws_buffer_t buffer = uvws_blocks_take(blocks, len, max < left ? max : left);
  blocks->claimed += buffer.cap;
  return buffer;
}

void uvws_blocks_settle(uvws_blocks_t *blocks, size_t cap) {
  assert(cap <= blocks->claimed);
  blocks->claimed -= cap;
}

void uvws_blocks_give(uvws_blocks_t *blocks, uvws_buffer_t *buffer) {
  if (blocks->on_kept == NULL || blocks->count == UVWS_BLOCK_COUNT ||
      buffer->cap < UVWS_BLOCK_MIN ||
      buffer->cap > UVWS_BLOCK_TOTAL - blocks->total) {
    uvws_buffer_deinit(buffer, blocks->mem);
    return;
  }
  buffer->len = 0;
  blocks->total += buffer->cap;
  blocks->is_young[blocks->count] = true;
  blocks->kept[blocks->count++] = uvws_buffer_take(buffer);
  blocks->on_kept(blocks);
}

bool uvws_blocks_age(uvws_blocks_t *blocks) {
  size_t i = 0;
  while (i < blocks->count) {
    if (blocks->is_young[i]) {
      blocks->is_young[i++] = false;
    } else {
      uvws_buffer_t buffer = remove_at(blocks, i);
      uvws_buffer_deinit(&buffer, blocks->mem);
    }
  }
  return blocks->count > 0;
}
