#include "core/packer.h"

#include <assert.h>
#include <string.h>

#include "core/bytes.h"
#include "core/packer_internal.h"

/* Shorter ones are not looked for. */
#define MATCH_MIN 4

/* In the history every second place is remembered: what is found there may
 * begin a byte before. */
#define HISTORY_STRIDE 2

uvws_packer_t *uvws_packer_new(const uvws_mem_t *mem) {
  uvws_packer_t *packer = uvws_mem_alloc(mem, sizeof(*packer));
  if (packer == NULL) {
    return NULL;
  }
  packer->mem = mem;
  packer->log2[0] = 0;
  for (unsigned i = 1, log2 = 0; i < 256; i++) {
    log2 += i >> (log2 + 1);
    packer->log2[i] = (uint8_t)log2;
  }
  return packer;
}

void uvws_packer_free(uvws_packer_t *packer) {
  if (packer != NULL) {
    uvws_mem_free(packer->mem, packer);
  }
}

/* ---- Finding matches ---- */

static size_t min_size(size_t a, size_t b) { return a < b ? a : b; }

static uint16_t *places_of(uvws_packer_t *packer, const uint8_t *at) {
  uint32_t four;
  memcpy(&four, at, sizeof(four));
  return packer->places[(four * 2654435761U) >> (32 - HASH_BITS)];
}

static void remember(uint16_t *places, size_t at) {
  places[1] = places[0];
  places[0] = (uint16_t)(at + 1);
}

static void remember_range(uvws_packer_t *packer, size_t start, size_t end,
                           size_t stride) {
  for (size_t at = start; at < end; at += stride) {
    remember(places_of(packer, packer->window + at), at);
  }
}

/* How many bytes before the first one that differs. */
static size_t count_equal(uint64_t difference) {
  size_t count = difference >> 32 == 0 ? 4 : 0;
  uint32_t four = (uint32_t)(difference >> (count == 0 ? 32 : 0));
  size_t more = four < 0x10000 ? 2 : 0;
  four <<= more * 8;
  return count + more + (four < 0x1000000 ? 1 : 0);
}

static size_t common_len(const uint8_t *a, const uint8_t *b, size_t max) {
  size_t len = 0;
  while (len + 8 <= max) {
    uint64_t difference = uvws_load_be64(a + len) ^ uvws_load_be64(b + len);
    if (difference != 0) {
      return len + count_equal(difference);
    }
    len += 8;
  }
  while (len < max && a[len] == b[len]) {
    len++;
  }
  return len;
}

typedef struct match {
  size_t len;
  size_t distance;
} match_t;

static void try_match(const uvws_packer_t *packer, match_t *best, size_t at,
                      size_t distance, size_t max_len) {
  const uint8_t *here = packer->window + at;
  size_t len = distance > packer->max_distance
                   ? 0
                   : common_len(here - distance, here, max_len);
  if (len > best->len) {
    *best = (match_t){len, distance};
  }
}

/* What repeats in long parts often goes on where the last match ended. */
static match_t find_match(const uvws_packer_t *packer, const uint16_t *places,
                          size_t at, size_t max_len, size_t last_distance) {
  match_t best = {MATCH_MIN - 1, 0};
  if (last_distance != 0) {
    try_match(packer, &best, at, last_distance, max_len);
  }
  for (size_t i = 0; i < WAYS && places[i] != 0; i++) {
    try_match(packer, &best, at, at + 1 - places[i], max_len);
  }
  return best;
}

static void add_literal(uvws_packer_t *packer, uint8_t literal) {
  packer->tokens[packer->token_count++] = literal;
}

static void add_match(uvws_packer_t *packer, match_t match) {
  packer->tokens[packer->token_count++] =
      (uint32_t)(match.distance << LENGTH_BITS | match.len);
}

/* As many of the literals before as the match covers, too, are taken back. */
static void extend_backward(uvws_packer_t *packer, match_t *match, size_t at,
                            size_t literals) {
  const uint8_t *window = packer->window;
  size_t count = 0;
  while (count < literals && match->len < MATCH_MAX &&
         at - count > match->distance &&
         window[at - count - 1] == window[at - count - 1 - match->distance]) {
    count++;
    match->len++;
  }
  packer->token_count -= count;
}

/* Turns what stands in the window from `start` to `end` into tokens. */
static void find_tokens(uvws_packer_t *packer, size_t start, size_t end) {
  const uint8_t *window = packer->window;
  size_t at = start;
  size_t literals = 0; /* since the last match */
  size_t last_distance = 0;
  packer->token_count = 0;
  while (at + MATCH_MIN <= end) {
    size_t max_len = end - at < MATCH_MAX ? end - at : MATCH_MAX;
    uint16_t *places = places_of(packer, window + at);
    match_t match = find_match(packer, places, at, max_len, last_distance);
    remember(places, at);
    if (match.distance == 0) {
      add_literal(packer, window[at++]);
      literals++;
      continue;
    }
    size_t next = at + match.len;
    (void)extend_backward(packer, &match, at, literals);
    add_match(packer, match);
    size_t last = end - MATCH_MIN + 1 < next ? end - MATCH_MIN + 1 : next;
    remember_range(packer, at + 1, last, HISTORY_STRIDE);
    at = next;
    literals = 0;
    last_distance = match.distance;
  }
  while (at < end) {
    add_literal(packer, window[at++]);
  }
}

static void load(uvws_packer_t *packer, uvws_slice_t history,
                 uvws_slice_t payload) {
  size_t end = history.len + payload.len;
  if (history.len > 0) {
    memcpy(packer->window, history.data, history.len);
  }
  memcpy(packer->window + history.len, payload.data, payload.len);
  memset(packer->places, 0, sizeof(packer->places));
  if (end >= MATCH_MIN) {
    remember_range(packer, 0, min_size(history.len, end - MATCH_MIN + 1),
                   HISTORY_STRIDE);
  }
}

size_t uvws_packer_run(uvws_packer_t *packer, uvws_slice_t history,
                       uvws_slice_t payload, int window_bits, bool is_final,
                       uint8_t *out) {
  assert(payload.len <= UVWS_PACKER_PAYLOAD_MAX);
  assert(history.len <= UVWS_PACKER_HISTORY_MAX);
  packer->max_distance = (size_t)1 << window_bits;
  if (payload.len > 0) {
    load(packer, history, payload);
    find_tokens(packer, history.len, history.len + payload.len);
  }
  return (size_t)(uvws_packer_write(packer, payload, is_final, out) - out);
}
