/* The end of what was compressed for a peer: what the next context may refer
 * back to. */
#ifndef UVWS_CORE_HISTORY_H
#define UVWS_CORE_HISTORY_H

#include "core/buffer.h"

/* Adds a payload that was compressed; of all that was, the last max > 0 bytes
 * are kept. Without memory nothing is: a context then begins anew, which a peer
 * does not notice. */
void uvws_history_note(uvws_buffer_t *history, const uvws_mem_t *mem,
                       uvws_slice_t payload, size_t max);

#endif
