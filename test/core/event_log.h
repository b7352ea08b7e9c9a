/* What a receiver reported, as text of one line per event, so that two ways of
 * feeding the same bytes can be compared. Shared by the unit tests and the fuzz
 * targets, hence without a test framework: a failed check here aborts. */
#ifndef UVWS_TEST_CORE_EVENT_LOG_H
#define UVWS_TEST_CORE_EVENT_LOG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/receiver.h"

/* All zeros is an empty log. */
typedef struct event_log {
  char *text; /* not terminated */
  size_t len;
  size_t cap;
} event_log_t;

static inline void event_log_deinit(event_log_t *log) {
  free(log->text);
  *log = (event_log_t){NULL, 0, 0};
}

/* Makes space for len more bytes and returns where they go. */
static inline char *event_log_extend(event_log_t *log, size_t len) {
  if (len > log->cap - log->len) {
    log->cap = 2 * (log->len + len);
    log->text = realloc(log->text, log->cap);
    if (log->text == NULL) {
      abort();
    }
  }
  log->len += len;
  return log->text + log->len - len;
}

static inline void event_log_text(event_log_t *log, const char *text) {
  size_t len = strlen(text);
  memcpy(event_log_extend(log, len), text, len);
}

/* One event with a payload: "<kind> <hex>\n", "-" for an empty one. */
static inline void event_log_bytes(event_log_t *log, const char *kind,
                                   uvws_slice_t bytes) {
  static const char digits[] = "0123456789abcdef";
  event_log_text(log, kind);
  event_log_text(log, bytes.len > 0 ? " " : " -");
  char *out = event_log_extend(log, 2 * bytes.len);
  for (size_t i = 0; i < bytes.len; i++) {
    out[2 * i] = digits[bytes.data[i] >> 4];
    out[2 * i + 1] = digits[bytes.data[i] & 0xf];
  }
  event_log_text(log, "\n");
}

static inline void event_log_close(event_log_t *log, unsigned code,
                                   uvws_slice_t reason) {
  char kind[32];
  snprintf(kind, sizeof(kind), "close %u", code);
  event_log_bytes(log, kind, reason);
}

/* "error <ws's code> <close code> <ws's message>\n". */
static inline void event_log_failure(event_log_t *log, uvws_status_t status,
                                     uint32_t detail) {
  const uvws_status_info_t *info = uvws_status_info(status);
  char message[128];
  char line[256];
  uvws_status_format(status, detail, message, sizeof(message));
  snprintf(line, sizeof(line), "error %s %u %s\n", info->code, info->wire,
           message);
  event_log_text(log, line);
}

static inline bool event_log_is_equal(const event_log_t *a,
                                      const event_log_t *b) {
  return a->len == b->len &&
         (a->len == 0 || memcmp(a->text, b->text, a->len) == 0);
}

/* True where `log` begins with all of `part`. */
static inline bool event_log_begins_with(const event_log_t *log,
                                         const event_log_t *part) {
  return part->len <= log->len &&
         (part->len == 0 || memcmp(log->text, part->text, part->len) == 0);
}

static inline void event_log_on_message(void *user, uvws_opcode_t type,
                                        uvws_slice_t payload,
                                        uvws_buffer_t *owned) {
  const char *kind = type == UVWS_OPCODE_TEXT ? "text" : "binary";
  if (owned != NULL &&
      (owned->data != payload.data || owned->len != payload.len)) {
    abort();
  }
  event_log_bytes((event_log_t *)user, kind, payload);
}

static inline void event_log_on_ping(void *user, uvws_slice_t payload) {
  event_log_bytes((event_log_t *)user, "ping", payload);
}

static inline void event_log_on_pong(void *user, uvws_slice_t payload) {
  event_log_bytes((event_log_t *)user, "pong", payload);
}

static inline void event_log_on_close(void *user, uint16_t code,
                                      uvws_slice_t reason) {
  event_log_close((event_log_t *)user, code, reason);
}

/* Their user is the event_log_t. */
static const uvws_receiver_callbacks_t event_log_callbacks = {
    event_log_on_message, NULL, event_log_on_ping, event_log_on_pong,
    event_log_on_close};

#endif
