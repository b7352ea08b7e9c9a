#ifndef BENCH_HISTOGRAM_H
#define BENCH_HISTOGRAM_H

#include <stdint.h>

/* Counts of nanosecond values in buckets that are linear within each power of
   two: 64 to the octave, so a quantile is at most 1.6 % too high. */

#define HISTOGRAM_SUB_BITS 6
#define HISTOGRAM_BUCKETS ((64 - HISTOGRAM_SUB_BITS + 1) << HISTOGRAM_SUB_BITS)

typedef struct {
  uint64_t total;
  uint64_t max;
  uint64_t buckets[HISTOGRAM_BUCKETS];
} histogram_t;

void histogram_record(histogram_t *histogram, uint64_t value);

/* The value below or at which `fraction` (0..1) of the records lie; 0 if there
   are none. Never above the maximum, which is exact. */
uint64_t histogram_quantile(const histogram_t *histogram, double fraction);

#endif
