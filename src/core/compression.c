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
  compression->inflater = NULL;
}

uvws_deflater_t *
uvws_compression_take_deflater(uvws_compression_t *compression) {
  uvws_deflater_t *deflater = compression->deflater;
  compression->deflater = NULL;
  return deflater != NULL ? deflater
                          : uvws_deflater_new(compression->mem,
                                              &compression->options.deflate);
}

uvws_inflater_t *
uvws_compression_take_inflater(uvws_compression_t *compression) {
  uvws_inflater_t *inflater = compression->inflater;
  compression->inflater = NULL;
  return inflater != NULL
             ? inflater
             : uvws_inflater_new(compression->mem,
                                 compression->options.inflate_window_bits);
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
