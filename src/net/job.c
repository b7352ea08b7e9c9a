#include "net/job.h"

#include <assert.h>

int uvws_jobs_init(uvws_jobs_t *jobs, uv_loop_t *uv) {
  *jobs = (uvws_jobs_t){.uv = uv, .limit = UVWS_JOBS_LIMIT};
  uvws_list_init(&jobs->waiting);
  uvws_list_init(&jobs->queued);
  return uv_mutex_init(&jobs->mutex);
}

void uvws_jobs_deinit(uvws_jobs_t *jobs) {
  assert(uvws_jobs_are_idle(jobs));
  uv_mutex_destroy(&jobs->mutex);
}

bool uvws_jobs_are_idle(const uvws_jobs_t *jobs) {
  return jobs->running_count == 0 && uvws_list_is_empty(&jobs->waiting);
}

bool uvws_job_is_canceled(uvws_job_t *job) {
  uv_mutex_lock(&job->jobs->mutex);
  bool is_canceled = job->is_canceled;
  uv_mutex_unlock(&job->jobs->mutex);
  return is_canceled;
}

static void on_run(uv_work_t *request) {
  uvws_job_t *job = UVWS_CONTAINER_OF(request, uvws_job_t, request);
  if (!uvws_job_is_canceled(job)) {
    job->run(job);
  }
}

static void start_waiting(uvws_jobs_t *jobs);

static void on_done(uv_work_t *request, int status) {
  uvws_job_t *job = UVWS_CONTAINER_OF(request, uvws_job_t, request);
  uvws_jobs_t *jobs = job->jobs;
  uvws_list_remove(&job->link);
  jobs->running_count--;
  start_waiting(jobs);
  job->on_done(job, status == 0 && !job->is_canceled);
  if (uvws_jobs_are_idle(jobs) && jobs->on_idle != NULL) {
    jobs->on_idle(jobs);
  }
}

static void start_waiting(uvws_jobs_t *jobs) {
  while (jobs->running_count < jobs->limit) {
    uvws_list_t *link = uvws_list_shift(&jobs->waiting);
    if (link == NULL) {
      return;
    }
    uvws_job_t *job = UVWS_CONTAINER_OF(link, uvws_job_t, link);
    jobs->running_count++;
    job->is_queued = true;
    uvws_list_push(&jobs->queued, link);
    int err = uv_queue_work(jobs->uv, &job->request, on_run, on_done);
    assert(err == 0); /* it fails without a callback only */
    (void)err;
  }
}

void uvws_job_start(uvws_jobs_t *jobs, uvws_job_t *job) {
  job->jobs = jobs;
  job->is_canceled = false;
  job->is_queued = false;
  uvws_list_init(&job->link);
  uvws_list_push(&jobs->waiting, &job->link);
  start_waiting(jobs);
}

void uvws_job_cancel(uvws_job_t *job) {
  uv_mutex_lock(&job->jobs->mutex);
  job->is_canceled = true;
  uv_mutex_unlock(&job->jobs->mutex);
  if (job->is_queued) {
    (void)uv_cancel((uv_req_t *)&job->request); /* it may run already */
  }
}

static void cancel_each(uvws_list_t *end) {
  for (uvws_list_t *link = end->next; link != end; link = link->next) {
    uvws_job_cancel(UVWS_CONTAINER_OF(link, uvws_job_t, link));
  }
}

void uvws_jobs_cancel_all(uvws_jobs_t *jobs) {
  cancel_each(&jobs->waiting);
  cancel_each(&jobs->queued);
}
