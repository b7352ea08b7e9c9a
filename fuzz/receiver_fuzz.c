/* Any bytes under any limits: however they are cut into pieces, and whether
 * they are fed or go through the room, the receiver reports the same. The
 * input's first SETTINGS_LEN bytes are the limits and the cuts. */
#include "feeding.h"

#define SETTINGS_LEN 6

typedef struct settings {
  uvws_receiver_options_t options;
  bool takes_over; /* the peer's context, where compression is agreed */
  bool is_compressing;
  uint8_t cuts[4]; /* lengths of the pieces, taken in turn */
} settings_t;

static settings_t read_settings(const uint8_t *data) {
  settings_t settings = {.options = {.mem = uvws_mem_default(),
                                     .is_valid_utf8 = (data[0] & 2) != 0
                                                          ? NULL
                                                          : uvws_utf8_is_valid,
                                     .max_payload = (uint64_t)data[1] * data[1],
                                     .max_fragments = data[0] >> 4,
                                     .is_server = (data[0] & 1) == 0}};
  settings.is_compressing = (data[0] & 12) != 0;
  settings.takes_over = (data[0] & 4) != 0;
  memcpy(settings.cuts, data + 2, sizeof(settings.cuts));
  return settings;
}

/* A cut byte stands for 1 to 32 bytes, or for 1 to 16 KiB. */
static size_t piece_len(uint8_t cut) {
  return cut < 128 ? 1 + (size_t)cut % 32 : 1 + ((size_t)cut - 128) * 128;
}

static void feed_cut(uvws_receiver_t *receiver, event_log_t *log,
                     const settings_t *settings, uvws_slice_t bytes,
                     bool by_room) {
  for (size_t i = 0; bytes.len > 0; i++) {
    size_t len = piece_len(settings->cuts[i % sizeof(settings->cuts)]);
    len = len < bytes.len ? len : bytes.len;
    feed_in_pieces(receiver, log, uvws_slice(bytes.data, len), len, by_room);
    bytes = uvws_slice(bytes.data + len, bytes.len - len);
  }
}

/* Logs what a fresh receiver makes of the bytes, whole or cut. */
static event_log_t run(const settings_t *settings, uvws_slice_t bytes,
                       bool is_cut, bool by_room) {
  event_log_t log = {NULL, 0, 0};
  uvws_compression_options_t agreed = {
      .inflate_window_bits = 15, .inflate_takes_over = settings->takes_over};
  uvws_compression_t compression;
  uvws_compression_init(&compression, settings->options.mem, &agreed);
  uvws_receiver_options_t options = settings->options;
  options.compression = settings->is_compressing ? &compression : NULL;
  uvws_receiver_t receiver;
  uvws_receiver_init(&receiver, &options, &event_log_callbacks, &log);
  if (is_cut) {
    feed_cut(&receiver, &log, settings, bytes, by_room);
  } else {
    feed_in_pieces(&receiver, &log, bytes, bytes.len, false);
  }
  uvws_receiver_deinit(&receiver);
  uvws_compression_deinit(&compression);
  return log;
}

static void check_same(const settings_t *settings, uvws_slice_t bytes,
                       bool by_room, const event_log_t *expected) {
  event_log_t log = run(settings, bytes, true, by_room);
  if (!event_log_is_equal(&log, expected)) {
    abort();
  }
  event_log_deinit(&log);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < SETTINGS_LEN) {
    return 0;
  }
  settings_t settings = read_settings(data);
  uvws_slice_t bytes = {data + SETTINGS_LEN, size - SETTINGS_LEN};
  event_log_t whole = run(&settings, bytes, false, false);
  check_same(&settings, bytes, false, &whole);
  check_same(&settings, bytes, true, &whole);
  event_log_deinit(&whole);
  return 0;
}
