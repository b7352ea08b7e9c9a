#include "core/deflation.h"

#include <assert.h>

/* Bytes of input that are deflated in one step. */
#define STEP ((size_t)64 * 1024)

static uvws_status_t begin(uvws_deflation_t *deflation,
                           uvws_compression_t *compression,
                           uvws_deflater_t *deflater, uvws_buffer_t *input) {
  if (deflater == NULL) {
    return UVWS_ERR_NO_MEMORY;
  }
  *deflation = (uvws_deflation_t){.mem = compression->mem,
                                  .compression = compression,
                                  .deflater = deflater,
                                  .what = {.is_final = true},
                                  .input = uvws_buffer_take(input),
                                  .output = uvws_buffer_empty()};
  deflation->rest = uvws_buffer_slice(&deflation->input);
  return UVWS_OK;
}

uvws_status_t uvws_deflation_begin(uvws_deflation_t *deflation,
                                   uvws_session_t *session,
                                   const uvws_outgoing_t *what,
                                   uvws_buffer_t *input) {
  uvws_status_t status =
      begin(deflation, session->options->receiver.compression,
            uvws_session_lend_deflater(session), input);
  if (status == UVWS_OK) {
    deflation->what = *what;
  }
  return status;
}

uvws_status_t uvws_deflation_begin_shared(uvws_deflation_t *deflation,
                                          uvws_compression_t *compression,
                                          uvws_buffer_t *input) {
  assert(uvws_compression_can_begin_anew(compression));
  return begin(deflation, compression,
               uvws_compression_take_deflater(compression), input);
}

bool uvws_deflation_step(uvws_deflation_t *deflation) {
  deflation->status =
      uvws_deflater_step(deflation->deflater, &deflation->rest, STEP,
                         deflation->what.is_final, &deflation->output);
  return deflation->status == UVWS_NEED_MORE;
}

uvws_status_t uvws_deflation_end(uvws_deflation_t *deflation,
                                 uvws_session_t *session,
                                 uvws_buffer_t *header) {
  uint8_t key[UVWS_MASK_KEY_LEN];
  uvws_outgoing_t *what = &deflation->what;
  uvws_buffer_t *output = &deflation->output;
  uvws_status_t status = deflation->status;
  what->is_compressed = true;
  uvws_session_draw_key(session, what, key);
  if (status == UVWS_OK) {
    status = uvws_sender_header(&session->sender, header, deflation->mem, what,
                                output->len);
  }
  if (status == UVWS_OK && what->key != NULL) {
    uvws_mask(output->data, output->data, output->len, key, 0);
  }
  uvws_session_return_deflater(
      session, deflation->deflater,
      uvws_slice(deflation->input.data,
                 deflation->status == UVWS_OK ? deflation->input.len : 0));
  deflation->deflater = NULL;
  what->key = NULL;
  return status;
}

void uvws_deflation_deinit(uvws_deflation_t *deflation) {
  if (deflation->deflater != NULL) {
    uvws_compression_give_deflater(deflation->compression, deflation->deflater);
    deflation->deflater = NULL;
  }
  uvws_buffer_deinit(&deflation->input, deflation->mem);
  uvws_buffer_deinit(&deflation->output, deflation->mem);
}
