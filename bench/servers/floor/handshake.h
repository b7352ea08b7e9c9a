#ifndef FLOOR_HANDSHAKE_H
#define FLOOR_HANDSHAKE_H

#include <stddef.h>

#define HANDSHAKE_RESPONSE_MAX 256

/* Looks for a whole upgrade request at the start of `bytes`. Gives its length,
   and the 101 for it in `response`; 0 if more bytes are needed; -1 if there
   is no key in it. Nothing else of the request is looked at. */
long handshake_answer(const char *bytes, size_t len, char *response,
                      size_t *response_len);

#endif
