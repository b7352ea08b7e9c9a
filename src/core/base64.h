/* Base64 (RFC 4648 4, with padding), only for the opening handshake. */
#ifndef UVWS_CORE_BASE64_H
#define UVWS_CORE_BASE64_H

#include <stddef.h>
#include <stdint.h>

/* Bytes that len bytes take when encoded. */
#define UVWS_BASE64_LEN(len) (((len) + 2) / 3 * 4)

/* Writes UVWS_BASE64_LEN(len) bytes, no terminator. */
void uvws_base64_encode(char *out, const uint8_t *data, size_t len);

#endif
