/* Work for libuv's pool of threads, a limited number of pieces at a time. Each
 * is embedded by its owner, who must not free it before its on_done. */
#ifndef UVWS_NET_JOB_H
#define UVWS_NET_JOB_H

#include <uv.h>

#include "net/list.h"

/* What ws allows at a time, unless told otherwise. */
#define UVWS_JOBS_LIMIT 10

typedef struct uvws_job {
  /* On a thread of the pool. Returns soon once uvws_job_is_canceled. */
  void (*run)(struct uvws_job *job);
  /* On the loop, exactly once, and never from within a function of this header;
   * was_run: to its end, as it was never canceled. May free the job. */
  void (*on_done)(struct uvws_job *job, bool was_run);
  struct uvws_jobs *jobs;
  bool is_canceled; /* guarded by jobs->mutex */
  bool is_queued;   /* handed to libuv */
  uvws_list_t link; /* in jobs->waiting or jobs->queued */
  uv_work_t request;
} uvws_job_t;

/* Those of one loop. */
typedef struct uvws_jobs {
  uv_loop_t *uv;
  size_t limit;         /* how many run at a time; may be changed */
  size_t running_count; /* handed to libuv and not done yet */
  uvws_list_t waiting;  /* for a place */
  uvws_list_t queued;   /* those handed to libuv */
  uv_mutex_t mutex;
  void (*on_idle)(struct uvws_jobs *jobs); /* none is left; may be NULL */
} uvws_jobs_t;

/* Fills every field. 0, or a negative libuv error. */
int uvws_jobs_init(uvws_jobs_t *jobs, uv_loop_t *uv);

/* They must be idle. */
void uvws_jobs_deinit(uvws_jobs_t *jobs);

/* Runs the job as soon as there is a place for it, in the order of the calls;
 * `run` and `on_done` are set. Keeps the libuv loop alive until it is done. */
void uvws_job_start(uvws_jobs_t *jobs, uvws_job_t *job);

/* A job that was started need not run any more. Its on_done comes as ever. */
void uvws_job_cancel(uvws_job_t *job);

/* As _cancel, for all. */
void uvws_jobs_cancel_all(uvws_jobs_t *jobs);

/* Whether a job that runs may stop. On any thread. */
bool uvws_job_is_canceled(uvws_job_t *job);

/* Whether none runs or waits. */
bool uvws_jobs_are_idle(const uvws_jobs_t *jobs);

#endif
