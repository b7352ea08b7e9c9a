#include <string.h>

#include "core/packer_internal.h"

#define BLOCK_STORED 0
#define BLOCK_FIXED 1
#define BLOCK_DYNAMIC 2

typedef struct bits {
  uint8_t *next;
  uint64_t pending;
  unsigned count;
} bits_t;

static unsigned floor_log2(const uvws_packer_t *packer, uint32_t value) {
  return value < 256 ? packer->log2[value] : 8U + packer->log2[value >> 8];
}

/* ---- Symbols ---- */

typedef struct part {
  unsigned symbol;
  unsigned extra_bits;
  uint32_t extra;
} part_t;

static bool is_literal(uint32_t token) { return token <= UINT8_MAX; }

static part_t length_part(const uvws_packer_t *packer, uint32_t token) {
  uint32_t len = (token & ((1U << LENGTH_BITS) - 1)) - 3;
  if (len == MATCH_MAX - 3) {
    return (part_t){LITERALS - 1, 0, 0};
  }
  unsigned log2 = floor_log2(packer, len);
  unsigned extra_bits = log2 < 2 ? 0 : log2 - 2;
  return (part_t){FIRST_LENGTH + 4 * extra_bits + (len >> extra_bits),
                  extra_bits, len & ((1U << extra_bits) - 1)};
}

static part_t distance_part(const uvws_packer_t *packer, uint32_t token) {
  uint32_t distance = (token >> LENGTH_BITS) - 1;
  unsigned log2 = floor_log2(packer, distance);
  unsigned extra_bits = log2 < 1 ? 0 : log2 - 1;
  return (part_t){2 * extra_bits + (distance >> extra_bits), extra_bits,
                  distance & ((1U << extra_bits) - 1)};
}

/* Returns how many bits stand beside the symbols. */
static size_t count_symbols(uvws_packer_t *packer) {
  size_t bits = 0;
  uvws_huffman_init(&packer->literals, LITERALS);
  uvws_huffman_init(&packer->distances, DISTANCES);
  packer->literals.frequencies[END_OF_BLOCK] = 1;
  for (size_t i = 0; i < packer->token_count; i++) {
    uint32_t token = packer->tokens[i];
    if (is_literal(token)) {
      packer->literals.frequencies[token]++;
      continue;
    }
    part_t length = length_part(packer, token);
    part_t distance = distance_part(packer, token);
    packer->literals.frequencies[length.symbol]++;
    packer->distances.frequencies[distance.symbol]++;
    bits += length.extra_bits + distance.extra_bits;
  }
  return bits;
}

/* ---- The codes, told ---- */

#define REPEAT 16     /* the length before, 3 to 6 times more */
#define ZEROS 17      /* 3 to 10 zeros */
#define MANY_ZEROS 18 /* 11 to 138 */
#define CODE_LENGTH_MAX 7
#define CODE_MAX 15

/* In which the codes of code lengths are told (RFC 1951 3.2.7). */
static const uint8_t told_order[CODE_LENGTHS] = {
    16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};

static unsigned extra_bits_of(unsigned symbol) {
  switch (symbol) {
  case REPEAT:
    return 2;
  case ZEROS:
    return 3;
  case MANY_ZEROS:
    return 7;
  default:
    return 0;
  }
}

/* What a block of dynamic codes begins with. */
typedef struct plan {
  size_t literal_count;
  size_t distance_count;
  size_t run_count;
  size_t told_count; /* of `lengths` */
  size_t bits;
} plan_t;

static void add_run(uvws_packer_t *packer, plan_t *plan, unsigned symbol,
                    size_t extra) {
  packer->run[plan->run_count] = (uint8_t)symbol;
  packer->extra[plan->run_count++] = (uint8_t)extra;
  packer->lengths.frequencies[symbol]++;
  plan->bits += extra_bits_of(symbol);
}

static size_t min_size(size_t a, size_t b) { return a < b ? a : b; }

/* `count` times the same length. */
static void add_runs(uvws_packer_t *packer, plan_t *plan, unsigned length,
                     size_t count) {
  if (length != 0) {
    add_run(packer, plan, length, 0);
    count--;
  }
  while (count >= 3) {
    size_t max = length != 0 ? 6 : 138;
    size_t part = min_size(count, max);
    unsigned symbol = length != 0 ? REPEAT : part < 11 ? ZEROS : MANY_ZEROS;
    add_run(packer, plan, symbol, part - (symbol == MANY_ZEROS ? 11 : 3));
    count -= part;
  }
  for (; count > 0; count--) {
    add_run(packer, plan, length, 0);
  }
}

static size_t used_count(const uvws_huffman_t *huffman) {
  size_t count = huffman->count;
  while (huffman->lengths[count - 1] == 0) {
    count--;
  }
  return count;
}

static unsigned length_at(const uvws_packer_t *packer, const plan_t *plan,
                          size_t i) {
  return i < plan->literal_count
             ? packer->literals.lengths[i]
             : packer->distances.lengths[i - plan->literal_count];
}

static plan_t make_plan(uvws_packer_t *packer) {
  plan_t plan = {.bits = 3 + 5 + 5 + 4};
  uvws_huffman_build(&packer->literals, CODE_MAX);
  uvws_huffman_build(&packer->distances, CODE_MAX);
  plan.literal_count = used_count(&packer->literals);
  plan.distance_count = used_count(&packer->distances);
  uvws_huffman_init(&packer->lengths, CODE_LENGTHS);
  size_t end = plan.literal_count + plan.distance_count;
  for (size_t i = 0, next = 0; i < end; i = next) {
    unsigned length = length_at(packer, &plan, i);
    for (next = i + 1; next < end && length_at(packer, &plan, next) == length;
         next++) {
    }
    add_runs(packer, &plan, length, next - i);
  }
  uvws_huffman_build(&packer->lengths, CODE_LENGTH_MAX);
  plan.told_count = CODE_LENGTHS;
  while (packer->lengths.lengths[told_order[plan.told_count - 1]] == 0) {
    plan.told_count--;
  }
  plan.bits += 3 * plan.told_count + uvws_huffman_cost(&packer->lengths) +
               uvws_huffman_cost(&packer->literals) +
               uvws_huffman_cost(&packer->distances);
  return plan;
}

/* ---- Writing ---- */

static void put(bits_t *bits, uint64_t value, unsigned count) {
  bits->pending |= value << bits->count;
  bits->count += count;
}

/* Leaves less than a byte pending. */
static void flush(bits_t *bits) {
  while (bits->count >= 8) {
    *bits->next++ = (uint8_t)bits->pending;
    bits->pending >>= 8;
    bits->count -= 8;
  }
}

/* Leaves less than 32 bits pending. */
static void flush_half(bits_t *bits) {
  if (bits->count >= 32) {
    for (unsigned i = 0; i < 4; i++) {
      bits->next[i] = (uint8_t)(bits->pending >> (8 * i));
    }
    bits->next += 4;
    bits->pending >>= 32;
    bits->count -= 32;
  }
}

static void align(bits_t *bits) {
  bits->count = (bits->count + 7) & ~7U;
  flush(bits);
}

static void put_symbol(bits_t *bits, const uvws_huffman_t *huffman,
                       size_t symbol) {
  put(bits, huffman->codes[symbol], huffman->lengths[symbol]);
}

static void put_part(bits_t *bits, const uvws_huffman_t *huffman, part_t part) {
  put_symbol(bits, huffman, part.symbol);
  put(bits, part.extra, part.extra_bits);
  flush_half(bits);
}

static void put_tokens(const uvws_packer_t *packer, bits_t *bits) {
  for (size_t i = 0; i < packer->token_count; i++) {
    uint32_t token = packer->tokens[i];
    if (is_literal(token)) {
      put_symbol(bits, &packer->literals, token);
      flush_half(bits);
    } else {
      put_part(bits, &packer->literals, length_part(packer, token));
      put_part(bits, &packer->distances, distance_part(packer, token));
    }
  }
  put_symbol(bits, &packer->literals, END_OF_BLOCK);
  flush(bits);
}

static void put_plan(const uvws_packer_t *packer, bits_t *bits,
                     const plan_t *plan) {
  put(bits, BLOCK_DYNAMIC << 1, 3);
  put(bits, plan->literal_count - FIRST_LENGTH, 5);
  put(bits, plan->distance_count - 1, 5);
  put(bits, plan->told_count - 4, 4);
  for (size_t i = 0; i < plan->told_count; i++) {
    put(bits, packer->lengths.lengths[told_order[i]], 3);
    flush_half(bits);
  }
  for (size_t i = 0; i < plan->run_count; i++) {
    unsigned symbol = packer->run[i];
    put_symbol(bits, &packer->lengths, symbol);
    put(bits, packer->extra[i], extra_bits_of(symbol));
    flush_half(bits);
  }
}

static void put_stored(bits_t *bits, uvws_slice_t payload) {
  put(bits, BLOCK_STORED << 1, 3);
  align(bits);
  put(bits, payload.len, 16);
  put(bits, ~payload.len & 0xffff, 16);
  flush(bits);
  memcpy(bits->next, payload.data, payload.len);
  bits->next += payload.len;
}

/* ---- Codes that need not be told ---- */

static uint8_t fixed_length(size_t symbol) {
  if (symbol < 144) {
    return 8;
  }
  if (symbol < END_OF_BLOCK) {
    return 9;
  }
  return symbol < 280 ? 7 : 8;
}

/* The frequencies of the alphabets stay. */
static void use_fixed_codes(uvws_packer_t *packer) {
  packer->literals.count = UVWS_HUFFMAN_SYMBOLS;
  for (size_t i = 0; i < UVWS_HUFFMAN_SYMBOLS; i++) {
    packer->literals.lengths[i] = fixed_length(i);
  }
  memset(packer->distances.lengths, 5, DISTANCES);
  uvws_huffman_assign(&packer->literals);
  uvws_huffman_assign(&packer->distances);
}

static size_t fixed_bits(const uvws_packer_t *packer) {
  size_t bits = 3;
  for (size_t i = 0; i < LITERALS; i++) {
    bits += (size_t)packer->literals.frequencies[i] * fixed_length(i);
  }
  for (size_t i = 0; i < DISTANCES; i++) {
    bits += (size_t)packer->distances.frequencies[i] * 5;
  }
  return bits;
}

/* ---- All of it ---- */

/* In the kind of block that takes the fewest bits. */
static void put_block(uvws_packer_t *packer, bits_t *bits,
                      uvws_slice_t payload) {
  size_t extra_bits = count_symbols(packer);
  size_t fixed = fixed_bits(packer);
  plan_t plan = make_plan(packer);
  size_t stored = (payload.len + 5) * 8;
  if (stored <= extra_bits + min_size(plan.bits, fixed)) {
    put_stored(bits, payload);
  } else if (fixed <= plan.bits) {
    use_fixed_codes(packer);
    put(bits, BLOCK_FIXED << 1, 3);
    put_tokens(packer, bits);
  } else {
    put_plan(packer, bits, &plan);
    put_tokens(packer, bits);
  }
}

uint8_t *uvws_packer_write(uvws_packer_t *packer, uvws_slice_t payload,
                           bool is_final, uint8_t *out) {
  bits_t bits = {.next = out};
  if (payload.len > 0) {
    put_block(packer, &bits, payload);
  }
  /* An empty stored block, of which a message lacks the end. */
  put(&bits, BLOCK_STORED << 1, 3);
  align(&bits);
  if (!is_final) {
    put(&bits, 0xffff0000, 32);
    flush(&bits);
  }
  return bits.next;
}
