/* Masking (RFC 6455 5.3): XOR with a 4-byte key. Masking and unmasking are the
 * same. */
#ifndef UVWS_CORE_MASK_H
#define UVWS_CORE_MASK_H

#include <stddef.h>
#include <stdint.h>

#define UVWS_MASK_KEY_LEN 4

/* Writes len bytes of src, masked, to dst. dst is src, or does not overlap it.
 * offset is the position of src[0] in the frame's payload: only its lowest two
 * bits matter, so that a payload may be masked in pieces. */
void uvws_mask(uint8_t *dst, const uint8_t *src, size_t len,
               const uint8_t key[UVWS_MASK_KEY_LEN], uint64_t offset);

#endif
