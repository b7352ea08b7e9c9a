/* The pieces of work for libuv's pool: how many at a time, in which order, and
 * their ends. */
#include <stdatomic.h>
#include <stdlib.h>

#include "kit.h"

enum { JOBS = 12 };

typedef struct world {
  kit_t *kit;
  struct task *tasks;
  uv_sem_t gate; /* each run passes it once */
  atomic_int running;
  atomic_int most;
  atomic_int runs;
  atomic_int told_to_stop;
  int done;
  int order[JOBS];
} world_t;

typedef struct task {
  uvws_job_t job;
  world_t *world;
  bool was_run;
} task_t;

static void run(uvws_job_t *job) {
  world_t *world = UVWS_CONTAINER_OF(job, task_t, job)->world;
  int running = ++world->running;
  int most = world->most;
  while (running > most &&
         !atomic_compare_exchange_weak(&world->most, &most, running)) {
  }
  uv_sem_wait(&world->gate);
  world->runs++;
  world->told_to_stop += uvws_job_is_canceled(job);
  world->running--;
}

static void on_done(uvws_job_t *job, bool was_run) {
  task_t *task = UVWS_CONTAINER_OF(job, task_t, job);
  world_t *world = task->world;
  task->was_run = was_run;
  world->order[world->done++] = (int)(task - world->tasks);
}

static world_t *begin(kit_t *kit, size_t limit) {
  world_t *world = calloc(1, sizeof(*world));
  assert_non_null(world);
  world->kit = kit;
  world->tasks = calloc(JOBS, sizeof(*world->tasks));
  assert_non_null(world->tasks);
  assert_int_equal(uv_sem_init(&world->gate, 0), 0);
  kit->loop.jobs.limit = limit;
  for (int i = 0; i < JOBS; i++) {
    task_t *task = &world->tasks[i];
    task->job.run = run;
    task->job.on_done = on_done;
    task->world = world;
    uvws_job_start(&kit->loop.jobs, &task->job);
  }
  return world;
}

static void open_gate(world_t *world) {
  for (int i = 0; i < JOBS; i++) {
    uv_sem_post(&world->gate);
  }
}

static bool are_all_done(void *arg) { return ((world_t *)arg)->done == JOBS; }

static void end(world_t *world) {
  kit_run(world->kit, are_all_done, world);
  assert_true(uvws_jobs_are_idle(&world->kit->loop.jobs));
  uv_sem_destroy(&world->gate);
  free(world->tasks);
  free(world);
}

static void no_more_run_than_the_limit_allows(void **state) {
  world_t *world = begin(*state, 2);
  assert_int_equal(world->kit->loop.jobs.running_count, 2);
  open_gate(world);
  kit_run(world->kit, are_all_done, world);
  assert_int_equal(world->runs, JOBS);
  assert_true(world->most <= 2);
  end(world);
}

static void one_at_a_time_they_are_done_in_their_order(void **state) {
  world_t *world = begin(*state, 1);
  open_gate(world);
  kit_run(world->kit, are_all_done, world);
  for (int i = 0; i < JOBS; i++) {
    assert_int_equal(world->order[i], i);
    assert_true(world->tasks[i].was_run);
  }
  end(world);
}

static void what_is_canceled_in_time_does_not_run(void **state) {
  world_t *world = begin(*state, 1);
  for (int i = 3; i < JOBS; i++) {
    uvws_job_cancel(&world->tasks[i].job);
  }
  assert_int_equal(world->done, 0); /* never at once */
  open_gate(world);
  kit_run(world->kit, are_all_done, world);
  assert_int_equal(world->runs, 3);
  for (int i = 0; i < JOBS; i++) {
    assert_int_equal(world->tasks[i].was_run, i < 3);
  }
  end(world);
}

static bool is_one_running(void *arg) { return ((world_t *)arg)->running > 0; }

static void what_runs_already_is_told_to_stop(void **state) {
  world_t *world = begin(*state, 1);
  while (!is_one_running(world)) {
    kit_turn(world->kit, 1);
  }
  uvws_job_cancel(&world->tasks[0].job);
  open_gate(world);
  kit_run(world->kit, are_all_done, world);
  assert_int_equal(world->runs, JOBS);
  assert_int_equal(world->told_to_stop, 1);
  for (int i = 0; i < JOBS; i++) {
    assert_int_equal(world->tasks[i].was_run, i > 0);
  }
  end(world);
}

static void all_are_canceled_together(void **state) {
  world_t *world = begin(*state, 2);
  while (!is_one_running(world)) {
    kit_turn(world->kit, 1);
  }
  uvws_jobs_cancel_all(&world->kit->loop.jobs);
  open_gate(world);
  kit_run(world->kit, are_all_done, world);
  assert_in_range(world->runs, 1, 2);
  assert_int_equal(world->told_to_stop, world->runs);
  for (int i = 0; i < JOBS; i++) {
    assert_false(world->tasks[i].was_run);
  }
  end(world);
}

static void a_loop_is_closed_behind_its_last_job(void **state) {
  kit_t *kit = *state;
  world_t *world = begin(kit, 4);
  kit_close_loop(kit);
  (void)uv_run(&kit->uv, UV_RUN_NOWAIT);
  assert_false(kit->is_loop_closed);
  open_gate(world);
  kit_run_dry(kit);
  assert_true(kit->is_loop_closed);
  assert_int_equal(world->done, JOBS);
  assert_in_range(world->runs, 0, 4);
  assert_int_equal(world->told_to_stop, world->runs);
  uv_sem_destroy(&world->gate);
  free(world->tasks);
  free(world);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      KIT_TEST(no_more_run_than_the_limit_allows),
      KIT_TEST(one_at_a_time_they_are_done_in_their_order),
      KIT_TEST(what_is_canceled_in_time_does_not_run),
      KIT_TEST(what_runs_already_is_told_to_stop),
      KIT_TEST(all_are_canceled_together),
      KIT_TEST(a_loop_is_closed_behind_its_last_job)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
