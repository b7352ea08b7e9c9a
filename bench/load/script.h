#ifndef BENCH_SCRIPT_H
#define BENCH_SCRIPT_H

#include <stddef.h>
#include <stdint.h>

#include "options.h"

/* A cycle of messages with differing payloads, laid out twice: as the bytes of
   masked frames that a client sends, and as the bytes of the plain frames in
   which a server must send them back. All frames of a kind are equally long,
   so a position in one stream says how many messages have passed. */

typedef struct {
  size_t count;       /* messages in the cycle */
  size_t request_len; /* bytes of one masked frame */
  size_t reply_len;   /* bytes of one plain frame */
  uint8_t *requests;  /* count * request_len bytes */
  uint8_t *replies;   /* count * reply_len bytes */
} script_t;

/* Builds a cycle of messages of `size` bytes; the same arguments give the same
   bytes. The memory is kept until the process ends. */
void script_init(script_t *script, size_t size, payload_type_t type);

#endif
