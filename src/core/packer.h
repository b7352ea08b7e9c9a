/* Deflates short payloads (RFC 1951), for the many connections that take turns:
 * zlib's contexts are made for long streams, and to begin one anew costs more
 * than a short message does. There is nothing to begin here: what was sent
 * before is part of the input. Any inflater reads the output. */
#ifndef UVWS_CORE_PACKER_H
#define UVWS_CORE_PACKER_H

#include <stdbool.h>

#include "core/mem.h"
#include "core/slice.h"

/* Bytes of payload, and of history, at most. */
#define UVWS_PACKER_PAYLOAD_MAX ((size_t)16 * 1024)
#define UVWS_PACKER_HISTORY_MAX ((size_t)16 * 1024)

/* Room for what cannot be compressed: a block's header and the flush. */
#define UVWS_PACKER_EXTRA ((size_t)16)

/* About 120 KiB; for any number of payloads, one at a time. */
typedef struct uvws_packer uvws_packer_t;

/* NULL without memory. mem is borrowed until _free. */
uvws_packer_t *uvws_packer_new(const uvws_mem_t *mem);

/* NULL is legal. */
void uvws_packer_free(uvws_packer_t *packer);

/* Compresses a fragment of a message as uvws_deflater_run does: writes it to
 * `out`, which has room for payload.len + UVWS_PACKER_EXTRA bytes, and returns
 * its length. It refers to the history, which the peer must have inflated last,
 * and to nothing further back than 2^window_bits bytes (8..15). */
size_t uvws_packer_run(uvws_packer_t *packer, uvws_slice_t history,
                       uvws_slice_t payload, int window_bits, bool is_final,
                       uint8_t *out);

#endif
