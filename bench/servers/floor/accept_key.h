#ifndef FLOOR_ACCEPT_KEY_H
#define FLOOR_ACCEPT_KEY_H

#include <stddef.h>

#define ACCEPT_KEY_LEN 28

/* Writes the Sec-WebSocket-Accept value (28 characters, no terminator) that
   answers the key of `len` characters; len is at most 64. */
void accept_key(const char *key, size_t len, char *accept);

#endif
