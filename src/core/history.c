#include "core/history.h"

void uvws_history_note(uvws_buffer_t *history, const uvws_mem_t *mem,
                       uvws_slice_t payload, size_t max) {
  if (payload.len > max) {
    payload = uvws_slice(payload.data + payload.len - max, max);
  }
  if (history->len + payload.len > max) {
    uvws_buffer_consume(history, history->len + payload.len - max);
  }
  if (uvws_buffer_append(history, mem, payload, max) != UVWS_OK) {
    history->len = 0;
  }
}
