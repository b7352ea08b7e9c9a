#ifndef BENCH_SCRIPT_H
#define BENCH_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "options.h"

/* A cycle of messages with differing payloads, laid out twice: as the bytes of
   masked frames that a client sends, and as the bytes of the plain frames in
   which a server must send them back.

   The plain frames are all equally long, so a position among them says how many
   messages have passed. With compression the requests are compressed, each for
   itself, while the replies are compressed by the server as it likes: what is
   known of them is the payload. */

typedef struct {
  bool is_deflated;
  size_t count;       /* messages in the cycle */
  size_t payload_len; /* of each, uncompressed */
  size_t reply_len;   /* bytes of one plain frame */
  size_t *request_at; /* where each masked frame begins, and where all end */
  uint8_t *requests;
  uint8_t *replies; /* count * reply_len bytes */
} script_t;

/* Builds a cycle of options->size, type and is_deflated; the same options give
   the same bytes. The memory is kept until the process ends. */
void script_init(script_t *script, const options_t *options);

/* Bytes of `count` requests, of which the first one is `first`. */
size_t script_request_bytes(const script_t *script, size_t first, size_t count);

static inline size_t script_request_cycle(const script_t *script) {
  return script->request_at[script->count];
}

static inline const uint8_t *script_payload(const script_t *script,
                                            size_t index) {
  return script->replies + (index + 1) * script->reply_len -
         script->payload_len;
}

#endif
