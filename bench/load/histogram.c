#include "histogram.h"

#include <stddef.h>

static size_t bucket_of(uint64_t value) {
  unsigned shift;

  if (value < (1U << HISTOGRAM_SUB_BITS)) {
    return (size_t)value;
  }

  shift = 63U - (unsigned)__builtin_clzll(value) - HISTOGRAM_SUB_BITS;

  /* value >> shift lies in 64..127: its leading bit steps to the next octave */
  return ((size_t)shift << HISTOGRAM_SUB_BITS) + (size_t)(value >> shift);
}

static uint64_t highest_of(size_t bucket) {
  unsigned shift;
  uint64_t lead;

  if (bucket < (2U << HISTOGRAM_SUB_BITS)) {
    return bucket;
  }

  shift = (unsigned)(bucket >> HISTOGRAM_SUB_BITS) - 1;
  lead = bucket - ((uint64_t)shift << HISTOGRAM_SUB_BITS);

  return ((lead + 1) << shift) - 1;
}

void histogram_record(histogram_t *histogram, uint64_t value) {
  histogram->buckets[bucket_of(value)]++;
  histogram->total++;
  if (value > histogram->max) {
    histogram->max = value;
  }
}

uint64_t histogram_quantile(const histogram_t *histogram, double fraction) {
  uint64_t wanted = (uint64_t)(fraction * (double)histogram->total + 0.5);
  uint64_t seen = 0;

  if (wanted == 0) {
    wanted = 1;
  }

  for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
    seen += histogram->buckets[i];
    if (seen >= wanted) {
      uint64_t value = highest_of(i);

      return value < histogram->max ? value : histogram->max;
    }
  }

  return histogram->max;
}
