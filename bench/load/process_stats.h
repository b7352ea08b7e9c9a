#ifndef BENCH_PROCESS_STATS_H
#define BENCH_PROCESS_STATS_H

#include <stdint.h>
#include <sys/types.h>

/* What the system knows of another process. All functions fail() when the
   process is gone: a server that died gives no figure. */

/* User and system time of all threads, ended ones included, in nanoseconds. It
   is the scheduler's own sum (exact at the call), not the sampled ticks. */
uint64_t process_cpu_ns(pid_t pid);

/* User and system time in clock ticks; only good for their proportion. */
void process_ticks(pid_t pid, uint64_t *user, uint64_t *system);

/* How long the main thread stood ready without a core, in nanoseconds: what
   other processes took from it. */
uint64_t process_wait_ns(pid_t pid);

/* Resident bytes: all, and the anonymous part (heap and stacks). */
uint64_t process_rss(pid_t pid);
uint64_t process_rss_anonymous(pid_t pid);

#endif
