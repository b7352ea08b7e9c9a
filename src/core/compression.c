#include "core/compression.h"

void uvws_compression_init(uvws_compression_t *compression,
                           const uvws_mem_t *mem,
                           const uvws_compression_options_t *options) {
  *compression = (uvws_compression_t){.mem = mem, .options = *options};
}

void uvws_compression_deinit(uvws_compression_t *compression) {
  uvws_compression_trim(compression);
}

void uvws_compression_trim(uvws_compression_t *compression) {
  uvws_deflater_free(compression->deflater);
  uvws_inflater_free(compression->inflater);
  uvws_packer_free(compression->packer);
  compression->deflater = NULL;
  compression->inflater = NULL;
  compression->packer = NULL;
  uvws_repeat_forget(&compression->repeat, compression->mem);
}

static uvws_deflater_t *new_deflater(const uvws_compression_t *compression) {
  const uvws_compression_options_t *options = &compression->options;
  uvws_deflater_t *deflater =
      uvws_deflater_new(compression->mem, &options->deflate);
  if (deflater != NULL && options->deflate_dictionary.len > 0) {
    uvws_deflater_set_dictionary(deflater, options->deflate_dictionary);
  }
  return deflater;
}

static uvws_inflater_t *new_inflater(const uvws_compression_t *compression) {
  const uvws_compression_options_t *options = &compression->options;
  uvws_inflater_t *inflater =
      uvws_inflater_new(compression->mem, options->inflate_window_bits);
  if (inflater != NULL && options->inflate_dictionary.len > 0 &&
      uvws_inflater_set_dictionary(inflater, options->inflate_dictionary) !=
          UVWS_OK) {
    uvws_inflater_free(inflater);
    return NULL;
  }
  return inflater;
}

uvws_deflater_t *
uvws_compression_take_deflater(uvws_compression_t *compression) {
  uvws_deflater_t *deflater = compression->deflater;
  compression->deflater = NULL;
  return deflater != NULL ? deflater : new_deflater(compression);
}

uvws_inflater_t *
uvws_compression_take_inflater(uvws_compression_t *compression) {
  uvws_inflater_t *inflater = compression->inflater;
  compression->inflater = NULL;
  return inflater != NULL ? inflater : new_inflater(compression);
}

bool uvws_compression_can_begin_anew(const uvws_compression_t *compression) {
  return !compression->options.deflate_takes_over ||
         compression->options.deflate_dictionary.len == 0;
}

/* One is kept: whole messages, the usual ones, are done one after another. */
void uvws_compression_give_deflater(uvws_compression_t *compression,
                                    uvws_deflater_t *deflater) {
  if (deflater == NULL || compression->deflater != NULL) {
    uvws_deflater_free(deflater);
    return;
  }
  uvws_deflater_reset(deflater);
  compression->deflater = deflater;
}

void uvws_compression_give_inflater(uvws_compression_t *compression,
                                    uvws_inflater_t *inflater) {
  if (inflater == NULL || compression->inflater != NULL) {
    uvws_inflater_free(inflater);
    return;
  }
  uvws_inflater_reset(inflater);
  compression->inflater = inflater;
}

uvws_packer_t *uvws_compression_packer(uvws_compression_t *compression,
                                       size_t payload_len) {
  if (compression->options.history_max == 0 ||
      payload_len > UVWS_PACKER_PAYLOAD_MAX) {
    return NULL;
  }
  if (compression->packer == NULL) {
    compression->packer = uvws_packer_new(compression->mem);
  }
  return compression->packer;
}

static uvws_status_t pack(const uvws_compression_t *compression,
                          uvws_packer_t *packer, uvws_slice_t payload,
                          uvws_buffer_t *out) {
  uvws_status_t status = uvws_buffer_reserve(
      out, compression->mem, payload.len + UVWS_PACKER_EXTRA, SIZE_MAX);
  if (status == UVWS_OK) {
    out->len += uvws_packer_run(packer, uvws_slice(NULL, 0), payload,
                                compression->options.deflate.window_bits, true,
                                out->data + out->len);
  }
  return status;
}

uvws_status_t uvws_compression_run(uvws_compression_t *compression,
                                   uvws_slice_t payload, uvws_buffer_t *out) {
  uvws_packer_t *packer = uvws_compression_packer(compression, payload.len);
  if (packer != NULL) {
    return pack(compression, packer, payload, out);
  }
  uvws_deflater_t *deflater = uvws_compression_take_deflater(compression);
  if (deflater == NULL) {
    return UVWS_ERR_NO_MEMORY;
  }
  uvws_status_t status = uvws_deflater_run(deflater, payload, true, out);
  uvws_compression_give_deflater(compression, deflater);
  return status;
}
