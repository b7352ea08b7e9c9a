/* An HTTP/1.1 request head (RFC 9112 2-5), fed in any pieces. The grammar is a
 * strict subset of what node:http's parser takes: what is refused here may
 * still be handed to node:http, what is taken here it would take too (but for
 * methods that it does not know, which uvws_handshake_check defers). */
#ifndef UVWS_CORE_REQUEST_H
#define UVWS_CORE_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/slice.h"
#include "core/status.h"

#define UVWS_REQUEST_HEAD_MAX 16384 /* bytes; node:http's default limit */
#define UVWS_REQUEST_HEADERS_MAX 64 /* header lines; more are deferred */

typedef struct uvws_header {
  uvws_slice_t name;  /* as sent, at least one byte, token characters */
  uvws_slice_t value; /* without white space around it; may be empty */
} uvws_header_t;

typedef struct uvws_request {
  uvws_slice_t method; /* token characters */
  uvws_slice_t target; /* visible ASCII, at least one byte */
  int minor_version;   /* 1 of HTTP/1.1, or 0 */
  size_t header_count;
  uvws_header_t headers[UVWS_REQUEST_HEADERS_MAX];
} uvws_request_t;

/* Looks for the end of a head ("\r\n\r\n") in the first len bytes at data.
 * *scanned (0 at first) remembers how far earlier calls looked, so that a head
 * fed byte by byte costs linear time. OK: *head_len is the head's length with
 * its empty line. NEED_MORE: not there yet. ERR_REQUEST_TOO_LARGE: not within
 * UVWS_REQUEST_HEAD_MAX bytes. ERR_REQUEST_MALFORMED: what need not be waited
 * for, as it cannot become a head: a bare CR or LF, or a first byte that begins
 * no method (an empty line, a TLS hello). */
UVWS_MUST_USE uvws_status_t uvws_request_find_end(const uint8_t *data,
                                                  size_t len, size_t *scanned,
                                                  size_t *head_len);

/* Parses a whole head, empty line included, in linear time. Slices of *request
 * point into head. ERR_REQUEST_MALFORMED for anything outside the grammar
 * (bare CR or LF, NUL or other control characters, obs-fold, white space
 * before the colon, an empty name, a version that is not HTTP/1.0 or 1.1);
 * DEFER for more than UVWS_REQUEST_HEADERS_MAX headers, and for a target that
 * does not begin with "/" (RFC 9112 3.2.2-3.2.4). On failure and DEFER the
 * content of *request is not to be used. */
UVWS_MUST_USE uvws_status_t uvws_request_parse(uvws_slice_t head,
                                               uvws_request_t *request);

/* The first header of that name from index `from` on, ignoring case; its index,
 * or header_count if there is none. name is NUL-terminated lower case. */
size_t uvws_request_find(const uvws_request_t *request, const char *name,
                         size_t from);

#endif
