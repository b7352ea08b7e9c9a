#ifndef FLOOR_FRAME_H
#define FLOOR_FRAME_H

#include <stddef.h>
#include <stdint.h>

#define FRAME_HEADER_MAX 14

typedef struct {
  uint8_t first;     /* FIN, RSV and opcode as received */
  size_t header_len; /* masking key included */
  size_t payload_len;
} frame_t;

/* Decodes the header of a masked frame. 0 if it is not complete. */
int frame_decode(const uint8_t *bytes, size_t len, frame_t *frame);

/* Turns the masked frame at `source` into the plain frame of the same payload
   at `target`, with the given first byte; gives its length. The target may
   overlap the source if it does not begin after it. */
size_t frame_unmask(const frame_t *frame, const uint8_t *source, uint8_t first,
                    uint8_t *target);

#endif
