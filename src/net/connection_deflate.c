/* The compressing of large messages: on a thread of the pool, while the loop
 * goes on. */
#include <assert.h>

#include "core/deflation.h"
#include "net/connection_internal.h"
#include "net/hub.h"
#include "net/rest.h"

struct uvws_deflate_job {
  uvws_job_t job;
  uvws_connection_t *connection; /* NULL: it died */
  uvws_deflation_t deflation;
  size_t len; /* of the payload */
  bool is_done;
};

static void free_job(uvws_deflate_job_t *job) {
  const uvws_mem_t *mem = job->deflation.mem;
  uvws_deflation_deinit(&job->deflation);
  uvws_mem_free(mem, job);
}

static void run(uvws_job_t *base) {
  uvws_deflate_job_t *job = UVWS_CONTAINER_OF(base, uvws_deflate_job_t, job);
  while (uvws_deflation_step(&job->deflation) && !uvws_job_is_canceled(base)) {
  }
}

static void on_done(uvws_job_t *base, bool was_run) {
  uvws_deflate_job_t *job = UVWS_CONTAINER_OF(base, uvws_deflate_job_t, job);
  uvws_connection_t *connection = job->connection;
  (void)was_run; /* else the connection has died */
  job->is_done = true;
  if (connection == NULL) {
    free_job(job);
  } else {
    connection->callbacks->on_deflated(connection);
  }
}

uvws_status_t uvws_connection_deflate(uvws_connection_t *connection,
                                      uvws_outgoing_t what,
                                      uvws_buffer_t *payload) {
  uvws_loop_t *loop = connection->loop;
  assert(!connection->is_dead && connection->deflate_job == NULL);
  uvws_deflate_job_t *job = uvws_mem_calloc(loop->mem, sizeof(*job));
  if (job == NULL) {
    return UVWS_ERR_NO_MEMORY;
  }
  job->len = payload->len;
  uvws_status_t status = uvws_deflation_begin(
      &job->deflation, &connection->session, &what, payload);
  if (status != UVWS_OK) {
    uvws_mem_free(loop->mem, job);
    return status;
  }
  job->job.run = run;
  job->job.on_done = on_done;
  job->connection = connection;
  connection->deflate_job = job;
  uvws_job_start(&loop->jobs, &job->job);
  return UVWS_OK;
}

uvws_status_t uvws_connection_send_deflated(uvws_connection_t *connection) {
  uvws_deflate_job_t *job = connection->deflate_job;
  uvws_buffer_t header = uvws_buffer_empty();
  assert(job != NULL && job->is_done);
  connection->deflate_job = NULL;
  uvws_rest_note(connection);
  uvws_status_t status =
      uvws_deflation_end(&job->deflation, &connection->session, &header);
  if (status == UVWS_OK) {
    const uvws_buffer_t *output = &job->deflation.output;
    uvws_hub_count_out(connection, &job->deflation.what, job->len);
    uvws_hub_count_deflated(connection->hub, job->len, output->len);
    status =
        uvws_connection_write(connection, uvws_slice(header.data, header.len),
                              uvws_slice(output->data, output->len));
  }
  uvws_buffer_deinit(&header, connection->loop->mem);
  free_job(job);
  return status;
}

void uvws_connection_drop_deflation(uvws_connection_t *connection) {
  uvws_deflate_job_t *job = connection->deflate_job;
  if (job == NULL) {
    return;
  }
  connection->deflate_job = NULL;
  job->connection = NULL;
  if (job->is_done) {
    free_job(job);
  } else {
    uvws_job_cancel(&job->job);
  }
}
