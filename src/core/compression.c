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
  compression->deflater = NULL;
  compression->last_user = NULL;
  compression->inflater = NULL;
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
  if (compression->last_user != NULL) {
    uvws_compression_forget(compression, compression->last_user);
  }
  uvws_deflater_t *deflater = compression->deflater;
  compression->deflater = NULL;
  return deflater != NULL ? deflater : new_deflater(compression);
}

uvws_deflater_t *
uvws_compression_take_deflater_for(uvws_compression_t *compression,
                                   const void *user, uvws_slice_t history) {
  bool goes_on = compression->last_user == user;
  compression->last_user = NULL;
  uvws_deflater_t *deflater = uvws_compression_take_deflater(compression);
  if (deflater != NULL && !goes_on) {
    uvws_deflater_begin_behind(deflater, history);
  }
  return deflater;
}

void uvws_compression_keep_deflater_for(uvws_compression_t *compression,
                                        const void *user,
                                        uvws_deflater_t *deflater) {
  if (compression->deflater != NULL) {
    uvws_deflater_free(deflater);
    return;
  }
  compression->deflater = deflater;
  compression->last_user = user;
}

void uvws_compression_forget(uvws_compression_t *compression,
                             const void *user) {
  if (compression->last_user == user) {
    uvws_deflater_reset(compression->deflater);
    compression->last_user = NULL;
  }
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
