#include "net/event_set.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kit.h"

#define WATCHED 3

/* Watches one end of a pair; what it does when it hears is the test's. */
typedef struct watched {
  uvws_watcher_t watcher;
  kit_t *kit;
  int peer;
  unsigned heard;        /* events so far, as a set */
  int count;             /* how often it was called */
  struct watched *other; /* unwatched from within */
} watched_t;

static void on_events(uvws_watcher_t *watcher, unsigned events) {
  watched_t *watched = UVWS_CONTAINER_OF(watcher, watched_t, watcher);
  watched->heard |= events;
  watched->count++;
  if (watched->other != NULL) {
    (void)uvws_event_set_watch(&watched->kit->loop.events,
                               &watched->other->watcher, 0);
  }
}

static int watch(watched_t *watched, unsigned interest) {
  return uvws_event_set_watch(&watched->kit->loop.events, &watched->watcher,
                              interest);
}

static void open_watched(watched_t *watched, kit_t *kit) {
  int fds[2];
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
  *watched = (watched_t){.kit = kit, .peer = fds[1]};
  watched->watcher.on_events = on_events;
  watched->watcher.fd = fds[0];
}

static void close_watched(watched_t *watched) {
  assert_int_equal(watch(watched, 0), 0);
  close(watched->watcher.fd);
  if (watched->peer >= 0) {
    close(watched->peer);
  }
}

static void reports_what_it_is_asked_for(void **state) {
  const unsigned interests[] = {UVWS_EVENT_READ, UVWS_EVENT_WRITE,
                                UVWS_EVENT_READ | UVWS_EVENT_WRITE};
  for (int i = 0; i < 3; i++) {
    watched_t watched;
    open_watched(&watched, *state);
    assert_int_equal(write(watched.peer, "x", 1), 1);
    assert_int_equal(watch(&watched, interests[i]), 0);
    kit_turn(*state, 2);
    assert_int_equal(watched.heard, interests[i]);
    close_watched(&watched);
  }
}

static void reports_again_until_it_is_dealt_with(void **state) {
  watched_t watched;
  open_watched(&watched, *state);
  assert_int_equal(write(watched.peer, "x", 1), 1);
  assert_int_equal(watch(&watched, UVWS_EVENT_READ), 0);
  kit_turn(*state, 3);
  assert_int_equal(watched.count, 3);
  close_watched(&watched);
}

static void tells_once_where_that_is_asked_for(void **state) {
  watched_t watched;
  open_watched(&watched, *state);
  assert_int_equal(write(watched.peer, "x", 1), 1);
  assert_int_equal(watch(&watched, UVWS_EVENT_READ | UVWS_EVENT_ONCE), 0);
  kit_turn(*state, 3);
  assert_int_equal(watched.count, 1);
  assert_int_equal(watched.heard, UVWS_EVENT_READ);
  uvws_event_set_watch_again(&watched.kit->loop.events, &watched.watcher);
  kit_turn(*state, 3);
  assert_int_equal(watched.count, 2);
  assert_int_equal(write(watched.peer, "y", 1), 1);
  kit_turn(*state, 3);
  assert_int_equal(watched.count, 3);
  assert_int_equal(shutdown(watched.peer, SHUT_WR), 0);
  kit_turn(*state, 3);
  assert_int_equal(watched.count, 4);
  assert_true(watched.heard & UVWS_EVENT_MORE);
  close_watched(&watched);
}

static void changes_of_mind_are_heard(void **state) {
  watched_t watched;
  open_watched(&watched, *state);
  assert_int_equal(write(watched.peer, "x", 1), 1);
  assert_int_equal(watch(&watched, UVWS_EVENT_READ), 0);
  assert_int_equal(watch(&watched, UVWS_EVENT_READ), 0);
  assert_int_equal(watch(&watched, 0), 0);
  assert_int_equal(watch(&watched, 0), 0);
  kit_turn(*state, 2);
  assert_int_equal(watched.count, 0);
  assert_int_equal(watch(&watched, UVWS_EVENT_WRITE), 0);
  kit_turn(*state, 1);
  assert_int_equal(watched.heard, UVWS_EVENT_WRITE);
  close_watched(&watched);
}

static void a_peer_that_is_gone_is_an_error(void **state) {
  watched_t watched;
  open_watched(&watched, *state);
  close(watched.peer);
  watched.peer = -1;
  assert_int_equal(watch(&watched, UVWS_EVENT_READ), 0);
  kit_turn(*state, 1);
  assert_true(watched.heard & UVWS_EVENT_ERROR);
  close_watched(&watched);
}

static void one_may_unwatch_the_others_of_its_batch(void **state) {
  watched_t watched[WATCHED];
  for (int i = 0; i < WATCHED; i++) {
    open_watched(&watched[i], *state);
    watched[i].other = NULL;
    assert_int_equal(write(watched[i].peer, "x", 1), 1);
    assert_int_equal(watch(&watched[i], UVWS_EVENT_READ), 0);
  }
  watched[0].other = &watched[1];
  watched[1].other = &watched[0];
  kit_turn(*state, 1);
  assert_int_equal(watched[0].count + watched[1].count, 1);
  assert_int_equal(watched[2].count, 1);
  for (int i = 0; i < WATCHED; i++) {
    close_watched(&watched[i]);
  }
}

static void more_than_one_batch_is_heard_in_full(void **state) {
  enum { COUNT = 600 };
  static watched_t watched[COUNT];
  for (int i = 0; i < COUNT; i++) {
    watched[i] = (watched_t){.kit = *state, .peer = -1};
    watched[i].watcher.on_events = on_events;
    watched[i].watcher.fd = eventfd(0, EFD_NONBLOCK);
    assert_true(watched[i].watcher.fd >= 0);
    assert_int_equal(watch(&watched[i], UVWS_EVENT_WRITE), 0);
  }
  kit_turn(*state, 2);
  for (int i = 0; i < COUNT; i++) {
    assert_true(watched[i].count > 0);
    close_watched(&watched[i]);
  }
}

static void a_full_set_is_an_error_and_changes_nothing(void **state) {
  watched_t watched;
  open_watched(&watched, *state);
  fault.on_watch = (fault_errors_t){1, ENOSPC};
  assert_int_equal(watch(&watched, UVWS_EVENT_READ), UV_ENOSPC);
  assert_int_equal(watched.watcher.interest, 0);
  assert_int_equal(watch(&watched, UVWS_EVENT_READ), 0);
  fault.on_watch = (fault_errors_t){1, ENOMEM};
  assert_int_equal(watch(&watched, UVWS_EVENT_WRITE), UV_ENOMEM);
  assert_int_equal(watched.watcher.interest, UVWS_EVENT_READ);
  close_watched(&watched);
}

/* Two watchers of one descriptor, as its owners follow each other; there is
 * something to read, and the former watches for `interest`. */
static void open_both(watched_t *former, watched_t *watched, kit_t *kit,
                      unsigned interest) {
  open_watched(former, kit);
  *watched = *former;
  assert_int_equal(watch(former, interest), 0);
  assert_int_equal(write(former->peer, "x", 1), 1);
}

static int replace(watched_t *former, watched_t *watched, unsigned interest) {
  return uvws_event_set_replace(&watched->kit->loop.events, &former->watcher,
                                &watched->watcher, interest);
}

static void one_watcher_takes_the_place_of_another(void **state) {
  const unsigned befores[] = {UVWS_EVENT_READ, UVWS_EVENT_HANGUP, 0};
  for (int i = 0; i < 3; i++) {
    watched_t former;
    watched_t watched;
    open_both(&former, &watched, *state, befores[i]);
    assert_int_equal(replace(&former, &watched, UVWS_EVENT_READ), 0);
    kit_turn(*state, 1);
    assert_int_equal(former.count, 0);
    assert_int_equal(former.watcher.interest, 0);
    assert_int_equal(watched.heard, UVWS_EVENT_READ);
    close_watched(&watched);
  }
}

static void one_may_take_anothers_place_and_watch_nothing(void **state) {
  watched_t former;
  watched_t watched;
  open_both(&former, &watched, *state, UVWS_EVENT_READ);
  assert_int_equal(replace(&former, &watched, 0), 0);
  kit_turn(*state, 1);
  assert_int_equal(former.count + watched.count, 0);
  assert_int_equal(watch(&watched, UVWS_EVENT_READ), 0);
  kit_turn(*state, 1);
  assert_int_equal(watched.count, 1);
  close_watched(&watched);
}

static void a_place_that_can_not_be_taken_stays_anothers(void **state) {
  watched_t former;
  watched_t watched;
  open_both(&former, &watched, *state, UVWS_EVENT_READ);
  fault.on_watch = (fault_errors_t){1, ENOMEM};
  assert_int_equal(replace(&former, &watched, UVWS_EVENT_WRITE), UV_ENOMEM);
  kit_turn(*state, 1);
  assert_int_equal(former.count, 1);
  assert_int_equal(watched.count, 0);
  close_watched(&former);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      KIT_TEST(reports_what_it_is_asked_for),
      KIT_TEST(reports_again_until_it_is_dealt_with),
      KIT_TEST(tells_once_where_that_is_asked_for),
      KIT_TEST(changes_of_mind_are_heard),
      KIT_TEST(a_peer_that_is_gone_is_an_error),
      KIT_TEST(one_may_unwatch_the_others_of_its_batch),
      KIT_TEST(more_than_one_batch_is_heard_in_full),
      KIT_TEST(a_full_set_is_an_error_and_changes_nothing),
      KIT_TEST(one_watcher_takes_the_place_of_another),
      KIT_TEST(one_may_take_anothers_place_and_watch_nothing),
      KIT_TEST(a_place_that_can_not_be_taken_stays_anothers),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
