#include "scenarios.h"

#include <sys/epoll.h>

#include "channel.h"
#include "clock.h"
#include "fail.h"
#include "meter.h"
#include "network.h"
#include "pool.h"

#define EVENTS_MAX 256
#define STALL_MS 10000

typedef struct {
  channel_t channel;
  uint64_t received;
} receiver_t;

/* A message in flight. Slots are taken in turn: every receiver gets the
   messages in order, so at most `depth` consecutive ones are under way. */
typedef struct {
  uint64_t sent_ns;
  size_t copies;
} flight_t;

typedef struct {
  const options_t *options;
  int epoll;
  receiver_t *receivers; /* the first one is the sender too */
  flight_t *flights;
  uint64_t sent;
  uint64_t complete;
  bool is_draining;
  meter_t meter;
} fanout_t;

static void send_messages(fanout_t *fanout, size_t count) {
  uint64_t now = now_ns();

  for (size_t i = 0; i < count; i++) {
    flight_t *flight =
        &fanout->flights[fanout->sent++ % fanout->options->depth];

    flight->sent_ns = now;
    flight->copies = 0;
  }

  channel_send(&fanout->receivers[0].channel, count);
}

/* Accounts for one receiver's copies; gives how many messages they completed.
 */
static size_t take_copies(fanout_t *fanout, receiver_t *receiver,
                          size_t copies) {
  uint64_t now = now_ns();
  size_t completed = 0;

  if (receiver->received + copies > fanout->sent) {
    fail("more copies than messages");
  }

  for (size_t i = 0; i < copies; i++) {
    flight_t *flight =
        &fanout->flights[receiver->received++ % fanout->options->depth];

    meter_latency(&fanout->meter, now - flight->sent_ns);
    flight->copies++;
    if (flight->copies == fanout->options->connections) {
      completed++;
    }
  }
  meter_count(&fanout->meter, copies);

  return completed;
}

static void on_readable(fanout_t *fanout, receiver_t *receiver) {
  size_t copies = channel_receive(&receiver->channel);
  size_t completed = take_copies(fanout, receiver, copies);

  fanout->complete += completed;
  if (completed > 0 && !fanout->is_draining) {
    send_messages(fanout, completed);
  }
}

static void poll_once(fanout_t *fanout) {
  struct epoll_event events[EVENTS_MAX];
  int ready = epoll_wait(fanout->epoll, events, EVENTS_MAX, STALL_MS);

  if (ready <= 0) {
    fail("no copy for %d s", STALL_MS / 1000);
  }

  for (int i = 0; i < ready; i++) {
    receiver_t *receiver = &fanout->receivers[events[i].data.u64];

    if (events[i].events & EPOLLOUT) {
      channel_resume(&receiver->channel);
    }
    if (events[i].events & ~(uint32_t)EPOLLOUT) {
      on_readable(fanout, receiver);
    }
  }
}

static void open_receivers(fanout_t *fanout, const script_t *script) {
  size_t count = fanout->options->connections;
  wire_t *wires = must_calloc(count, sizeof *wires);

  pool_open(fanout->options, 0, count, wires);
  fanout->receivers = must_calloc(count, sizeof *fanout->receivers);
  for (size_t i = 0; i < count; i++) {
    channel_init(&fanout->receivers[i].channel, script, wires[i], fanout->epoll,
                 i, 0);
  }
}

void scenario_fanout(const options_t *options) {
  static fanout_t fanout;
  script_t script;

  network_reserve(options->connections);
  script_init(&script, options);
  fanout.options = options;
  fanout.epoll = network_epoll();
  fanout.flights = must_calloc(options->depth, sizeof *fanout.flights);
  open_receivers(&fanout, &script);

  meter_begin(&fanout.meter, options);
  send_messages(&fanout, options->depth);
  while (meter_is_running(&fanout.meter)) {
    poll_once(&fanout);
  }

  fanout.is_draining = true;
  while (fanout.complete < fanout.sent) {
    poll_once(&fanout);
  }
  meter_print(&fanout.meter);
}
