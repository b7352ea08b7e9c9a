#include "net/loop.h"

#include <sys/resource.h>

#include "kit.h"

/* ---- Deadlines ---- */

typedef struct timed {
  uvws_deadline_t deadline;
  kit_t *kit;
  int *order; /* how many have expired so far, shared */
  int place;  /* at which place this one did; 0: it did not */
  uint64_t at_ms;
  struct timed *other; /* started or stopped from within */
  bool is_starter;
} timed_t;

static void on_expired(uvws_deadline_t *deadline) {
  timed_t *timed = UVWS_CONTAINER_OF(deadline, timed_t, deadline);
  timed->place = ++*timed->order;
  timed->at_ms = uvws_loop_now(&timed->kit->loop);
  if (timed->other != NULL && timed->is_starter) {
    uvws_deadline_start(&timed->kit->loop, &timed->other->deadline, 1);
  } else if (timed->other != NULL) {
    uvws_deadline_stop(&timed->other->deadline);
  }
}

static void init_timed(timed_t *timed, kit_t *kit, int *order) {
  *timed = (timed_t){.kit = kit, .order = order};
  uvws_deadline_init(&timed->deadline, on_expired);
}

static bool has_expired(void *arg) { return ((timed_t *)arg)->place != 0; }

static void deadlines_expire_all_and_never_early(void **state) {
  kit_t *kit = *state;
  const uint64_t timeouts[] = {40, 5, 20};
  timed_t timed[3];
  int order = 0;
  uint64_t start = uvws_loop_now(&kit->loop);
  for (int i = 0; i < 3; i++) {
    init_timed(&timed[i], kit, &order);
    uvws_deadline_start(&kit->loop, &timed[i].deadline, timeouts[i]);
  }
  kit_run(kit, has_expired, &timed[0]);
  for (int i = 0; i < 3; i++) {
    assert_true(timed[i].place > 0);
    assert_true(timed[i].at_ms >= start + timeouts[i]);
    assert_true(uvws_list_is_empty(&timed[i].deadline.link));
  }
}

static void a_stopped_deadline_does_not_expire(void **state) {
  kit_t *kit = *state;
  timed_t stopped;
  timed_t later;
  int order = 0;
  init_timed(&stopped, kit, &order);
  init_timed(&later, kit, &order);
  uvws_deadline_start(&kit->loop, &stopped.deadline, 1);
  uvws_deadline_start(&kit->loop, &later.deadline, 20);
  uvws_deadline_stop(&stopped.deadline);
  uvws_deadline_stop(&stopped.deadline);
  kit_run(kit, has_expired, &later);
  assert_int_equal(stopped.place, 0);
}

static void a_deadline_that_runs_is_set_anew(void **state) {
  kit_t *kit = *state;
  timed_t again;
  timed_t between;
  int order = 0;
  init_timed(&again, kit, &order);
  init_timed(&between, kit, &order);
  uvws_deadline_start(&kit->loop, &again.deadline, 1);
  uvws_deadline_start(&kit->loop, &between.deadline, 12);
  uvws_deadline_start(&kit->loop, &again.deadline, 40);
  kit_run(kit, has_expired, &again);
  assert_int_equal(between.place, 1);
  assert_int_equal(again.place, 2);
}

static void one_that_expires_may_stop_another_of_the_same_sweep(void **state) {
  kit_t *kit = *state;
  timed_t first;
  timed_t second;
  int order = 0;
  init_timed(&first, kit, &order);
  init_timed(&second, kit, &order);
  first.other = &second;
  uvws_deadline_start(&kit->loop, &first.deadline, 1);
  uvws_deadline_start(&kit->loop, &second.deadline, 1);
  kit_run(kit, has_expired, &first);
  kit_turn(kit, 100);
  assert_int_equal(second.place, 0);
}

static void one_that_expires_may_start_itself_and_others(void **state) {
  kit_t *kit = *state;
  timed_t first;
  timed_t second;
  int order = 0;
  init_timed(&first, kit, &order);
  init_timed(&second, kit, &order);
  first.other = &second;
  first.is_starter = true;
  uvws_deadline_start(&kit->loop, &first.deadline, 1);
  kit_run(kit, has_expired, &second);
  assert_int_equal(second.place, 2);
}

static void deadlines_alone_do_not_keep_the_loop_alive(void **state) {
  kit_t *kit = *state;
  timed_t timed;
  int order = 0;
  init_timed(&timed, kit, &order);
  uvws_deadline_start(&kit->loop, &timed.deadline, 60000);
  kit_run_dry(kit); /* returns at once */
  assert_int_equal(timed.place, 0);
  uvws_deadline_stop(&timed.deadline);
}

static void many_deadlines_share_few_sweeps(void **state) {
  kit_t *kit = *state;
  timed_t timed[64];
  int order = 0;
  for (int i = 0; i < 64; i++) {
    init_timed(&timed[i], kit, &order);
    uvws_deadline_start(&kit->loop, &timed[i].deadline, 64000);
    assert_int_equal(timed[i].deadline.at_ms % 2000, 0);
    uvws_deadline_stop(&timed[i].deadline);
  }
}

/* ---- The dead ---- */

typedef struct body {
  uvws_corpse_t corpse;
  kit_t *kit;
  int *order;
  int place;
  struct body *next; /* buried from within on_reaped */
} body_t;

static void on_reaped(uvws_corpse_t *corpse) {
  body_t *body = UVWS_CONTAINER_OF(corpse, body_t, corpse);
  body->place = ++*body->order;
  if (body->next != NULL) {
    uvws_loop_bury(&body->kit->loop, &body->next->corpse);
  }
}

static void init_body(body_t *body, kit_t *kit, int *order) {
  *body = (body_t){.kit = kit, .order = order};
  body->corpse.on_reaped = on_reaped;
  uvws_list_init(&body->corpse.link);
}

static void the_dead_are_reaped_once_in_order_and_from_the_loop(void **state) {
  kit_t *kit = *state;
  body_t bodies[3];
  int order = 0;
  for (int i = 0; i < 3; i++) {
    init_body(&bodies[i], kit, &order);
    uvws_loop_bury(&kit->loop, &bodies[i].corpse);
    assert_int_equal(order, 0);
  }
  kit_run_dry(kit);
  assert_int_equal(order, 3);
  for (int i = 0; i < 3; i++) {
    assert_int_equal(bodies[i].place, i + 1);
  }
}

static void burying_while_reaping_waits_for_the_next_turn(void **state) {
  kit_t *kit = *state;
  body_t first;
  body_t second;
  int order = 0;
  init_body(&first, kit, &order);
  init_body(&second, kit, &order);
  first.next = &second;
  uvws_loop_bury(&kit->loop, &first.corpse);
  kit_turn(kit, 1);
  assert_int_equal(second.place, 0);
  kit_run_dry(kit);
  assert_int_equal(second.place, 2);
}

static void on_kit_loop_closed(uvws_loop_t *loop) {
  kit_t *kit = loop->user;
  kit->is_loop_closed = true;
}

static void a_closing_loop_reaps_first(void **state) {
  kit_t *kit = *state;
  body_t first;
  body_t second;
  int order = 0;
  init_body(&first, kit, &order);
  init_body(&second, kit, &order);
  first.next = &second;
  uvws_loop_bury(&kit->loop, &first.corpse);
  uvws_loop_close(&kit->loop, on_kit_loop_closed);
  kit_run_dry(kit);
  assert_int_equal(order, 2);
  assert_true(kit->is_loop_closed);
}

/* ---- References ---- */

static void with_nothing_to_do_it_does_not_keep_the_loop_alive(void **state) {
  kit_t *kit = *state;
  assert_int_equal(uv_loop_alive(&kit->uv), 0);
  uvws_loop_ref(&kit->loop);
  uvws_loop_ref(&kit->loop);
  assert_int_equal(uv_loop_alive(&kit->uv), 1);
  uvws_loop_unref(&kit->loop);
  assert_int_equal(uv_loop_alive(&kit->uv), 1);
  uvws_loop_unref(&kit->loop);
  assert_int_equal(uv_loop_alive(&kit->uv), 0);
}

static bool has_no_memory(void *arg) {
  const uvws_loop_t *loop = arg;
  return loop->blocks->count == 0 && loop->spares.count == 0;
}

static void memory_that_nobody_takes_is_freed(void **state) {
  kit_t *kit = *state;
  uvws_loop_t *loop = &kit->loop;
  uvws_buffer_t buffer = uvws_loop_take_spare(loop, 0);
  assert_int_equal(buffer.cap, UVWS_SPARE_CAP);
  uvws_loop_give_spare(loop, &buffer);
  assert_int_equal(loop->spares.count, 1);
  assert_int_equal(
      uvws_buffer_reserve(&buffer, loop->mem, UVWS_BLOCK_MIN, UVWS_BLOCK_MIN),
      UVWS_OK);
  uvws_loop_give_spare(loop, &buffer);
  assert_int_equal(loop->blocks->count, 1);
  uint64_t start = uvws_loop_now(loop);
  kit_run(kit, has_no_memory, loop);
  assert_true(uvws_loop_now(loop) >= start + 1);
  assert_true(uvws_list_is_empty(&loop->age_deadline.link));
  buffer = uvws_loop_take_spare(loop, UVWS_BLOCK_MIN);
  assert_null(buffer.data);
}

static void out_of_descriptors_no_loop_is_made(void **state) {
  kit_t *kit = *state;
  uvws_loop_t loop;
  struct rlimit old;
  assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
  struct rlimit none = {.rlim_cur = 0, .rlim_max = old.rlim_max};
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
  int err = uvws_loop_init(&loop, &kit->uv, &kit->mem.mem, kit->slab, 1);
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
  assert_int_equal(err, UV_EMFILE);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      KIT_TEST(deadlines_expire_all_and_never_early),
      KIT_TEST(a_stopped_deadline_does_not_expire),
      KIT_TEST(a_deadline_that_runs_is_set_anew),
      KIT_TEST(one_that_expires_may_stop_another_of_the_same_sweep),
      KIT_TEST(one_that_expires_may_start_itself_and_others),
      KIT_TEST(deadlines_alone_do_not_keep_the_loop_alive),
      KIT_TEST(many_deadlines_share_few_sweeps),
      KIT_TEST(the_dead_are_reaped_once_in_order_and_from_the_loop),
      KIT_TEST(burying_while_reaping_waits_for_the_next_turn),
      KIT_TEST(a_closing_loop_reaps_first),
      KIT_TEST(with_nothing_to_do_it_does_not_keep_the_loop_alive),
      KIT_TEST(memory_that_nobody_takes_is_freed),
      KIT_TEST(out_of_descriptors_no_loop_is_made),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
