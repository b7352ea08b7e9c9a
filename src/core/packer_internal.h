/* What packer.c, which finds matches, and packer_block.c, which writes them,
 * share. */
#ifndef UVWS_CORE_PACKER_INTERNAL_H
#define UVWS_CORE_PACKER_INTERNAL_H

#include "core/huffman.h"
#include "core/packer.h"

/* ---- What a deflate block consists of (RFC 1951 3.2) ---- */

#define END_OF_BLOCK 256
#define FIRST_LENGTH 257
#define LITERALS 286
#define DISTANCES 30
#define CODE_LENGTHS 19
#define MATCH_MAX 258

/* ---- Where what was seen stands ---- */

#define HASH_BITS 12
#define WAYS 2 /* places remembered of each hash */

/* A literal, or the length of a match in the low bits and how far back it is.
 */
#define LENGTH_BITS 9

struct uvws_packer {
  const uvws_mem_t *mem;
  size_t max_distance;
  size_t token_count;
  uvws_huffman_t literals; /* and lengths */
  uvws_huffman_t distances;
  uvws_huffman_t lengths;                /* the codes that tell the codes */
  uint16_t places[1 << HASH_BITS][WAYS]; /* in `window`, and one; 0: none */
  uint8_t log2[256];
  uint8_t run[LITERALS + DISTANCES];   /* symbols of `lengths` */
  uint8_t extra[LITERALS + DISTANCES]; /* how often more each is meant */
  uint32_t tokens[UVWS_PACKER_PAYLOAD_MAX];
  uint8_t window[UVWS_PACKER_HISTORY_MAX + UVWS_PACKER_PAYLOAD_MAX];
};

/* Writes the tokens, which stand for the payload, in the kind of block that
 * takes the fewest bits, then the flush. Returns the end. */
uint8_t *uvws_packer_write(uvws_packer_t *packer, uvws_slice_t payload,
                           bool is_final, uint8_t *out);

#endif
