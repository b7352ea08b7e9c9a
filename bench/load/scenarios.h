#ifndef BENCH_SCENARIOS_H
#define BENCH_SCENARIOS_H

#include "options.h"

/* Each runs a whole scenario against the server and prints its result. */

/* Connections send messages and get each back; `depth` in flight on each, or,
   with a rate, a fixed number a second over all of them. */
void scenario_echo(const options_t *options);

/* One connection sends; the server sends each message to all connections,
   the sender included. `depth` messages in flight; copies are counted. */
void scenario_fanout(const options_t *options);

/* Connect, upgrade, closing handshake, end of the TCP connection; over again,
   with `connections` at a time. */
void scenario_handshake(const options_t *options);

/* Memory that a silent connection takes. */
void scenario_idle(const options_t *options);

#endif
