/* The inflating of large messages: on a thread of the pool, while the loop goes
 * on. Nothing is read meanwhile. */
#include "core/inflation.h"
#include "net/connection_internal.h"

struct uvws_inflate_job {
  uvws_job_t job;
  uvws_connection_t *connection;
  uvws_inflation_t inflation;
};

static void run(uvws_job_t *base) {
  uvws_inflate_job_t *job = UVWS_CONTAINER_OF(base, uvws_inflate_job_t, job);
  while (uvws_inflation_step(&job->inflation) && !uvws_job_is_canceled(base)) {
  }
}

static void free_job(uvws_connection_t *connection) {
  uvws_mem_free(connection->loop->mem, connection->compression->inflate_job);
  connection->compression->inflate_job = NULL;
}

/* Reading goes on. What a stream said behind was not held back. */
static void end_waiting(uvws_connection_t *connection) {
  connection->callbacks->on_inflating(connection, false);
  if (connection->is_end_kept) {
    uvws_connection_note_end(connection);
  }
  connection->callbacks->on_read(connection);
  if (connection->is_dead) {
    uvws_connection_bury(connection);
    return;
  }
  uvws_connection_watch(connection);
  if (connection->is_end_kept) {
    uvws_connection_end(connection);
  }
}

/* What was received before the end of a connection is delivered before it, but
 * not to an owner that has given up. */
static void on_done(uvws_job_t *base, bool was_run) {
  uvws_inflate_job_t *job = UVWS_CONTAINER_OF(base, uvws_inflate_job_t, job);
  uvws_connection_t *connection = job->connection;
  if (!was_run || connection->loop->is_closing) {
    uvws_inflation_deinit(&job->inflation);
    free_job(connection);
    uvws_connection_die(connection); /* the process is ending */
    uvws_connection_bury(connection);
    return;
  }
  uvws_connection_note_status(
      connection,
      uvws_inflation_end(&job->inflation, &connection->session.receiver));
  if (uvws_receiver_is_inflating(&connection->session.receiver)) {
    uvws_inflation_begin(&job->inflation, &connection->session.receiver);
    uvws_job_start(&connection->loop->jobs, &job->job);
    connection->callbacks->on_read(connection);
  } else {
    free_job(connection);
    end_waiting(connection);
  }
}

void uvws_connection_inflate(uvws_connection_t *connection) {
  uvws_loop_t *loop = connection->loop;
  if (uvws_connection_is_inflating(connection) ||
      !uvws_receiver_is_inflating(&connection->session.receiver)) {
    return;
  }
  uvws_inflate_job_t *job = uvws_mem_calloc(loop->mem, sizeof(*job));
  if (job == NULL) {
    uvws_session_conclude(&connection->session);
    connection->callbacks->on_failure(connection, UVWS_ERR_NO_MEMORY, 0);
    return;
  }
  job->job.run = run;
  job->job.on_done = on_done;
  job->connection = connection;
  connection->compression->inflate_job = job;
  connection->callbacks->on_inflating(connection, true);
  uvws_inflation_begin(&job->inflation, &connection->session.receiver);
  uvws_job_start(&loop->jobs, &job->job);
  uvws_connection_watch(connection);
}
