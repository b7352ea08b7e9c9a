/* Runs vectors/<*>.txt (format: vectors/README.md) through the receiver: whole,
 * byte by byte, at each two-way split and through the room. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/receiver.h"
#include "feeding.h"
#include "support.h"

#define LINE_MAX_LEN 1024
#define VECTORS_MAX 400
/* Of longer inputs only some splits are run. */
#define SPLIT_EVERYWHERE_MAX 512

static const char *const files[] = {"messages", "fragments",  "headers",
                                    "control",  "close",      "limits",
                                    "utf8",     "compression"};

typedef struct vector {
  char name[160];
  uvws_receiver_options_t options;
  bool is_compressing;
  bool takes_over;
  uvws_buffer_t input;
  event_log_t expected;
} vector_t;

static vector_t vectors[VECTORS_MAX];
static struct CMUnitTest tests[VECTORS_MAX];
static size_t vector_count;

static unsigned hex_digit(char c) {
  assert_true(isxdigit((unsigned char)c));
  return (unsigned)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
}

static void append(uvws_buffer_t *out, const void *data, size_t len) {
  uvws_status_t status = uvws_buffer_append(out, uvws_mem_default(),
                                            uvws_slice(data, len), SIZE_MAX);
  assert_int_equal(status, UVWS_OK);
}

/* "6162", "-" or "<count>x<hex>". */
static void append_word(uvws_buffer_t *out, const char *word) {
  uint8_t unit[LINE_MAX_LEN];
  size_t len = 0;
  unsigned long count = 1;
  const char *repeat = strchr(word, 'x');
  if (strcmp(word, "-") == 0) {
    return;
  }
  if (repeat != NULL) {
    count = strtoul(word, NULL, 10);
    word = repeat + 1;
  }
  for (; *word != '\0'; word += 2) {
    unit[len++] = (uint8_t)(hex_digit(word[0]) << 4 | hex_digit(word[1]));
  }
  for (unsigned long i = 0; i < count; i++) {
    append(out, unit, len);
  }
}

static void append_words(uvws_buffer_t *out, char *words) {
  for (char *word = strtok(words, " "); word; word = strtok(NULL, " ")) {
    append_word(out, word);
  }
}

static void parse_event(event_log_t *log, char *event) {
  uvws_buffer_t bytes = uvws_buffer_empty();
  char *rest = strchr(event, ' ');
  assert_non_null(rest);
  *rest++ = '\0';
  if (strcmp(event, "error") == 0) {
    event_log_text(log, "error ");
    event_log_text(log, rest);
    event_log_text(log, "\n");
  } else if (strcmp(event, "close") == 0) {
    unsigned long code = strtoul(rest, &rest, 10);
    append_words(&bytes, rest);
    event_log_close(log, (unsigned)code, uvws_slice(bytes.data, bytes.len));
  } else {
    append_words(&bytes, rest);
    event_log_bytes(log, event, uvws_slice(bytes.data, bytes.len));
  }
  uvws_buffer_deinit(&bytes, uvws_mem_default());
}

static void begin_vector(const char *file, const char *name) {
  assert_true(vector_count < VECTORS_MAX);
  vector_t *vector = &vectors[vector_count++];
  snprintf(vector->name, sizeof(vector->name), "%s: %s", file, name);
  vector->options.is_valid_utf8 = uvws_utf8_is_valid;
  vector->options.is_server = true;
}

static void parse_line(const char *file, char *line) {
  char *value = strstr(line, ": ");
  assert_non_null(value);
  *value = '\0';
  value += 2;
  if (strcmp(line, "case") == 0) {
    begin_vector(file, value);
    return;
  }
  assert_true(vector_count > 0);
  vector_t *vector = &vectors[vector_count - 1];
  if (strcmp(line, "in") == 0) {
    append_words(&vector->input, value);
  } else if (strcmp(line, "out") == 0) {
    parse_event(&vector->expected, value);
  } else if (strcmp(line, "max_payload") == 0) {
    vector->options.max_payload = strtoull(value, NULL, 10);
  } else if (strcmp(line, "max_fragments") == 0) {
    vector->options.max_fragments = (uint32_t)strtoul(value, NULL, 10);
  } else if (strcmp(line, "role") == 0) {
    vector->options.is_server = strcmp(value, "client") != 0;
  } else if (strcmp(line, "deflate") == 0) {
    vector->is_compressing = true;
    vector->takes_over = strcmp(value, "takeover") == 0;
  } else if (strcmp(line, "utf8") == 0) {
    vector->options.is_valid_utf8 = NULL;
  } else {
    fail_msg("unknown key \"%s\" in %s.txt", line, file);
  }
}

static void parse_file(const char *name) {
  char path[64];
  char line[LINE_MAX_LEN];
  snprintf(path, sizeof(path), "vectors/%s.txt", name);
  FILE *file = fopen(path, "r");
  assert_non_null(file);
  while (fgets(line, sizeof(line), file) != NULL) {
    line[strcspn(line, "\n")] = '\0';
    if (line[0] != '\0' && line[0] != '#') {
      parse_line(name, line);
    }
  }
  fclose(file);
}

/* Feeds the first `split` bytes at once, then the rest in pieces. */
static void check_feeding(const vector_t *vector, size_t split,
                          size_t piece_len, bool by_room) {
  support_mem_t counter;
  support_mem_init(&counter, 0);
  uvws_receiver_options_t options = vector->options;
  uvws_compression_t compression;
  uvws_compression_options_t agreed = {
      .inflate_window_bits = 15, .inflate_takes_over = vector->takes_over};
  uvws_compression_init(&compression, &counter.mem, &agreed);
  options.mem = &counter.mem;
  options.compression = vector->is_compressing ? &compression : NULL;
  event_log_t log = {NULL, 0, 0};
  uvws_receiver_t receiver;
  uvws_receiver_init(&receiver, &options, &event_log_callbacks, &log);
  const uint8_t *data = vector->input.data;
  uvws_slice_t rest = {data, vector->input.len};
  if (split > 0) {
    feed_in_pieces(&receiver, &log, uvws_slice(data, split), split, false);
    rest = uvws_slice(data + split, rest.len - split);
  }
  feed_in_pieces(&receiver, &log, rest, piece_len, by_room);
  uvws_receiver_deinit(&receiver);
  uvws_compression_deinit(&compression);
  assert_int_equal(counter.live, 0);
  if (!event_log_is_equal(&log, &vector->expected)) {
    fail_msg("split %zu, pieces of %zu%s:\n%.*s", split, piece_len,
             by_room ? ", by room" : "", (int)(log.len < 999 ? log.len : 999),
             log.text == NULL ? "" : log.text);
  }
  event_log_deinit(&log);
}

static void check_splits(const vector_t *vector) {
  size_t len = vector->input.len;
  for (size_t split = 1; split < len; split++) {
    check_feeding(vector, split, len, false);
    if (len > SPLIT_EVERYWHERE_MAX && split >= 20 && split + 5000 < len) {
      split += 4093; /* a prime: not in step with any size in the receiver */
    } else if (len > SPLIT_EVERYWHERE_MAX && split >= 20 && split + 20 < len) {
      split += 397;
    }
  }
}

static void gives_the_expected_events(void **state) {
  const vector_t *vector = *state;
  size_t len = vector->input.len;
  check_feeding(vector, 0, len, false);
  check_feeding(vector, 0, 1, false);
  check_feeding(vector, 0, 1, true);
  check_feeding(vector, 0, 1000, true);
  check_feeding(vector, 0, 70000, true);
  check_splits(vector);
}

static void free_vectors(void) {
  for (size_t i = 0; i < vector_count; i++) {
    uvws_buffer_deinit(&vectors[i].input, uvws_mem_default());
    event_log_deinit(&vectors[i].expected);
  }
}

int main(void) {
  for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
    parse_file(files[i]);
  }
  for (size_t i = 0; i < vector_count; i++) {
    tests[i] = (struct CMUnitTest){.name = vectors[i].name,
                                   .test_func = gives_the_expected_events,
                                   .initial_state = &vectors[i]};
  }
  int failed =
      _cmocka_run_group_tests("vectors", tests, vector_count, NULL, NULL);
  free_vectors();
  return failed;
}
