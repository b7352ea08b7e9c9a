/* SHA-1 (RFC 3174), only for the accept value of the opening handshake. */
#ifndef UVWS_CORE_SHA1_H
#define UVWS_CORE_SHA1_H

#include <stddef.h>
#include <stdint.h>

#define UVWS_SHA1_LEN 20

/* Writes the digest of len bytes. */
void uvws_sha1(uint8_t out[UVWS_SHA1_LEN], const uint8_t *data, size_t len);

#endif
