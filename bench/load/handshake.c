#include "scenarios.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>

#include "clock.h"
#include "fail.h"
#include "meter.h"
#include "network.h"
#include "upgrade.h"
#include "wire.h"

#define EVENTS_MAX 256
#define STALL_MS 10000
#define CLOSE_FRAME_MAX 127

typedef struct {
  wire_t wire;
  bool is_open; /* upgraded; the close frame was sent */
  uint64_t begun_ns;
  size_t got;
  uint8_t reply[CLOSE_FRAME_MAX];
  upgrade_t upgrade;
} attempt_t;

typedef struct {
  const options_t *options;
  int epoll;
  attempt_t *attempts;
  size_t begun;
  size_t running;
  bool is_draining;
  meter_t meter;
} handshakes_t;

static void begin(handshakes_t *handshakes, size_t slot) {
  attempt_t *attempt = &handshakes->attempts[slot];

  attempt->begun_ns = now_ns();
  wire_connect(&attempt->wire, handshakes->options, handshakes->begun++);
  attempt->is_open = false;
  attempt->got = 0;
  upgrade_init(&attempt->upgrade, handshakes->options);
  handshakes->running++;
  network_add(handshakes->epoll, attempt->wire.fd, EPOLLIN | EPOLLOUT | EPOLLET,
              slot);
}

static void send_close(wire_t *wire) {
  static uint8_t frame[] = {0x88, 0x82, 'm',        'a',
                            's',  'k',  0x03 ^ 'm', 0xe8 ^ 'a'};

  struct iovec part = {frame, sizeof frame};

  if (wire_write(wire, &part, 1) != sizeof frame) {
    fail_errno("sending a close frame");
  }
}

/* The server answers with status 1000 or none, and must be the first to end
   the TCP connection (RFC 6455 7.1.1). */
static void check_close(const attempt_t *attempt) {
  static const uint8_t with_code[] = {0x88, 0x02, 0x03, 0xe8};
  static const uint8_t empty[] = {0x88, 0x00};

  if (!(attempt->got == sizeof with_code &&
        memcmp(attempt->reply, with_code, sizeof with_code) == 0) &&
      !(attempt->got == sizeof empty &&
        memcmp(attempt->reply, empty, sizeof empty) == 0)) {
    fail("the server ended with %zu bytes that are no fit close frame",
         attempt->got);
  }
}

/* Reads until there is nothing more; true when the server has ended. */
static bool read_close(attempt_t *attempt) {
  for (;;) {
    ssize_t n = wire_read(&attempt->wire, attempt->reply + attempt->got,
                          CLOSE_FRAME_MAX - attempt->got);

    if (n == 0) {
      return true;
    }
    if (n < 0) {
      if (errno == EAGAIN) {
        return false;
      }
      fail_errno("reading a close frame");
    }
    attempt->got += (size_t)n;
    if (attempt->got == CLOSE_FRAME_MAX) {
      fail("too many bytes in answer to a close frame");
    }
  }
}

static void on_event(handshakes_t *handshakes, size_t slot) {
  attempt_t *attempt = &handshakes->attempts[slot];

  if (!attempt->is_open) {
    if (!upgrade_advance(&attempt->upgrade, &attempt->wire)) {
      return;
    }
    meter_latency(&handshakes->meter, now_ns() - attempt->begun_ns);
    send_close(&attempt->wire);
    attempt->is_open = true;
  }

  if (!read_close(attempt)) {
    return;
  }

  check_close(attempt);
  wire_close(&attempt->wire);
  meter_count(&handshakes->meter, 1);
  handshakes->running--;
  if (!handshakes->is_draining) {
    begin(handshakes, slot);
  }
}

static void poll_once(handshakes_t *handshakes) {
  struct epoll_event events[EVENTS_MAX];
  int ready = epoll_wait(handshakes->epoll, events, EVENTS_MAX, STALL_MS);

  if (ready <= 0) {
    fail("no handshake for %d s", STALL_MS / 1000);
  }
  for (int i = 0; i < ready; i++) {
    on_event(handshakes, (size_t)events[i].data.u64);
  }
}

void scenario_handshake(const options_t *options) {
  static handshakes_t handshakes;

  network_reserve(options->connections);
  handshakes.options = options;
  handshakes.epoll = network_epoll();
  handshakes.attempts =
      must_calloc(options->connections, sizeof *handshakes.attempts);

  meter_begin(&handshakes.meter, options);
  for (size_t i = 0; i < options->connections; i++) {
    begin(&handshakes, i);
  }
  while (meter_is_running(&handshakes.meter)) {
    poll_once(&handshakes);
  }

  handshakes.is_draining = true;
  while (handshakes.running > 0) {
    poll_once(&handshakes);
  }
  meter_print(&handshakes.meter);
}
