#include "core/huffman.h"

#include <assert.h>
#include <string.h>

#define LENGTH_MAX 15

/* Symbols that occur less often are sorted by counting. */
#define RARE 256

/* A symbol in the low bits, how often it occurs above them. */
#define SYMBOL_BITS 9
#define SYMBOL_MASK ((1U << SYMBOL_BITS) - 1)

void uvws_huffman_init(uvws_huffman_t *huffman, size_t count) {
  assert(count >= 2 && count <= UVWS_HUFFMAN_SYMBOLS);
  huffman->count = count;
  memset(huffman->frequencies, 0, count * sizeof(huffman->frequencies[0]));
}

static size_t bucket_of(uint16_t frequency) {
  return frequency < RARE ? frequency : RARE;
}

/* Those that are not rare, few, have a bucket in common. */
static void sort_frequent(uint32_t *entries, size_t start, size_t count) {
  for (size_t i = start + 1; i < count; i++) {
    uint32_t entry = entries[i];
    size_t at = i;
    for (; at > start && entries[at - 1] > entry; at--) {
      entries[at] = entries[at - 1];
    }
    entries[at] = entry;
  }
}

/* Lists the symbols that occur, the rarest first. Returns how many. */
static size_t sort_symbols(const uvws_huffman_t *huffman, uint32_t *entries) {
  uint16_t starts[RARE + 2] = {0};
  size_t used = 0;
  for (size_t i = 0; i < huffman->count; i++) {
    starts[bucket_of(huffman->frequencies[i]) + 1]++;
  }
  used = huffman->count - starts[1];
  starts[1] = 0;
  for (size_t i = 2; i < RARE + 2; i++) {
    starts[i] = (uint16_t)(starts[i] + starts[i - 1]);
  }
  size_t frequent = starts[RARE];
  for (size_t i = 0; i < huffman->count; i++) {
    uint32_t frequency = huffman->frequencies[i];
    if (frequency > 0) {
      entries[starts[bucket_of((uint16_t)frequency)]++] =
          frequency << SYMBOL_BITS | (uint32_t)i;
    }
  }
  sort_frequent(entries, frequent, used);
  return used;
}

/* Lengths, the longest first, of an optimal code for weights in ascending
 * order, in their place (Moffat and Katajainen, 1995): weights become the
 * parents of the tree's nodes, parents depths, depths those of the leaves. */
static void join_nodes(uint32_t *nodes, size_t count) {
  size_t leaf = 0;
  size_t root = 0;
  for (size_t next = 0; next < count - 1; next++) {
    uint32_t weight = 0;
    for (int i = 0; i < 2; i++) {
      if (leaf >= count || (root < next && nodes[root] < nodes[leaf])) {
        weight += nodes[root];
        nodes[root++] = (uint32_t)next;
      } else {
        weight += nodes[leaf++];
      }
    }
    nodes[next] = weight;
  }
}

static void measure_leaves(uint32_t *nodes, size_t count) {
  size_t root = count - 2;
  size_t available = 1;
  size_t next = count;
  nodes[root] = 0;
  for (size_t i = root; i-- > 0;) {
    nodes[i] = nodes[nodes[i]] + 1;
  }
  size_t node = count - 1; /* one behind the root */
  for (uint32_t depth = 0; available > 0; depth++) {
    size_t used = 0;
    while (node > 0 && nodes[node - 1] == depth) {
      used++;
      node--;
    }
    for (; available > used; available--) {
      nodes[--next] = depth;
    }
    available = 2 * used;
  }
}

/* Counts the codes of each length. Where longer ones are cut there are too
 * many: a shorter one goes one down, and makes room beside it for one of the
 * longest, until the code is complete again. */
static void limit_lengths(const uint32_t *lengths, size_t count,
                          unsigned max_length, uint16_t *counts) {
  uint32_t room = 1U << max_length;
  uint32_t taken = 0;
  for (size_t i = 0; i < count; i++) {
    unsigned length = lengths[i] < max_length ? lengths[i] : max_length;
    counts[length]++;
    taken += room >> length;
  }
  for (; taken > room; taken--) {
    unsigned length = max_length - 1;
    while (counts[length] == 0) {
      length--;
    }
    counts[length]--;
    counts[length + 1] = (uint16_t)(counts[length + 1] + 2);
    counts[max_length]--;
  }
}

/* Swaps ever larger halves. */
static uint16_t reverse(uint32_t code, unsigned length) {
  code = (code >> 1 & 0x5555) | (code & 0x5555) << 1;
  code = (code >> 2 & 0x3333) | (code & 0x3333) << 2;
  code = (code >> 4 & 0x0f0f) | (code & 0x0f0f) << 4;
  code = (code >> 8 & 0x00ff) | (code & 0x00ff) << 8;
  return (uint16_t)(code >> (16 - length));
}

void uvws_huffman_assign(uvws_huffman_t *huffman) {
  uint32_t next[LENGTH_MAX + 2] = {0};
  for (size_t i = 0; i < huffman->count; i++) {
    next[huffman->lengths[i] + 1]++;
  }
  next[1] = 0;
  for (unsigned length = 1; length <= LENGTH_MAX; length++) {
    next[length + 1] = (next[length] + next[length + 1]) << 1;
  }
  for (size_t i = 0; i < huffman->count; i++) {
    unsigned length = huffman->lengths[i];
    if (length > 0) {
      huffman->codes[i] = reverse(next[length]++, length);
    }
  }
}

/* One code of one bit would be complete nowhere else. */
static void add_second_symbol(uvws_huffman_t *huffman) {
  size_t used = 0;
  for (size_t i = 0; i < huffman->count; i++) {
    used += huffman->frequencies[i] > 0 ? 1 : 0;
  }
  for (size_t i = 0; used < 2; i++) {
    if (huffman->frequencies[i] == 0) {
      huffman->frequencies[i] = 1;
      used++;
    }
  }
}

void uvws_huffman_build(uvws_huffman_t *huffman, unsigned max_length) {
  uint32_t entries[UVWS_HUFFMAN_SYMBOLS];
  uint32_t nodes[UVWS_HUFFMAN_SYMBOLS];
  uint16_t counts[LENGTH_MAX + 1] = {0};
  add_second_symbol(huffman);
  size_t used = sort_symbols(huffman, entries);
  assert(used >= 2);
  for (size_t i = 0; i < used; i++) {
    nodes[i] = entries[i] >> SYMBOL_BITS;
  }
  join_nodes(nodes, used);
  measure_leaves(nodes, used);
  limit_lengths(nodes, used, max_length, counts);
  memset(huffman->lengths, 0, huffman->count);
  unsigned length = max_length;
  for (size_t i = 0; i < used; i++) {
    while (counts[length] == 0) {
      length--;
    }
    counts[length]--;
    huffman->lengths[entries[i] & SYMBOL_MASK] = (uint8_t)length;
  }
  uvws_huffman_assign(huffman);
}

size_t uvws_huffman_cost(const uvws_huffman_t *huffman) {
  size_t bits = 0;
  for (size_t i = 0; i < huffman->count; i++) {
    bits += (size_t)huffman->frequencies[i] * huffman->lengths[i];
  }
  return bits;
}
