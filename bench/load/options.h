#ifndef BENCH_OPTIONS_H
#define BENCH_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The command line: `load SCENARIO --port P --pid PID [--name value ...]`. */

typedef enum {
  PAYLOAD_BINARY,
  PAYLOAD_TEXT,
  PAYLOAD_UTF8,
  PAYLOAD_JSON
} payload_type_t;

typedef struct {
  const char *scenario;
  uint16_t port;
  pid_t pid;          /* the server */
  size_t size;        /* payload bytes of a message */
  size_t connections; /* that take part */
  size_t idle;        /* further ones that are opened and held (echo) */
  size_t base;        /* opened before the first memory reading (idle) */
  size_t depth;       /* messages in flight: per connection, or of fanout */
  size_t sources;     /* loopback source addresses, used in turn */
  payload_type_t type;
  double warmup;  /* seconds */
  double seconds; /* measured */
  double settle;  /* seconds before a memory reading (idle) */
  uint64_t rate;  /* messages a second in total; 0: as fast as replied */
  bool is_tls;
  bool is_deflated; /* permessage-deflate; both sides must compress */
  bool collect;     /* SIGUSR2 asks the server for a GC (idle) */
} options_t;

/* Fills every field, with defaults where the command line is silent. Prints
   the usage and exits on a mistake. */
void options_parse(options_t *options, int argc, char **argv);

#endif
