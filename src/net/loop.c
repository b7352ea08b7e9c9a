#include "net/loop.h"

#include <assert.h>

#include "net/connection.h"
#include "net/rest.h"

#define SWEEP_MIN_MS 4
#define SWEEP_SHARE 32 /* of a timeout that a deadline may come late */

/* How long memory waits at least to be used again. */
#define AGE_MS 500

static void on_batch_end(uvws_event_set_t *set) {
  uvws_loop_flush(UVWS_CONTAINER_OF(set, uvws_loop_t, events));
}

static void on_prepare(uv_prepare_t *prepare) {
  uv_unref((uv_handle_t *)prepare);
  uvws_loop_flush(prepare->data);
}

static void on_check(uv_check_t *check) { uvws_loop_flush(check->data); }

static void start_hooks(uvws_loop_t *loop) {
  (void)uv_prepare_init(loop->uv, &loop->prepare);
  (void)uv_check_init(loop->uv, &loop->check);
  (void)uv_timer_init(loop->uv, &loop->timer);
  (void)uv_idle_init(loop->uv, &loop->reaper);
  loop->prepare.data = loop;
  loop->check.data = loop;
  loop->timer.data = loop;
  loop->reaper.data = loop;
  (void)uv_prepare_start(&loop->prepare, on_prepare);
  (void)uv_check_start(&loop->check, on_check);
  uv_unref((uv_handle_t *)&loop->prepare);
  uv_unref((uv_handle_t *)&loop->check);
  uv_unref((uv_handle_t *)&loop->timer);
}

static void expect_age(uvws_loop_t *loop) {
  if (uvws_list_is_empty(&loop->age_deadline.link)) {
    uvws_deadline_start(loop, &loop->age_deadline, AGE_MS);
  }
}

static void on_block_kept(uvws_blocks_t *blocks) { expect_age(blocks->user); }

static void on_age(uvws_deadline_t *deadline) {
  uvws_loop_t *loop = UVWS_CONTAINER_OF(deadline, uvws_loop_t, age_deadline);
  bool has_blocks = uvws_blocks_age(loop->blocks);
  bool has_spares = uvws_spares_age(&loop->spares);
  if (has_blocks || has_spares) {
    expect_age(loop);
  }
}

static void close_if_over(uvws_loop_t *loop);

static void on_jobs_idle(uvws_jobs_t *jobs) {
  close_if_over(UVWS_CONTAINER_OF(jobs, uvws_loop_t, jobs));
}

int uvws_loop_init(uvws_loop_t *loop, uv_loop_t *uv, const uvws_mem_t *mem,
                   uint8_t *slab, size_t slab_len) {
  *loop =
      (uvws_loop_t){.uv = uv, .mem = mem, .slab = slab, .slab_len = slab_len};
  uvws_list_init(&loop->dirty);
  uvws_list_init(&loop->deadlines);
  uvws_list_init(&loop->corpses);
  uvws_rest_init(&loop->rest);
  uvws_deadline_init(&loop->age_deadline, on_age);
  uvws_spares_init(&loop->spares, mem);
  int err = uvws_jobs_init(&loop->jobs, uv);
  if (err != 0) {
    return err;
  }
  loop->jobs.on_idle = on_jobs_idle;
  loop->blocks = uvws_blocks_new(mem, on_block_kept, loop);
  err = loop->blocks == NULL
            ? UV_ENOMEM
            : uvws_event_set_init(&loop->events, uv, on_batch_end);
  if (err == 0) {
    start_hooks(loop);
    return 0;
  }
  if (loop->blocks != NULL) {
    uvws_blocks_close(loop->blocks);
  }
  uvws_jobs_deinit(&loop->jobs);
  return err;
}

static void on_handle_closed(uv_handle_t *handle) {
  uvws_loop_t *loop = handle->data;
  loop->open_handles--;
  if (loop->open_handles == 0) {
    uvws_jobs_deinit(&loop->jobs);
    loop->on_closed(loop);
  }
}

static void close_handle(uvws_loop_t *loop, uv_handle_t *handle) {
  handle->data = loop;
  loop->open_handles++;
  uv_close(handle, on_handle_closed);
}

static void close_handles(uvws_loop_t *loop) {
  loop->open_handles = 1;
  loop->events.poll.data = loop;
  uvws_event_set_close(&loop->events, on_handle_closed);
  close_handle(loop, (uv_handle_t *)&loop->prepare);
  close_handle(loop, (uv_handle_t *)&loop->check);
  close_handle(loop, (uv_handle_t *)&loop->timer);
  close_handle(loop, (uv_handle_t *)&loop->reaper);
}

/* While the reaper is on its way, or a thread works, their callbacks go on from
 * here. */
static void close_if_over(uvws_loop_t *loop) {
  if (loop->is_closing && !loop->is_reaping && loop->open_handles == 0 &&
      uvws_jobs_are_idle(&loop->jobs)) {
    close_handles(loop);
  }
}

void uvws_loop_close(uvws_loop_t *loop, void (*on_closed)(uvws_loop_t *loop)) {
  loop->is_closing = true;
  loop->on_closed = on_closed;
  uvws_spares_close(&loop->spares);
  uvws_jobs_cancel_all(&loop->jobs);
  uvws_deadline_stop(&loop->age_deadline);
  uvws_blocks_close(loop->blocks);
  close_if_over(loop);
}

void uvws_loop_set_slab(uvws_loop_t *loop, uint8_t *slab, size_t slab_len) {
  loop->slab = slab;
  loop->slab_len = slab_len;
}

void uvws_loop_ref(uvws_loop_t *loop) {
  if (loop->ref_count++ == 0) {
    uv_ref((uv_handle_t *)&loop->events.poll);
  }
}

void uvws_loop_unref(uvws_loop_t *loop) {
  assert(loop->ref_count > 0);
  if (--loop->ref_count == 0) {
    uv_unref((uv_handle_t *)&loop->events.poll);
  }
}

uint64_t uvws_loop_now(const uvws_loop_t *loop) { return uv_now(loop->uv); }

void uvws_loop_flush(uvws_loop_t *loop) {
  uvws_list_t *link;
  while (!uvws_list_is_empty(&loop->dirty)) {
    loop->is_flushing = true;
    while ((link = uvws_list_shift(&loop->dirty)) != NULL) {
      uvws_connection_flush(UVWS_CONTAINER_OF(link, uvws_connection_t, dirty));
    }
    loop->is_flushing = false;
    if (loop->on_flushed != NULL) {
      loop->on_flushed(loop);
    }
  }
}

uvws_buffer_t uvws_loop_take_spare(uvws_loop_t *loop, size_t len) {
  uvws_buffer_t buffer = uvws_buffer_empty();
  if (len >= UVWS_BLOCK_MIN) {
    return uvws_blocks_take(loop->blocks, len, SIZE_MAX);
  }
  buffer.data = uvws_spares_take(&loop->spares);
  buffer.cap = buffer.data == NULL ? 0 : UVWS_SPARE_CAP;
  return buffer;
}

void uvws_loop_give_spare(uvws_loop_t *loop, uvws_buffer_t *buffer) {
  if (loop->is_closing) {
    uvws_buffer_deinit(buffer, loop->mem);
  } else if (buffer->cap == UVWS_SPARE_CAP &&
             uvws_spares_give(&loop->spares, buffer->data)) {
    *buffer = uvws_buffer_empty();
    expect_age(loop);
  } else {
    uvws_blocks_give(loop->blocks, buffer);
  }
}

void uvws_loop_expect_flush(uvws_loop_t *loop) {
  uv_ref((uv_handle_t *)&loop->prepare);
}

/* ---- Deadlines ---- */

static void arm(uvws_loop_t *loop, uint64_t at_ms);

/* Moves the expired ones to a list of their own first: on_expired may start
 * and stop deadlines. */
static void on_timer(uv_timer_t *timer) {
  uvws_loop_t *loop = timer->data;
  uint64_t now = uvws_loop_now(loop);
  uint64_t next = 0;
  uvws_list_t expired;
  uvws_list_init(&expired);
  loop->timer_at_ms = 0;
  uvws_list_t *link = loop->deadlines.next;
  while (link != &loop->deadlines) {
    uvws_deadline_t *deadline = UVWS_CONTAINER_OF(link, uvws_deadline_t, link);
    link = link->next;
    if (deadline->at_ms <= now) {
      uvws_list_remove(&deadline->link);
      uvws_list_push(&expired, &deadline->link);
    } else if (next == 0 || deadline->at_ms < next) {
      next = deadline->at_ms;
    }
  }
  if (next != 0) {
    arm(loop, next);
  }
  while ((link = uvws_list_shift(&expired)) != NULL) {
    uvws_deadline_t *deadline = UVWS_CONTAINER_OF(link, uvws_deadline_t, link);
    deadline->on_expired(deadline);
  }
}

static void arm(uvws_loop_t *loop, uint64_t at_ms) {
  if (loop->timer_at_ms != 0 && loop->timer_at_ms <= at_ms) {
    return;
  }
  uint64_t now = uvws_loop_now(loop);
  loop->timer_at_ms = at_ms;
  (void)uv_timer_start(&loop->timer, on_timer, at_ms > now ? at_ms - now : 0,
                       0);
}

void uvws_deadline_init(uvws_deadline_t *deadline,
                        void (*on_expired)(uvws_deadline_t *deadline)) {
  deadline->on_expired = on_expired;
  deadline->at_ms = 0;
  uvws_list_init(&deadline->link);
}

void uvws_deadline_start(uvws_loop_t *loop, uvws_deadline_t *deadline,
                         uint64_t timeout_ms) {
  uint64_t grain = timeout_ms / SWEEP_SHARE;
  if (grain < SWEEP_MIN_MS) {
    grain = SWEEP_MIN_MS;
  }
  uint64_t at_ms = uvws_loop_now(loop) + timeout_ms;
  deadline->at_ms = (at_ms + grain - 1) / grain * grain;
  uvws_list_remove(&deadline->link);
  uvws_list_push(&loop->deadlines, &deadline->link);
  arm(loop, deadline->at_ms);
}

void uvws_deadline_stop(uvws_deadline_t *deadline) {
  uvws_list_remove(&deadline->link);
}

/* ---- The dead ---- */

static void on_reaper_closed(uv_handle_t *handle) {
  uvws_loop_t *loop = handle->data;
  uvws_list_t due;
  uvws_list_t *link;
  uvws_list_init(&due);
  while ((link = uvws_list_shift(&loop->corpses)) != NULL) {
    uvws_list_push(&due, link);
  }
  (void)uv_idle_init(loop->uv, &loop->reaper);
  loop->reaper.data = loop;
  loop->is_reaping = false;
  /* on_reaped may bury more: these wait for the next turn. */
  while ((link = uvws_list_shift(&due)) != NULL) {
    uvws_corpse_t *corpse = UVWS_CONTAINER_OF(link, uvws_corpse_t, link);
    corpse->on_reaped(corpse);
  }
  uvws_loop_flush(loop);
  close_if_over(loop);
}

void uvws_loop_bury(uvws_loop_t *loop, uvws_corpse_t *corpse) {
  uvws_list_push(&loop->corpses, &corpse->link);
  if (!loop->is_reaping) {
    loop->is_reaping = true;
    uv_close((uv_handle_t *)&loop->reaper, on_reaper_closed);
  }
}
