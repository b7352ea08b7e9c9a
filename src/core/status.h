/* Statuses: what a function that can fail returns, and what a failure means on
 * the wire and in JavaScript. The table is status.def; nothing else in uvws
 * knows the wire code or the text of a failure. */
#ifndef UVWS_CORE_STATUS_H
#define UVWS_CORE_STATUS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __GNUC__
#define UVWS_MUST_USE __attribute__((warn_unused_result))
#else
#define UVWS_MUST_USE
#endif

/* Failures are negative, in the order of status.def. */
enum uvws_status_index {
#define UVWS_STATUS(name, wire, class, code, message) UVWS_INDEX_##name,
#include "core/status.def"
#undef UVWS_STATUS
  UVWS_STATUS_COUNT
};

typedef enum uvws_status {
  UVWS_OK = 0,
  UVWS_NEED_MORE = 1, /* not an error: feed more bytes */
  UVWS_DEFER = 2,     /* not an error: a fuller implementation must decide */
#define UVWS_STATUS(name, wire, class, code, message)                          \
  UVWS_##name = -(UVWS_INDEX_##name + 1),
#include "core/status.def"
#undef UVWS_STATUS
} uvws_status_t;

typedef enum uvws_error_class {
  UVWS_ERROR_CLASS_ERROR,
  UVWS_ERROR_CLASS_RANGE_ERROR
} uvws_error_class_t;

/* What a failure means outside. Strings are static and NUL-terminated. */
typedef struct uvws_status_info {
  const char *name;               /* identifier, e.g. "ERR_EXPECTED_FIN" */
  uint16_t wire;                  /* close code, or HTTP status of a refusal */
  uvws_error_class_t error_class; /* class of the JavaScript error */
  const char *code;               /* ws's err.code; "" where ws sets none */
  const char *message;            /* ws's text; may hold one "%u" */
} uvws_status_info_t;

/* Row of a failure. Asserts that status is a failure (negative). */
const uvws_status_info_t *uvws_status_info(uvws_status_t status);

/* Writes the failure's message, with detail in the place of "%u", as a
 * NUL-terminated string of at most cap - 1 bytes. Returns its length. */
size_t uvws_status_format(uvws_status_t status, uint32_t detail, char *out,
                          size_t cap);

#endif
