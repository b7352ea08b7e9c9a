#include "scenarios.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "fail.h"
#include "network.h"
#include "pool.h"
#include "process_stats.h"

typedef struct {
  uint64_t rss;
  uint64_t anonymous;
} memory_t;

static memory_t read_memory(const options_t *options) {
  memory_t memory;

  /* twice: what the first collection finalises, the second one frees */
  for (int i = 0; i < 2; i++) {
    if (options->collect && kill(options->pid, SIGUSR2) != 0) {
      fail_errno("asking for a collection");
    }
    usleep((useconds_t)(options->settle * 1e6 / 2));
  }

  memory.rss = process_rss(options->pid);
  memory.anonymous = process_rss_anonymous(options->pid);

  return memory;
}

/* CPU that the silent connections cost, as a share of one core. */
static double idle_busy(const options_t *options) {
  uint64_t before = process_cpu_ns(options->pid);

  usleep((useconds_t)(options->seconds * 1e6));

  return (double)(process_cpu_ns(options->pid) - before) /
         (options->seconds * 1e9);
}

/* The figure is a slope: what the connections after the first `base` added.
   The first ones also pay for pools, code and heap that are there only once. */
void scenario_idle(const options_t *options) {
  size_t total = options->connections;
  size_t base = options->base;
  wire_t *wires = must_calloc(total, sizeof *wires);
  memory_t before;
  memory_t after;

  if (base >= total) {
    fail("--base must be less than --connections");
  }

  network_reserve(total);
  pool_open(options, 0, base, wires);
  before = read_memory(options);
  pool_open(options, base, total - base, wires + base);
  after = read_memory(options);

  printf("{\"scenario\":\"idle\",\"connections\":%zu,\"base\":%zu,"
         "\"bytesPerConnection\":%.1f,\"rssBefore\":%" PRIu64
         ",\"rssAfter\":%" PRIu64 ",\"serverBusy\":%.4f}\n",
         total, base,
         (double)((int64_t)after.anonymous - (int64_t)before.anonymous) /
             (double)(total - base),
         before.rss, after.rss, idle_busy(options));
}
