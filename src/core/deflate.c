#include "core/deflate.h"

#include <assert.h>
#include <string.h>

#define ZLIB_CONST
#include <zlib.h>

/* What zlib counts in an unsigned int goes in parts of at most this. */
#define PART_MAX ((size_t)1 << 30)

/* Below this zlib could repeat the end of a flush (see its deflate()). */
#define DEFLATE_ROOM_MIN ((size_t)64)

/* How much longer than the payload its text is taken to be at first. */
#define INFLATE_GUESS 4
#define INFLATE_ROOM_MIN ((size_t)256)

/* What one call of zlib inflates to at most, so that it may be paused. */
#define INFLATE_ROOM_MAX ((size_t)256 * 1024)

/* RFC 7692 7.1.2. */
#define WINDOW_BITS_MIN 8
#define WINDOW_BITS_MAX 15
#define WINDOW_MAX ((size_t)1 << WINDOW_BITS_MAX)

/* In inflate's data_type: it stands between two blocks at a byte boundary. */
#define BETWEEN_BLOCKS 128

#define TAIL_LEN 4

/* What a flush ends with, and each message's last fragment lacks. */
static const uint8_t tail[TAIL_LEN] = {0x00, 0x00, 0xff, 0xff};

struct uvws_deflater {
  const uvws_mem_t *mem;
  z_stream stream;
  uvws_slice_t dictionary;
};

struct uvws_inflater {
  const uvws_mem_t *mem;
  z_stream stream;
  int window_bits;
  uvws_slice_t dictionary;
  bool is_resting;       /* there is no stream, only its window */
  uvws_buffer_t history; /* that window */
};

/* zlib's opaque points to a context's `mem`. */
static void *allocate(void *opaque, uInt count, uInt size) {
  const uvws_mem_t **mem = opaque;
  if (size != 0 && count > SIZE_MAX / size) {
    return NULL;
  }
  return uvws_mem_alloc(*mem, (size_t)count * size);
}

static void release(void *opaque, void *ptr) {
  const uvws_mem_t **mem = opaque;
  uvws_mem_free(*mem, ptr);
}

static void init_stream(z_stream *stream, const uvws_mem_t **mem) {
  *stream = (z_stream){.zalloc = allocate, .zfree = release, .opaque = mem};
}

static size_t min_size(size_t a, size_t b) { return a < b ? a : b; }

/* Takes the first bytes off, as many as zlib takes at once, or `max`. */
static uvws_slice_t take_part(uvws_slice_t *input, size_t max) {
  uvws_slice_t part =
      uvws_slice(input->data, min_size(input->len, min_size(max, PART_MAX)));
  if (part.len > 0) {
    input->data += part.len;
    input->len -= part.len;
  }
  return part;
}

static void set_input(z_stream *stream, uvws_slice_t part) {
  stream->next_in = part.data;
  stream->avail_in = (uInt)part.len;
}

/* The free end of the buffer becomes zlib's output, as far as it takes it.
 * Returns its length. */
static size_t set_output(z_stream *stream, const uvws_buffer_t *out,
                         size_t max) {
  size_t room = min_size(out->cap - out->len, max);
  stream->next_out = out->data + out->len;
  stream->avail_out = (uInt)room;
  return room;
}

/* As much of a dictionary as any window holds. */
static uvws_slice_t last_of(uvws_slice_t dictionary) {
  size_t len = min_size(dictionary.len, WINDOW_MAX);
  return len == 0 ? uvws_slice(NULL, 0)
                  : uvws_slice(dictionary.data + dictionary.len - len, len);
}

/* ---- Deflating ---- */

/* zlib makes no raw streams of 256 bytes' window. One of 512 never refers back
 * further than 250 bytes (its MIN_LOOKAHEAD), so the peer may keep only 256. */
static int raw_window_bits(int window_bits) {
  return window_bits == 8 ? 9 : window_bits;
}

uvws_deflater_t *uvws_deflater_new(const uvws_mem_t *mem,
                                   const uvws_deflate_options_t *options) {
  uvws_deflater_t *deflater = uvws_mem_alloc(mem, sizeof(*deflater));
  if (deflater == NULL) {
    return NULL;
  }
  deflater->mem = mem;
  deflater->dictionary = uvws_slice(NULL, 0);
  init_stream(&deflater->stream, &deflater->mem);
  if (deflateInit2(&deflater->stream, options->level, Z_DEFLATED,
                   -raw_window_bits(options->window_bits), options->mem_level,
                   options->strategy) != Z_OK) {
    uvws_mem_free(mem, deflater);
    return NULL;
  }
  return deflater;
}

void uvws_deflater_free(uvws_deflater_t *deflater) {
  if (deflater != NULL) {
    (void)deflateEnd(&deflater->stream);
    uvws_mem_free(deflater->mem, deflater);
  }
}

static void prime(uvws_deflater_t *deflater, uvws_slice_t dictionary) {
  if (dictionary.len > 0) {
    (void)deflateSetDictionary(&deflater->stream, dictionary.data,
                               (uInt)dictionary.len);
  }
}

void uvws_deflater_set_dictionary(uvws_deflater_t *deflater,
                                  uvws_slice_t dictionary) {
  deflater->dictionary = last_of(dictionary);
  prime(deflater, deflater->dictionary);
}

void uvws_deflater_begin_behind(uvws_deflater_t *deflater,
                                uvws_slice_t history) {
  (void)deflateReset(&deflater->stream);
  prime(deflater, history);
}

void uvws_deflater_reset(uvws_deflater_t *deflater) {
  uvws_deflater_begin_behind(deflater, deflater->dictionary);
}

/* An empty stored block, which is all that there is to say of no bytes. zlib
 * would refuse to flush twice in a row. */
static uvws_status_t append_empty_block(const uvws_deflater_t *deflater,
                                        bool is_final, uvws_buffer_t *out) {
  static const uint8_t block[1 + TAIL_LEN] = {0x00, 0x00, 0x00, 0xff, 0xff};
  size_t len = is_final ? 1 : sizeof(block);
  return uvws_buffer_append(out, deflater->mem, uvws_slice(block, len),
                            SIZE_MAX);
}

/* Takes all of the part and gives all that the flush asks for. */
static uvws_status_t deflate_part(uvws_deflater_t *deflater, uvws_slice_t part,
                                  int flush, uvws_buffer_t *out) {
  z_stream *stream = &deflater->stream;
  set_input(stream, part);
  do {
    uvws_status_t status =
        uvws_buffer_reserve(out, deflater->mem, DEFLATE_ROOM_MIN, SIZE_MAX);
    if (status != UVWS_OK) {
      return status;
    }
    size_t room = set_output(stream, out, PART_MAX);
    (void)deflate(stream, flush); /* Z_BUF_ERROR: there was nothing to add */
    out->len += room - stream->avail_out;
  } while (stream->avail_out == 0);
  assert(stream->avail_in == 0);
  return UVWS_OK;
}

uvws_status_t uvws_deflater_step(uvws_deflater_t *deflater, uvws_slice_t *input,
                                 size_t max_len, bool is_final,
                                 uvws_buffer_t *out) {
  if (input->len == 0) {
    return append_empty_block(deflater, is_final, out);
  }
  size_t bound = deflateBound(&deflater->stream, (uLong)input->len);
  uvws_status_t status = uvws_buffer_reserve(
      out, deflater->mem, bound + DEFLATE_ROOM_MIN, SIZE_MAX);
  if (status == UVWS_OK) {
    uvws_slice_t part = take_part(input, max_len);
    int flush = input->len > 0 ? Z_NO_FLUSH : Z_SYNC_FLUSH;
    status = deflate_part(deflater, part, flush, out);
  }
  if (status != UVWS_OK) {
    uvws_deflater_reset(deflater);
    return status;
  }
  if (input->len > 0) {
    return UVWS_NEED_MORE;
  }
  assert(memcmp(out->data + out->len - TAIL_LEN, tail, TAIL_LEN) == 0);
  out->len -= is_final ? TAIL_LEN : 0;
  return UVWS_OK;
}

uvws_status_t uvws_deflater_run(uvws_deflater_t *deflater, uvws_slice_t input,
                                bool is_final, uvws_buffer_t *out) {
  size_t len = out->len;
  uvws_status_t status;
  do {
    status = uvws_deflater_step(deflater, &input, SIZE_MAX, is_final, out);
  } while (status == UVWS_NEED_MORE);
  if (status != UVWS_OK) {
    out->len = len;
  }
  return status;
}

/* ---- Inflating ---- */

static bool begin_stream(uvws_inflater_t *inflater) {
  init_stream(&inflater->stream, &inflater->mem);
  inflater->stream.data_type = BETWEEN_BLOCKS;
  return inflateInit2(&inflater->stream, -inflater->window_bits) == Z_OK;
}

uvws_inflater_t *uvws_inflater_new(const uvws_mem_t *mem, int window_bits) {
  if (window_bits < WINDOW_BITS_MIN || window_bits > WINDOW_BITS_MAX) {
    return NULL;
  }
  uvws_inflater_t *inflater = uvws_mem_calloc(mem, sizeof(*inflater));
  if (inflater == NULL) {
    return NULL;
  }
  inflater->mem = mem;
  inflater->window_bits = window_bits;
  if (!begin_stream(inflater)) {
    uvws_mem_free(mem, inflater);
    return NULL;
  }
  return inflater;
}

static void end_stream(uvws_inflater_t *inflater) {
  if (!inflater->is_resting) {
    (void)inflateEnd(&inflater->stream);
  }
}

void uvws_inflater_free(uvws_inflater_t *inflater) {
  if (inflater != NULL) {
    end_stream(inflater);
    uvws_buffer_deinit(&inflater->history, inflater->mem);
    uvws_mem_free(inflater->mem, inflater);
  }
}

static uvws_status_t prime_inflater(uvws_inflater_t *inflater) {
  uvws_slice_t dictionary = inflater->dictionary;
  if (dictionary.len == 0) {
    return UVWS_OK;
  }
  if (inflater->is_resting) {
    return uvws_buffer_append(&inflater->history, inflater->mem, dictionary,
                              WINDOW_MAX);
  }
  return inflateSetDictionary(&inflater->stream, dictionary.data,
                              (uInt)dictionary.len) == Z_OK
             ? UVWS_OK
             : UVWS_ERR_NO_MEMORY;
}

uvws_status_t uvws_inflater_set_dictionary(uvws_inflater_t *inflater,
                                           uvws_slice_t dictionary) {
  inflater->dictionary = last_of(dictionary);
  return prime_inflater(inflater);
}

void uvws_inflater_reset(uvws_inflater_t *inflater) {
  uvws_buffer_deinit(&inflater->history, inflater->mem);
  if (!inflater->is_resting) {
    (void)inflateReset(&inflater->stream);
    inflater->stream.data_type = BETWEEN_BLOCKS;
  }
  /* Without memory the peer's references into it will be errors. */
  (void)prime_inflater(inflater);
}

void uvws_inflater_rest(uvws_inflater_t *inflater) {
  uInt len = 0;
  z_stream *stream = &inflater->stream;
  if (inflater->is_resting || stream->data_type != BETWEEN_BLOCKS) {
    return;
  }
  (void)inflateGetDictionary(stream, NULL, &len);
  if (len > 0) {
    if (uvws_buffer_reserve(&inflater->history, inflater->mem, len, len) !=
        UVWS_OK) {
      return;
    }
    (void)inflateGetDictionary(stream, inflater->history.data, &len);
    inflater->history.len = len;
  }
  (void)inflateEnd(stream);
  inflater->is_resting = true;
}

static uvws_status_t wake(uvws_inflater_t *inflater) {
  uvws_buffer_t *history = &inflater->history;
  if (!begin_stream(inflater)) {
    return UVWS_ERR_NO_MEMORY;
  }
  if (history->len > 0 && inflateSetDictionary(&inflater->stream, history->data,
                                               (uInt)history->len) != Z_OK) {
    (void)inflateEnd(&inflater->stream);
    return UVWS_ERR_NO_MEMORY;
  }
  uvws_buffer_deinit(history, inflater->mem);
  inflater->is_resting = false;
  return UVWS_OK;
}

/* zlib tells the reason in words only. */
static uvws_status_t to_status(int code, const char *message) {
  if (code == Z_MEM_ERROR) {
    return UVWS_ERR_NO_MEMORY;
  }
  for (int status = UVWS_ERR_INFLATE_BLOCK_TYPE; status > UVWS_ERR_INFLATE;
       status--) {
    const char *known = uvws_status_info((uvws_status_t)status)->message;
    if (message != NULL && strcmp(message, known) == 0) {
      return (uvws_status_t)status;
    }
  }
  return UVWS_ERR_INFLATE;
}

/* One call of inflate into whatever room there is. */
static uvws_status_t inflate_step(uvws_inflater_t *inflater, uint64_t max_len,
                                  uvws_buffer_t *out) {
  z_stream *stream = &inflater->stream;
  size_t room = set_output(stream, out, INFLATE_ROOM_MAX);
  int code = inflate(stream, Z_SYNC_FLUSH);
  out->len += room - stream->avail_out;
  if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR) {
    return to_status(code, stream->msg);
  }
  return out->len > max_len ? UVWS_ERR_UNSUPPORTED_MESSAGE_LENGTH : UVWS_OK;
}

/* How long the output may become: until it is an error, and until the rest of
 * the input has to wait. */
typedef struct limits {
  uint64_t max_len;
  size_t pause_len;
} limits_t;

/* Room left over is the sign that nothing more comes of the part. */
static uvws_status_t inflate_part(uvws_inflater_t *inflater, uvws_slice_t part,
                                  limits_t limits, uvws_buffer_t *out) {
  z_stream *stream = &inflater->stream;
  uint64_t max_len = limits.max_len;
  size_t ceiling = max_len < SIZE_MAX ? (size_t)max_len + 1 : SIZE_MAX;
  size_t guess = part.len * INFLATE_GUESS + INFLATE_ROOM_MIN;
  set_input(stream, part);
  guess = min_size(guess, ceiling - out->len);
  do {
    if (out->len >= limits.pause_len && stream->avail_in > 0) {
      return UVWS_NEED_MORE;
    }
    uvws_status_t status =
        uvws_buffer_reserve(out, inflater->mem, guess, ceiling);
    if (status == UVWS_OK) {
      status = inflate_step(inflater, max_len, out);
    }
    if (status != UVWS_OK) {
      return status;
    }
    guess = 1; /* the buffer doubles */
  } while (stream->avail_out == 0);
  return UVWS_OK;
}

/* *has_ended: there were bytes behind the end of the stream. */
static uvws_status_t inflate_all(uvws_inflater_t *inflater, uvws_slice_t *input,
                                 limits_t limits, uvws_buffer_t *out,
                                 bool *has_ended) {
  uvws_status_t status = UVWS_OK;
  while (status == UVWS_OK && input->len > 0 && !*has_ended) {
    uvws_slice_t part = take_part(input, PART_MAX);
    status = inflate_part(inflater, part, limits, out);
    size_t rest = inflater->stream.avail_in;
    if (status == UVWS_NEED_MORE) {
      *input = uvws_slice(part.data + part.len - rest, rest + input->len);
    }
    *has_ended = rest > 0;
  }
  return status;
}

uvws_status_t uvws_inflater_begin(uvws_inflater_t *inflater,
                                  uvws_slice_t *input, bool is_final,
                                  uint64_t max_len, size_t pause_len,
                                  uvws_buffer_t *out) {
  bool has_ended = false;
  limits_t limits = {max_len > 0 ? max_len : UINT64_MAX, pause_len};
  uvws_status_t status = inflater->is_resting ? wake(inflater) : UVWS_OK;
  if (status == UVWS_OK) {
    status = inflate_all(inflater, input, limits, out, &has_ended);
  }
  if (status == UVWS_OK && is_final && !has_ended) {
    uvws_slice_t end = uvws_slice(tail, TAIL_LEN);
    limits.pause_len = SIZE_MAX;
    status = inflate_all(inflater, &end, limits, out, &has_ended);
  }
  if (status == UVWS_OK && has_ended) {
    uvws_inflater_reset(inflater);
  }
  return status;
}

uvws_status_t uvws_inflater_run(uvws_inflater_t *inflater, uvws_slice_t input,
                                bool is_final, uint64_t max_len,
                                uvws_buffer_t *out) {
  return uvws_inflater_begin(inflater, &input, is_final, max_len, SIZE_MAX,
                             out);
}
