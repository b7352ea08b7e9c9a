#include "core/repeat.h"

#include <string.h>

static bool is_same(const uvws_repeat_t *repeat, uvws_slice_t payload) {
  return repeat->payload.len == payload.len && payload.len > 0 &&
         memcmp(repeat->payload.data, payload.data, payload.len) == 0;
}

uvws_repeat_kind_t uvws_repeat_note(uvws_repeat_t *repeat,
                                    const uvws_mem_t *mem, const void *sender,
                                    uvws_slice_t payload) {
  if (is_same(repeat, payload)) {
    if (repeat->deflated.len > 0) {
      return UVWS_REPEAT_READY;
    }
    return repeat->sender == sender ? UVWS_REPEAT_AGAIN : UVWS_REPEAT_OTHER;
  }
  repeat->sender = sender;
  repeat->deflated.len = 0;
  repeat->payload.len = 0;
  if (uvws_buffer_append(&repeat->payload, mem, payload, UVWS_REPEAT_MAX) !=
      UVWS_OK) {
    repeat->payload.len = 0;
  }
  return UVWS_REPEAT_NEW;
}

void uvws_repeat_forget(uvws_repeat_t *repeat, const uvws_mem_t *mem) {
  uvws_buffer_deinit(&repeat->payload, mem);
  uvws_buffer_deinit(&repeat->deflated, mem);
  repeat->sender = NULL;
}
