#include "scenarios.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "channel.h"
#include "clock.h"
#include "fail.h"
#include "meter.h"
#include "network.h"
#include "pool.h"

#define EVENTS_MAX 256
#define STALL_MS 10000
#define PACE_ID UINT64_MAX
#define PACE_MIN_NS 50000ULL
#define PACED_IN_FLIGHT_MAX 4096

typedef struct {
  channel_t channel;
  uint64_t *sent_ns; /* ring of the messages in flight */
  size_t oldest;
  size_t newest;
} client_t;

typedef struct {
  const options_t *options;
  int epoll;
  int timer;
  client_t *clients;
  size_t ring; /* size of each client's ring, a power of two */
  size_t in_flight;
  bool is_draining;
  uint64_t pace_start_ns;
  uint64_t paced; /* messages sent by the clock so far */
  meter_t meter;
} echo_t;

static void send_messages(echo_t *echo, client_t *client, size_t count,
                          uint64_t sent_ns) {
  for (size_t i = 0; i < count; i++) {
    client->sent_ns[client->newest++ & (echo->ring - 1)] = sent_ns;
  }
  if (client->newest - client->oldest > echo->ring) {
    fail("the server cannot keep up with this rate");
  }

  echo->in_flight += count;
  channel_send(&client->channel, count);
}

static void on_readable(echo_t *echo, client_t *client) {
  size_t replies = channel_receive(&client->channel);
  uint64_t now;

  if (replies == 0) {
    return;
  }
  if (replies > client->newest - client->oldest) {
    fail("more replies than messages");
  }

  now = now_ns();
  for (size_t i = 0; i < replies; i++) {
    size_t slot = client->oldest++ & (echo->ring - 1);

    meter_latency(&echo->meter, now - client->sent_ns[slot]);
  }

  meter_count(&echo->meter, replies);
  echo->in_flight -= replies;
  if (!echo->is_draining && echo->options->rate == 0) {
    send_messages(echo, client, replies, now);
  }
}

/* Sends what is due by the clock. A message's latency counts from when it was
   due, so a stall of the server is charged to all it delayed. */
static void on_pace(echo_t *echo) {
  uint64_t ticks;
  uint64_t elapsed = now_ns() - echo->pace_start_ns;
  uint64_t rate = echo->options->rate;
  uint64_t due = (uint64_t)((double)elapsed / NS_PER_SECOND * (double)rate);

  if (read(echo->timer, &ticks, sizeof ticks) < 0 && errno != EAGAIN) {
    fail_errno("timerfd");
  }

  for (; !echo->is_draining && echo->paced < due; echo->paced++) {
    client_t *client = &echo->clients[echo->paced % echo->options->connections];
    uint64_t offset =
        (uint64_t)((double)echo->paced / (double)rate * NS_PER_SECOND);

    send_messages(echo, client, 1, echo->pace_start_ns + offset);
  }
}

static void dispatch(echo_t *echo, const struct epoll_event *event) {
  client_t *client;

  if (event->data.u64 == PACE_ID) {
    on_pace(echo);
    return;
  }

  client = &echo->clients[event->data.u64];
  if (event->events & EPOLLOUT) {
    channel_resume(&client->channel);
  }
  if (event->events & ~(uint32_t)EPOLLOUT) {
    on_readable(echo, client);
  }
}

static void poll_once(echo_t *echo) {
  struct epoll_event events[EVENTS_MAX];
  int ready = epoll_wait(echo->epoll, events, EVENTS_MAX, STALL_MS);

  if (ready <= 0) {
    fail("no reply for %d s (%zu in flight)", STALL_MS / 1000, echo->in_flight);
  }
  for (int i = 0; i < ready; i++) {
    dispatch(echo, &events[i]);
  }
}

static void start_pacing(echo_t *echo) {
  uint64_t interval = NS_PER_SECOND / echo->options->rate;
  struct itimerspec spec = {0};

  interval = interval < PACE_MIN_NS ? PACE_MIN_NS : interval;
  spec.it_interval.tv_sec = (time_t)(interval / NS_PER_SECOND);
  spec.it_interval.tv_nsec = (long)(interval % NS_PER_SECOND);
  spec.it_value = spec.it_interval;

  echo->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  if (echo->timer < 0 || timerfd_settime(echo->timer, 0, &spec, NULL) != 0) {
    fail_errno("timerfd");
  }

  echo->pace_start_ns = now_ns();
  network_add(echo->epoll, echo->timer, EPOLLIN, PACE_ID);
}

static void open_clients(echo_t *echo, const script_t *script) {
  const options_t *options = echo->options;
  size_t count = options->connections;
  wire_t *wires = must_calloc(count + options->idle, sizeof *wires);
  size_t wanted = options->rate > 0 ? PACED_IN_FLIGHT_MAX : options->depth;

  for (echo->ring = 1; echo->ring < wanted;) {
    echo->ring *= 2;
  }

  pool_open(options, 0, count + options->idle, wires);
  echo->clients = must_calloc(count, sizeof *echo->clients);
  for (size_t i = 0; i < count; i++) {
    client_t *client = &echo->clients[i];

    client->sent_ns = must_calloc(echo->ring, sizeof *client->sent_ns);
    channel_init(&client->channel, script, wires[i], echo->epoll, i, i);
  }
}

static void start(echo_t *echo) {
  if (echo->options->rate > 0) {
    start_pacing(echo);
    return;
  }

  for (size_t i = 0; i < echo->options->connections; i++) {
    send_messages(echo, &echo->clients[i], echo->options->depth, now_ns());
  }
}

void scenario_echo(const options_t *options) {
  static echo_t echo;
  script_t script;

  network_reserve(options->connections + options->idle);
  script_init(&script, options);
  echo.options = options;
  echo.epoll = network_epoll();
  open_clients(&echo, &script);

  meter_begin(&echo.meter, options);
  start(&echo);
  while (meter_is_running(&echo.meter)) {
    poll_once(&echo);
  }

  echo.is_draining = true;
  while (echo.in_flight > 0) {
    poll_once(&echo);
  }
  meter_print(&echo.meter);
}
