#ifndef BENCH_INFLATER_H
#define BENCH_INFLATER_H

#include <stddef.h>
#include <stdint.h>
#include <zlib.h>

#include "script.h"

/* Reads the compressed messages that a server sends on one connection, and
   checks that inflating them gives a script's payloads in order. */

#define INFLATER_HEADER_MAX 10

typedef struct {
  const script_t *script;
  z_stream zlib;
  size_t message;    /* of the cycle: the one that is being read */
  size_t payload_at; /* bytes of it that were checked */
  size_t header_len;
  uint8_t header[INFLATER_HEADER_MAX];
  uint64_t frame_left; /* bytes of the frame's payload to come */
} inflater_t;

/* Begins at message `first` of the cycle. */
void inflater_init(inflater_t *inflater, const script_t *script, size_t first);

/* Takes the next bytes of the stream; gives the number of messages that became
   complete. fail()s on a wrong byte and on a frame that is not a whole
   compressed message. */
size_t inflater_feed(inflater_t *inflater, uint8_t *bytes, size_t len);

#endif
