/* How payloads that arrive in pieces are gathered: in a buffer that grows with
 * what has arrived and never with what a header claims. */
#ifndef UVWS_CORE_GATHER_H
#define UVWS_CORE_GATHER_H

#include "core/buffer.h"
#include "core/frame.h"

/* Makes space for the next len > 0 bytes of a frame's payload, of which `rest`
 * (len of them included) are still to come. is_last: nothing else will be
 * gathered behind that frame. ERR_TOO_LARGE, ERR_NO_MEMORY. */
UVWS_MUST_USE uvws_status_t uvws_gather_reserve(uvws_buffer_t *buffer,
                                                const uvws_mem_t *mem,
                                                size_t len, uint64_t rest,
                                                bool is_last);

/* Appends len bytes, which stand at `offset` of the frame's payload, unmasked
 * where the frame is masked. There must be space for them; data may be that
 * space itself. */
void uvws_gather_append(uvws_buffer_t *buffer, const uvws_frame_t *frame,
                        uint64_t offset, const uint8_t *data, size_t len);

/* Gives back what the buffer has beyond its content, where that is much. */
void uvws_gather_trim(uvws_buffer_t *buffer, const uvws_mem_t *mem);

#endif
