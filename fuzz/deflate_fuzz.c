/* Compression under any parameters: what is deflated inflates to the same,
 * however it is cut into fragments and whether contexts rest between; garbage
 * inflates to something or to an error, and to no more than the limit. The
 * input's first SETTINGS_LEN bytes are the parameters. */
#include <stdlib.h>
#include <string.h>

#include "core/compression.h"

#define SETTINGS_LEN 5

static void check(bool is_true) {
  if (!is_true) {
    abort();
  }
}

typedef struct limited {
  uvws_mem_t mem;
  size_t max_size; /* of one allocation; 0: any */
} limited_t;

static void *limited_resize(void *user, void *ptr, size_t size) {
  const limited_t *limited = user;
  check(limited->max_size == 0 || size <= limited->max_size);
  void *moved = realloc(ptr, size);
  check(moved != NULL);
  return moved;
}

static void limited_free(void *user, void *ptr) {
  (void)user;
  free(ptr);
}

static uvws_compression_options_t read_options(const uint8_t *data) {
  uvws_compression_options_t options = {
      .deflate = {.level = data[0] % 11 - 1,
                  .mem_level = 1 + data[1] % 9,
                  .strategy = data[1] / 9 % 5,
                  .window_bits = 8 + data[2] % 8},
      .inflate_window_bits = 8 + data[2] % 8};
  return options;
}

/* The length of the next fragment of the rest. */
static size_t cut(uint8_t by, size_t rest) {
  size_t len = by < 128 ? by : (size_t)(by - 127) * 64;
  return len < rest ? len : rest;
}

/* Sends the text as two messages in fragments. */
static void round_trip(uvws_compression_t *compression, const uint8_t *settings,
                       uvws_slice_t text) {
  const uvws_mem_t *mem = compression->mem;
  uvws_deflater_t *deflater = uvws_compression_take_deflater(compression);
  uvws_inflater_t *inflater = uvws_compression_take_inflater(compression);
  uvws_buffer_t wire = uvws_buffer_empty();
  uvws_buffer_t out = uvws_buffer_empty();
  check(deflater != NULL && inflater != NULL);
  for (size_t i = 0, done = 0; i < 20; i++) {
    size_t len = cut(settings[3 + i % 2], text.len - done);
    bool is_final = i == 9 || i == 19;
    len = is_final ? text.len - done : len;
    wire.len = 0;
    check(uvws_deflater_run(deflater, uvws_slice(text.data + done, len),
                            is_final, &wire) == UVWS_OK);
    check(uvws_inflater_run(inflater, uvws_slice(wire.data, wire.len), is_final,
                            text.len, &out) == UVWS_OK);
    done += len;
    check(out.len == done && memcmp(out.data, text.data, done) == 0);
    if (is_final) {
      done = out.len = 0;
      if (settings[2] >= 128) {
        uvws_inflater_rest(inflater);
      }
    }
    if ((settings[2] & 64) != 0) {
      uvws_deflater_reset(deflater);
    }
  }
  uvws_buffer_deinit(&wire, mem);
  uvws_buffer_deinit(&out, mem);
  uvws_compression_give_deflater(compression, deflater);
  uvws_compression_give_inflater(compression, inflater);
}

/* The first half, and the second one behind it. */
static void pack(const uvws_mem_t *mem, const uint8_t *settings,
                 uvws_slice_t text) {
  int bits = 8 + settings[2] % 8;
  uvws_packer_t *packer = uvws_packer_new(mem);
  uvws_inflater_t *inflater = uvws_inflater_new(mem, bits);
  uvws_buffer_t wire = uvws_buffer_empty();
  uvws_buffer_t out = uvws_buffer_empty();
  size_t half = text.len / 2 < UVWS_PACKER_PAYLOAD_MAX
                    ? text.len / 2
                    : UVWS_PACKER_PAYLOAD_MAX;
  size_t before = half < settings[3] * (size_t)64 ? half : settings[3] * 64;
  check(packer != NULL && inflater != NULL);
  check(uvws_buffer_reserve(&wire, mem, half + UVWS_PACKER_EXTRA,
                            half + UVWS_PACKER_EXTRA) == UVWS_OK);
  for (int i = 0; i < 2; i++) {
    size_t done = i == 0 ? 0 : half;
    size_t behind = i == 0 ? 0 : before;
    wire.len =
        uvws_packer_run(packer, uvws_slice(text.data + done - behind, behind),
                        uvws_slice(text.data + done, half), bits,
                        settings[4] % 2 == 0, wire.data);
    check(wire.len <= half + UVWS_PACKER_EXTRA);
    check(uvws_inflater_run(inflater, uvws_slice(wire.data, wire.len),
                            settings[4] % 2 == 0, half, &out) == UVWS_OK);
    check(out.len == half && memcmp(out.data, text.data + done, half) == 0);
    out.len = 0;
  }
  uvws_buffer_deinit(&wire, mem);
  uvws_buffer_deinit(&out, mem);
  uvws_packer_free(packer);
  uvws_inflater_free(inflater);
}

/* zlib's own allocations stay below 64 KiB, the text's below the limit. */
static void inflate_garbage(uvws_compression_t *compression, limited_t *limited,
                            const uint8_t *settings, uvws_slice_t input) {
  uvws_inflater_t *inflater = uvws_compression_take_inflater(compression);
  uvws_buffer_t out = uvws_buffer_empty();
  uint64_t max_len = (uint64_t)settings[4] * settings[4] * 16 + 1;
  uvws_status_t status = UVWS_OK;
  limited->max_size = max_len + 1 < 65536 ? 65536 : (size_t)max_len + 1;
  while (status == UVWS_OK && input.len > 0) {
    size_t len = cut(settings[3], input.len);
    len = len > 0 ? len : input.len;
    status = uvws_inflater_run(inflater, uvws_slice(input.data, len),
                               len == input.len, max_len, &out);
    check(out.len <= max_len || status != UVWS_OK);
    check(out.len <= max_len + 1);
    input = uvws_slice(input.data + len, input.len - len);
  }
  check(status == UVWS_OK || uvws_status_info(status)->wire == 1007 ||
        uvws_status_info(status)->wire == 1009);
  uvws_buffer_deinit(&out, compression->mem);
  uvws_compression_give_inflater(compression, inflater);
  limited->max_size = 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size <= SETTINGS_LEN) {
    return 0;
  }
  limited_t limited = {{limited_resize, limited_free, &limited}, 0};
  uvws_compression_options_t options = read_options(data);
  uvws_compression_t compression;
  uvws_compression_init(&compression, &limited.mem, &options);
  uvws_slice_t rest = uvws_slice(data + SETTINGS_LEN, size - SETTINGS_LEN);
  inflate_garbage(&compression, &limited, data, rest);
  round_trip(&compression, data, rest);
  pack(&limited.mem, data, rest);
  inflate_garbage(&compression, &limited, data, rest);
  uvws_compression_deinit(&compression);
  return 0;
}
