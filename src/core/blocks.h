/* Large blocks of memory that go round: the system hands out fresh ones page by
 * page, zeroed, which costs a large message more than all else that is done to
 * it. A block that nobody took for a while is freed. */
#ifndef UVWS_CORE_BLOCKS_H
#define UVWS_CORE_BLOCKS_H

#include <stdbool.h>

#include "core/buffer.h"
#include "core/mem.h"

/* Smaller memory is better off with the allocator. */
#define UVWS_BLOCK_MIN ((size_t)64 * 1024)

/* How many are kept, and how many bytes they may have together. */
#define UVWS_BLOCK_COUNT 1024
#define UVWS_BLOCK_TOTAL ((size_t)64 * 1024 * 1024)

typedef struct uvws_blocks {
  const uvws_mem_t *mem;
  void (*on_kept)(struct uvws_blocks *blocks); /* the owner's; NULL: closed */
  void *user;                                  /* the owner's */
  size_t ref_count;
  size_t count;
  size_t total;                    /* bytes of those kept */
  size_t claimed;                  /* bytes of those that are claimed */
  bool is_young[UVWS_BLOCK_COUNT]; /* given since the last _age */
  uvws_buffer_t kept[UVWS_BLOCK_COUNT];
} uvws_blocks_t;

/* An empty store with one reference, or NULL without memory. on_kept is called
 * from _give when a block is kept: from then on the owner calls _age now and
 * then. mem is borrowed until the last reference is gone. */
uvws_blocks_t *uvws_blocks_new(const uvws_mem_t *mem,
                               void (*on_kept)(uvws_blocks_t *blocks),
                               void *user);

/* One more user, who gives blocks back perhaps later than the owner closes. */
void uvws_blocks_ref(uvws_blocks_t *blocks);
void uvws_blocks_unref(uvws_blocks_t *blocks);

/* Frees what is kept and gives up the owner's reference; nothing is kept from
 * now on. */
void uvws_blocks_close(uvws_blocks_t *blocks);

/* An empty buffer with room for len to max bytes, the one that was given last;
 * one of no capacity where none fits. From now on the caller's, of `mem`. */
uvws_buffer_t uvws_blocks_take(uvws_blocks_t *blocks, size_t len, size_t max);

/* As _take, for len bytes that have been promised and may never come: as many
 * bytes as are kept at most are given away so, together. To be followed by
 * _settle with the buffer's cap, once they are there or will not come. */
uvws_buffer_t uvws_blocks_claim(uvws_blocks_t *blocks, size_t len, size_t max);
void uvws_blocks_settle(uvws_blocks_t *blocks, size_t cap);

/* Keeps or frees a buffer's memory, which must be of `mem`. */
void uvws_blocks_give(uvws_blocks_t *blocks, uvws_buffer_t *buffer);

/* Frees the blocks that lay here since the last call already. Whether any is
 * left. */
bool uvws_blocks_age(uvws_blocks_t *blocks);

#endif
