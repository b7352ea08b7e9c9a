/* Huffman codes for deflate blocks (RFC 1951 3.2.2): from how often symbols
 * occur to their codes. */
#ifndef UVWS_CORE_HUFFMAN_H
#define UVWS_CORE_HUFFMAN_H

#include <stddef.h>
#include <stdint.h>

/* Symbols of one alphabet, at most. */
#define UVWS_HUFFMAN_SYMBOLS 288

typedef struct uvws_huffman {
  size_t count; /* of symbols in the alphabet */
  uint16_t frequencies[UVWS_HUFFMAN_SYMBOLS];
  uint16_t codes[UVWS_HUFFMAN_SYMBOLS];  /* as the stream has them: reversed */
  uint8_t lengths[UVWS_HUFFMAN_SYMBOLS]; /* in bits; 0: it does not occur */
} uvws_huffman_t;

/* An alphabet of `count` symbols, none of which occurs yet. */
void uvws_huffman_init(uvws_huffman_t *huffman, size_t count);

/* Fills lengths, none above max_length, and codes from the frequencies. Two
 * symbols at least get a code, as some decoders want it. */
void uvws_huffman_build(uvws_huffman_t *huffman, unsigned max_length);

/* Fills codes from given lengths. */
void uvws_huffman_assign(uvws_huffman_t *huffman);

/* The bits that all symbols that occur take together. */
size_t uvws_huffman_cost(const uvws_huffman_t *huffman);

#endif
