/* UTF-8 validation (RFC 3629: no overlong forms, no surrogates, nothing above
 * U+10FFFF). ws checks a text when it is whole, so nothing here is
 * incremental. */
#ifndef UVWS_CORE_UTF8_H
#define UVWS_CORE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Any function that tells whether len bytes are valid UTF-8; data may be NULL
 * where len is 0. The host may offer a faster one than uvws_utf8_is_valid. */
typedef bool (*uvws_utf8_validator_t)(const uint8_t *data, size_t len);

/* The portable validator: skips ASCII eight bytes at a time. */
bool uvws_utf8_is_valid(const uint8_t *data, size_t len);

#endif
