/* What all connections of one libuv loop share: the event set, the buffer that
 * everything is received into, the list of connections with unwritten output,
 * one timer for all deadlines, and the place where the dead are freed. Several
 * loops run side by side; nothing here is static. */
#ifndef UVWS_NET_LOOP_H
#define UVWS_NET_LOOP_H

#include <uv.h>

#include "core/blocks.h"
#include "core/buffer.h"
#include "core/mem.h"
#include "core/slice.h"
#include "net/event_set.h"
#include "net/job.h"
#include "net/list.h"
#include "net/spares.h"

/* A deadline on the loop's clock; embedded by its owner. */
typedef struct uvws_deadline {
  void (*on_expired)(struct uvws_deadline *deadline);
  uvws_list_t link;
  uint64_t at_ms;
} uvws_deadline_t;

/* Something that waits to be freed; embedded by its owner. */
typedef struct uvws_corpse {
  void (*on_reaped)(struct uvws_corpse *corpse);
  uvws_list_t link;
} uvws_corpse_t;

/* How long compression is unused before its memory is taken back: one to two
 * times this. */
#define UVWS_REST_PERIOD_MS 15000

/* See net/rest.h. */
typedef struct uvws_rest {
  uvws_list_t busy; /* uvws_connection_compression_t::of_rest */
  uvws_deadline_t deadline;
  uint64_t period_ms; /* may be changed */
  uint32_t sweep;     /* how many there were */
  size_t freed_count; /* whose contexts were freed and not given back yet */
} uvws_rest_t;

typedef struct uvws_loop {
  uv_loop_t *uv;
  const uvws_mem_t *mem;
  uint8_t *slab; /* borrowed; everything is received into it */
  size_t slab_len;
  size_t slab_filled; /* by the read that is under way */
  uvws_event_set_t events;
  uv_prepare_t prepare; /* flushes what timers and promises sent */
  uv_check_t check;     /* flushes what the poll phase sent */
  uv_timer_t timer;     /* the next deadline */
  uv_idle_t reaper;     /* closed to get a callback in the closing phase */
  uvws_list_t dirty;    /* connections with output that is not written yet */
  uvws_list_t deadlines;
  uvws_list_t corpses;
  uvws_jobs_t jobs;                          /* compressing on threads */
  struct uvws_deflate_job *last_deflate_job; /* begun last, not done; or NULL */
  uvws_rest_t rest;             /* who has used compression lately */
  uvws_blocks_t *blocks;        /* large memory for input and output */
  uvws_spares_t spares;         /* small memory for output */
  uvws_deadline_t age_deadline; /* when both free what lies idle */
  struct uvws_kept *kept;       /* see net/backlog.c; NULL: none */
  uvws_slice_t sent_last;       /* where it lay; to be compared only */
  uint64_t timer_at_ms;         /* when the timer fires; 0: it is stopped */
  size_t ref_count; /* listeners and connections that keep the loop alive */
  int open_handles; /* the uv handles above that are not closed yet */
  bool is_reaping;  /* the reaper is being closed */
  bool is_closing;
  bool is_immediate; /* output is not gathered but written as it is queued */
  bool is_flushing;  /* on_flushed will be called */
  /* The owner's, or NULL: what streams are to write, of which on_output told
   * while is_flushing, is known now. */
  void (*on_flushed)(struct uvws_loop *loop);
  void (*on_closed)(struct uvws_loop *loop);
  void *user; /* the owner's */
} uvws_loop_t;

/* Starts the shared machinery on a libuv loop. slab is borrowed until on_closed
 * of uvws_loop_close. With nothing to do no handle keeps the loop alive and
 * nothing wakes it up. Returns 0 or a negative libuv error; the struct must
 * then not be used. */
int uvws_loop_init(uvws_loop_t *loop, uv_loop_t *uv, const uvws_mem_t *mem,
                   uint8_t *slab, size_t slab_len);

/* Closes every handle; on_closed is called from the loop, and the struct may be
 * freed in it. All listeners and connections must have been ended before; what
 * threads do for them already is waited for. */
void uvws_loop_close(uvws_loop_t *loop, void (*on_closed)(uvws_loop_t *loop));

/* From now on, everything is received there; borrowed until the next call or
 * on_closed. */
void uvws_loop_set_slab(uvws_loop_t *loop, uint8_t *slab, size_t slab_len);

/* Counts what keeps the libuv loop alive. */
void uvws_loop_ref(uvws_loop_t *loop);
void uvws_loop_unref(uvws_loop_t *loop);

/* The loop's clock in ms, as of the start of this loop turn. */
uint64_t uvws_loop_now(const uvws_loop_t *loop);

/* Writes what dirty connections hold: each in one gathered write. Calls nothing
 * of the application but on_flushed. */
void uvws_loop_flush(uvws_loop_t *loop);

/* An empty buffer, with room for len bytes or a little less if one is at hand:
 * output is short-lived, its memory goes round. */
uvws_buffer_t uvws_loop_take_spare(uvws_loop_t *loop, size_t len);

/* Empties a buffer, keeping its memory if it can be of use again. */
void uvws_loop_give_spare(uvws_loop_t *loop, uvws_buffer_t *buffer);

/* Keeps the libuv loop alive until its next flush: a stream's connection does
 * not do so itself, and its output must not be lost with the last handle. */
void uvws_loop_expect_flush(uvws_loop_t *loop);

/* Expires timeout_ms from now, or a little later: deadlines are rounded up to
 * 1/32 of the timeout (4 ms at least), so that many of them share one sweep.
 * A deadline that runs already is set anew. */
void uvws_deadline_start(uvws_loop_t *loop, uvws_deadline_t *deadline,
                         uint64_t timeout_ms);

/* Fills every field; it is not running. */
void uvws_deadline_init(uvws_deadline_t *deadline,
                        void (*on_expired)(uvws_deadline_t *deadline));

/* Stops it, if it runs. */
void uvws_deadline_stop(uvws_deadline_t *deadline);

/* Calls on_reaped from the closing phase of this or the next loop turn: the one
 * place where connections are freed, when no batch of events can still hold
 * them. Keeps the libuv loop alive until then. */
void uvws_loop_bury(uvws_loop_t *loop, uvws_corpse_t *corpse);

#endif
