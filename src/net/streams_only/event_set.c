#include "net/event_set.h"

/* Where no descriptors are watched: a handle that keeps the loop alive, or not,
 * as the set does. */

static void on_check(uv_check_t *check) { (void)check; }

int uvws_event_set_init(uvws_event_set_t *set, uv_loop_t *loop,
                        void (*on_batch_end)(uvws_event_set_t *set)) {
  set->on_batch_end = on_batch_end;
  set->fd = -1;
  int err = uv_check_init(loop, &set->check);
  if (err != 0) {
    return err;
  }
  uv_unref((uv_handle_t *)&set->check);
  return uv_check_start(&set->check, on_check);
}

void uvws_event_set_close(uvws_event_set_t *set, uv_close_cb on_closed) {
  uv_close((uv_handle_t *)&set->check, on_closed);
}

int uvws_event_set_watch(uvws_event_set_t *set, uvws_watcher_t *watcher,
                         unsigned interest) {
  (void)set;
  return interest == watcher->interest ? 0 : UV_ENOTSUP;
}

int uvws_event_set_replace(uvws_event_set_t *set, uvws_watcher_t *former,
                           uvws_watcher_t *watcher, unsigned interest) {
  (void)former;
  return uvws_event_set_watch(set, watcher, interest);
}

void uvws_event_set_watch_again(uvws_event_set_t *set,
                                uvws_watcher_t *watcher) {
  (void)set;
  (void)watcher;
}
