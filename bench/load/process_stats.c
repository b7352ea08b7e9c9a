#include "process_stats.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "fail.h"

static void read_proc(pid_t pid, const char *name, char *text, size_t cap) {
  char path[64];
  FILE *file;
  size_t len;

  snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
  file = fopen(path, "re");
  if (file == NULL) {
    fail_errno(path);
  }

  len = fread(text, 1, cap - 1, file);
  text[len] = '\0';
  fclose(file);
}

uint64_t process_cpu_ns(pid_t pid) {
  clockid_t clock;
  struct timespec ts;

  if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &ts) != 0) {
    fail("no CPU clock for process %d", (int)pid);
  }

  return (uint64_t)ts.tv_sec * NS_PER_SECOND + (uint64_t)ts.tv_nsec;
}

void process_ticks(pid_t pid, uint64_t *user, uint64_t *system) {
  char text[1024];
  const char *after_name;

  read_proc(pid, "stat", text, sizeof text);

  /* the name may hold spaces and brackets; state is the 3rd field, utime the
     14th and stime the 15th (proc(5)) */
  after_name = strrchr(text, ')');
  if (after_name == NULL ||
      sscanf(after_name + 1,
             " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %" SCNu64
             " %" SCNu64,
             user, system) != 2) {
    fail("cannot read the times of process %d", (int)pid);
  }
}

uint64_t process_wait_ns(pid_t pid) {
  char text[128];
  uint64_t wait;

  read_proc(pid, "schedstat", text, sizeof text);
  if (sscanf(text, "%*u %" SCNu64, &wait) != 1) {
    fail("cannot read how long process %d waited", (int)pid);
  }

  return wait;
}

static uint64_t status_field(pid_t pid, const char *field) {
  char text[4096];
  const char *at;

  read_proc(pid, "status", text, sizeof text);
  at = strstr(text, field);
  if (at == NULL) {
    fail("no %s for process %d", field, (int)pid);
  }

  return strtoull(at + strlen(field), NULL, 10) * 1024;
}

uint64_t process_rss(pid_t pid) { return status_field(pid, "VmRSS:"); }

uint64_t process_rss_anonymous(pid_t pid) {
  return status_field(pid, "RssAnon:");
}
