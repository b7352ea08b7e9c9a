#include "core/inflation.h"

#include <assert.h>

#include "core/gather.h"
#include "core/receiver_internal.h"

/* What is inflated at once usually grows fourfold. */
#define GROWTH 4

/* About how many bytes come of one step. */
#define STEP ((size_t)256 * 1024)

/* ---- In the receiver ---- */

/* The frame is inflated, or failed to be. */
static uvws_status_t end_frame(uvws_receiver_t *receiver,
                               uvws_status_t status) {
  const uvws_compression_t *compression = receiver->options->compression;
  if (status != UVWS_OK) {
    return status;
  }
  if (!receiver->frame.is_final) {
    return uvws_receiver_tell_fragment(receiver);
  }
  if (!compression->options.inflate_takes_over) {
    uvws_receiver_give_inflater(receiver);
  }
  uvws_gather_trim(&receiver->message, receiver->options->mem);
  return uvws_receiver_deliver_gathered(receiver);
}

/* Leaves what is left of the payload to somebody else. */
static uvws_status_t wait(uvws_receiver_t *receiver, uvws_slice_t payload,
                          uvws_buffer_t *owned) {
  receiver->state = STATE_INFLATING;
  if (owned != NULL) {
    uvws_buffer_consume(owned, (size_t)(payload.data - owned->data));
    receiver->partial = uvws_buffer_take(owned);
    return UVWS_OK;
  }
  return uvws_buffer_append(&receiver->partial, receiver->options->mem, payload,
                            SIZE_MAX);
}

/* How long the message may become before the rest of it has to wait. */
static size_t pause_length(const uvws_receiver_t *receiver, size_t len) {
  size_t at_once = receiver->options->inflate_at_once;
  if (at_once == 0) {
    return SIZE_MAX;
  }
  return len >= at_once / GROWTH ? 0 : receiver->message.len + at_once;
}

uvws_status_t uvws_receiver_inflate(uvws_receiver_t *receiver,
                                    uvws_slice_t payload,
                                    uvws_buffer_t *owned) {
  const uvws_receiver_options_t *options = receiver->options;
  if (receiver->inflater == NULL) {
    receiver->inflater = uvws_compression_take_inflater(options->compression);
  }
  if (receiver->inflater == NULL) {
    return UVWS_ERR_NO_MEMORY;
  }
  uvws_status_t status = uvws_inflater_begin(
      receiver->inflater, &payload, receiver->frame.is_final,
      options->max_payload, pause_length(receiver, payload.len),
      &receiver->message);
  return status == UVWS_NEED_MORE ? wait(receiver, payload, owned)
                                  : end_frame(receiver, status);
}

uvws_status_t uvws_receiver_keep(uvws_receiver_t *receiver,
                                 uvws_slice_t bytes) {
  return uvws_buffer_append(&receiver->kept, receiver->options->mem, bytes,
                            SIZE_MAX);
}

/* ---- Apart from it ---- */

void uvws_inflation_begin(uvws_inflation_t *inflation,
                          uvws_receiver_t *receiver) {
  const uvws_receiver_options_t *options = receiver->options;
  assert(uvws_receiver_is_inflating(receiver) && receiver->inflater != NULL);
  *inflation =
      (uvws_inflation_t){.mem = options->mem,
                         .compression = options->compression,
                         .inflater = receiver->inflater,
                         .input = uvws_buffer_take(&receiver->partial),
                         .output = uvws_buffer_take(&receiver->message),
                         .max_len = options->max_payload,
                         .is_final = receiver->frame.is_final};
  inflation->rest = uvws_buffer_slice(&inflation->input);
  receiver->inflater = NULL;
}

bool uvws_inflation_step(uvws_inflation_t *inflation) {
  inflation->status = uvws_inflater_begin(
      inflation->inflater, &inflation->rest, inflation->is_final,
      inflation->max_len, inflation->output.len + STEP, &inflation->output);
  if (inflation->status == UVWS_NEED_MORE) {
    return true;
  }
  uvws_buffer_deinit(&inflation->input, inflation->mem);
  return false;
}

static uvws_status_t feed_kept(uvws_receiver_t *receiver) {
  uvws_buffer_t kept = uvws_buffer_take(&receiver->kept);
  uvws_status_t status = uvws_receiver_feed(receiver, kept.data, kept.len);
  uvws_buffer_deinit(&kept, receiver->options->mem);
  return status;
}

uvws_status_t uvws_inflation_end(uvws_inflation_t *inflation,
                                 uvws_receiver_t *receiver) {
  if (!uvws_receiver_is_inflating(receiver)) {
    uvws_inflation_deinit(inflation);
    return UVWS_OK;
  }
  receiver->state = STATE_START;
  receiver->inflater = inflation->inflater;
  receiver->message = uvws_buffer_take(&inflation->output);
  inflation->inflater = NULL;
  uvws_status_t status =
      uvws_receiver_end_call(receiver, end_frame(receiver, inflation->status));
  uvws_inflation_deinit(inflation);
  return status == UVWS_OK ? feed_kept(receiver) : status;
}

void uvws_inflation_deinit(uvws_inflation_t *inflation) {
  if (inflation->inflater != NULL) {
    uvws_compression_give_inflater(inflation->compression, inflation->inflater);
    inflation->inflater = NULL;
  }
  uvws_buffer_deinit(&inflation->input, inflation->mem);
  uvws_buffer_deinit(&inflation->output, inflation->mem);
}
