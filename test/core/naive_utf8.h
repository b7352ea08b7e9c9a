/* A UTF-8 decoder written for its plainness, against which core's is held by
 * the unit test and the fuzz target. */
#ifndef UVWS_TEST_CORE_NAIVE_UTF8_H
#define UVWS_TEST_CORE_NAIVE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Any shape of lead and continuation bytes makes a number,
 * which is then judged; *at moves behind it. */
static inline bool naive_step(const uint8_t *data, size_t len, size_t *at) {
  static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
  uint8_t lead = data[*at];
  size_t more = lead < 0x80           ? 0
                : (lead >> 5) == 0x6  ? 1
                : (lead >> 4) == 0xe  ? 2
                : (lead >> 3) == 0x1e ? 3
                                      : SIZE_MAX;
  if (more == SIZE_MAX || len - *at <= more) {
    return false;
  }
  uint32_t point = more == 0 ? lead : lead & (0x3fU >> more);
  for (size_t i = 1; i <= more; i++) {
    if ((data[*at + i] >> 6) != 2) {
      return false;
    }
    point = (point << 6) | (data[*at + i] & 0x3f);
  }
  *at += more + 1;
  return point >= least[more] && point <= 0x10ffff &&
         (point < 0xd800 || point > 0xdfff);
}

static inline bool naive_is_valid(const uint8_t *data, size_t len) {
  size_t at = 0;
  while (at < len) {
    if (!naive_step(data, len, &at)) {
      return false;
    }
  }
  return true;
}

#endif
