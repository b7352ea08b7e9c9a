#include "pool.h"

#include <sys/epoll.h>
#include <unistd.h>

#include "fail.h"
#include "network.h"
#include "upgrade.h"

/* Below any server's accept backlog. */
#define WINDOW 64
#define STALL_MS 10000

typedef struct {
  const options_t *options;
  size_t first;
  size_t count;
  size_t begun;
  size_t done;
  wire_t *wires;
  int epoll;
  wire_t opening[WINDOW];
  upgrade_t upgrades[WINDOW];
} pool_t;

static void begin(pool_t *pool, size_t slot) {
  wire_t *wire = &pool->opening[slot];

  wire_connect(wire, pool->options, pool->first + pool->begun);
  pool->begun++;
  upgrade_init(&pool->upgrades[slot], pool->options);
  network_add(pool->epoll, wire->fd, EPOLLIN | EPOLLOUT | EPOLLET, slot);
}

static void advance(pool_t *pool, size_t slot) {
  wire_t *wire = &pool->opening[slot];

  if (!upgrade_advance(&pool->upgrades[slot], wire)) {
    return;
  }

  epoll_ctl(pool->epoll, EPOLL_CTL_DEL, wire->fd, NULL);
  pool->wires[pool->done++] = *wire;
  if (pool->begun < pool->count) {
    begin(pool, slot);
  }
}

void pool_open(const options_t *options, size_t first, size_t count,
               wire_t *wires) {
  pool_t pool = {.options = options,
                 .first = first,
                 .count = count,
                 .wires = wires,
                 .epoll = network_epoll()};
  struct epoll_event events[WINDOW];

  for (size_t slot = 0; slot < WINDOW && slot < count; slot++) {
    begin(&pool, slot);
  }

  while (pool.done < count) {
    int ready = epoll_wait(pool.epoll, events, WINDOW, STALL_MS);

    if (ready <= 0) {
      fail("%zu of %zu connections open, then nothing", pool.done, count);
    }
    for (int i = 0; i < ready; i++) {
      advance(&pool, (size_t)events[i].data.u64);
    }
  }

  close(pool.epoll);
}
