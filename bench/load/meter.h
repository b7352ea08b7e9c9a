#ifndef BENCH_METER_H
#define BENCH_METER_H

#include <stdbool.h>
#include <stdint.h>

#include "histogram.h"
#include "options.h"

/* What is measured: a warm-up, in which nothing counts, then a span at whose
   two ends the server's counters are read. */

typedef struct {
  uint64_t at_ns;
  uint64_t server_cpu_ns;
  uint64_t server_wait_ns;
  uint64_t load_cpu_ns;
  uint64_t server_user_ticks;
  uint64_t server_system_ticks;
  uint64_t server_rss;
} meter_reading_t;

typedef struct {
  const options_t *options;
  uint64_t start_ns;
  uint64_t stop_ns;
  bool is_measuring;
  uint64_t messages;
  meter_reading_t before;
  meter_reading_t after;
  histogram_t latency;
} meter_t;

/* The warm-up begins now. */
void meter_begin(meter_t *meter, const options_t *options);

/* To be asked once per round of the event loop; false when the time is up. */
bool meter_is_running(meter_t *meter);

/* Counts messages (or copies, or handshakes); ignored while warming up. */
static inline void meter_count(meter_t *meter, uint64_t messages) {
  if (meter->is_measuring) {
    meter->messages += messages;
  }
}

static inline void meter_latency(meter_t *meter, uint64_t ns) {
  if (meter->is_measuring) {
    histogram_record(&meter->latency, ns);
  }
}

/* Prints the result as one line of JSON. */
void meter_print(const meter_t *meter);

#endif
