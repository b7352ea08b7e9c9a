#include "payload.h"

#include <stdio.h>
#include <string.h>

#include "fail.h"

#define JSON_MIN 64
#define RECORD_MAX 256
#define JSON_HEAD "{\"items\":["
#define JSON_NOTE "],\"note\":\""
#define JSON_TAIL "\"}"

static const char *const words[] = {
    "about", "again", "answer", "apple",  "before",  "begin", "below",
    "boat",  "bring", "build",  "call",   "carry",   "city",  "close",
    "cloud", "cold",  "common", "day",    "deep",    "door",  "draw",
    "earth", "east",  "enough", "every",  "eye",     "fall",  "field",
    "find",  "fire",  "follow", "garden", "general", "gold",  "good",
    "grow",  "half",  "hand",   "hear",   "hold",    "house", "inch",
    "iron",  "join",  "judge",  "just",   "keep",    "key",   "king",
    "land",  "learn", "letter", "light",  "map",     "mark",  "measure",
    "moon",  "north", "number", "ocean",  "open",    "over",  "paper",
    "plain", "press", "queen",  "quiet",  "rain",    "river", "road",
    "round", "sea",   "season", "shape",  "ship",    "snow",  "stone",
    "table", "train", "travel", "under",  "unit",    "voice", "wait",
    "warm",  "water", "west",   "wheel",  "wind",    "wonder"};

uint32_t random_next(uint64_t *state) {
  /* xorshift64* */
  *state ^= *state >> 12;
  *state ^= *state << 25;
  *state ^= *state >> 27;

  return (uint32_t)((*state * 0x2545f4914f6cdd1dULL) >> 32);
}

static const char *random_word(uint64_t *random) {
  return words[random_next(random) % (sizeof words / sizeof words[0])];
}

/* Writes one character of at most `room` bytes and gives its length. */
static size_t put_character(uint8_t *at, size_t room, uint64_t *random) {
  static const char characters[4][5] = {"a", "\xc3\xa9", "\xe6\x97\xa5",
                                        "\xf0\x9f\x8c\x8d"};
  size_t len = 1 + random_next(random) % 4;

  if (len > room) {
    len = 1;
  }
  memcpy(at, characters[len - 1], len);

  return len;
}

static size_t make_record(char record[RECORD_MAX], uint64_t *random) {
  int len = snprintf(
      record, RECORD_MAX,
      "{\"type\":\"message\",\"id\":\"%08x\",\"from\":{\"id\":%u,\"name\":\"%"
      "s\"},"
      "\"room\":\"%s\",\"sentAt\":\"2026-11-21T14:%02u:%02u.%03uZ\","
      "\"text\":\"%s %s %s %s\",\"reactions\":[],\"isEdited\":%s},",
      (unsigned)random_next(random), (unsigned)random_next(random) % 5000,
      random_word(random), random_word(random),
      (unsigned)random_next(random) % 60, (unsigned)random_next(random) % 60,
      (unsigned)random_next(random) % 1000, random_word(random),
      random_word(random), random_word(random), random_word(random),
      random_next(random) % 8 == 0 ? "true" : "false");

  return (size_t)len;
}

static void put_text(uint8_t *payload, size_t *at, const char *text) {
  memcpy(payload + *at, text, strlen(text));
  *at += strlen(text);
}

/* Records as long as they fit, then words up to the very size. */
static void fill_json(uint8_t *payload, size_t size, uint64_t *random) {
  size_t end = size - strlen(JSON_NOTE JSON_TAIL);
  char record[RECORD_MAX];
  size_t at = 0;

  if (size < JSON_MIN) {
    fail("a JSON message has at least %d bytes", JSON_MIN);
  }

  put_text(payload, &at, JSON_HEAD);
  for (size_t len; at + (len = make_record(record, random)) <= end; at += len) {
    memcpy(payload + at, record, len);
  }
  if (payload[at - 1] == ',') {
    at--;
  }

  put_text(payload, &at, JSON_NOTE);
  for (end = size - strlen(JSON_TAIL); at < end;) {
    int room = (int)(end - at);

    at += (size_t)snprintf(record, sizeof record, "%.*s ", room - 1,
                           random_word(random));
    memcpy(payload + at - strlen(record), record, strlen(record));
  }
  put_text(payload, &at, JSON_TAIL);
}

void payload_fill(uint8_t *payload, size_t size, payload_type_t type,
                  uint64_t *random) {
  size_t at = 0;

  if (type == PAYLOAD_JSON) {
    fill_json(payload, size, random);
    return;
  }

  while (at < size) {
    switch (type) {
    case PAYLOAD_BINARY:
      payload[at++] = (uint8_t)random_next(random);
      break;
    case PAYLOAD_UTF8:
      at += put_character(payload + at, size - at, random);
      break;
    default:
      payload[at++] = (uint8_t)(' ' + random_next(random) % 95);
    }
  }
}
