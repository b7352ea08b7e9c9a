#include "meter.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "fail.h"
#include "process_stats.h"

static void take_reading(const meter_t *meter, meter_reading_t *reading) {
  pid_t pid = meter->options->pid;

  process_ticks(pid, &reading->server_user_ticks,
                &reading->server_system_ticks);
  reading->server_rss = process_rss(pid);
  reading->server_wait_ns = process_wait_ns(pid);
  reading->load_cpu_ns = process_cpu_ns(getpid());
  reading->server_cpu_ns = process_cpu_ns(pid);
  reading->at_ns = now_ns();
}

void meter_begin(meter_t *meter, const options_t *options) {
  memset(meter, 0, sizeof *meter);
  meter->options = options;
  meter->start_ns =
      now_ns() + (uint64_t)(options->warmup * (double)NS_PER_SECOND);
}

bool meter_is_running(meter_t *meter) {
  uint64_t now = now_ns();

  if (meter->is_measuring) {
    if (now < meter->stop_ns) {
      return true;
    }
    meter->is_measuring = false;
    take_reading(meter, &meter->after);
    return false;
  }

  if (now >= meter->start_ns) {
    take_reading(meter, &meter->before);
    meter->is_measuring = true;
    meter->stop_ns = meter->before.at_ns + (uint64_t)(meter->options->seconds *
                                                      (double)NS_PER_SECOND);
  }

  return true;
}

static double microseconds(const meter_t *meter, double fraction) {
  return (double)histogram_quantile(&meter->latency, fraction) / 1e3;
}

static double system_share(const meter_t *meter) {
  double user = (double)(meter->after.server_user_ticks -
                         meter->before.server_user_ticks);
  double system = (double)(meter->after.server_system_ticks -
                           meter->before.server_system_ticks);

  return user + system > 0 ? system / (user + system) : 0;
}

void meter_print(const meter_t *meter) {
  double span = (double)(meter->after.at_ns - meter->before.at_ns);
  double server =
      (double)(meter->after.server_cpu_ns - meter->before.server_cpu_ns);
  double wait =
      (double)(meter->after.server_wait_ns - meter->before.server_wait_ns);
  double load = (double)(meter->after.load_cpu_ns - meter->before.load_cpu_ns);
  double messages = (double)meter->messages;

  if (meter->messages == 0) {
    fail("not one message within the measured time");
  }

  printf("{\"scenario\":\"%s\",\"messages\":%" PRIu64 ",\"seconds\":%.4f,"
         "\"perSecond\":%.1f,\"cpu\":%.4f,\"systemShare\":%.3f,"
         "\"serverBusy\":%.3f,\"serverWait\":%.3f,\"loadBusy\":%.3f,"
         "\"loadCpu\":%.4f,"
         "\"rssBefore\":%" PRIu64 ",\"rssAfter\":%" PRIu64 ","
         "\"latency\":{\"p50\":%.1f,\"p90\":%.1f,\"p99\":%.1f,\"max\":%.1f}}\n",
         meter->options->scenario, meter->messages, span / 1e9,
         messages / span * 1e9, server / messages / 1e3, system_share(meter),
         server / span, wait / span, load / span, load / messages / 1e3,
         meter->before.server_rss, meter->after.server_rss,
         microseconds(meter, 0.5), microseconds(meter, 0.9),
         microseconds(meter, 0.99), (double)meter->latency.max / 1e3);
}
