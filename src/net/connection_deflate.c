/* The compressing of large messages: on a thread of the pool, while the loop
 * goes on. As of small ones (core/repeat.h), what one sends first its own
 * context compresses, and what others send meanwhile is compressed once for
 * them all. */
#include <assert.h>
#include <string.h>

#include "core/deflation.h"
#include "net/connection_internal.h"
#include "net/hub.h"
#include "net/rest.h"

struct uvws_deflate_job {
  uvws_job_t job;
  uvws_loop_t *loop;
  uvws_deflation_t deflation;
  uvws_list_t waiting;           /* uvws_connection_t::of_deflate_job */
  size_t ref_count;              /* connections, and who tells them */
  const uvws_connection_t *only; /* whose context it has; NULL: nobody's */
  bool is_done;
};

/* Nobody joins it any more. */
static void hide(uvws_deflate_job_t *job) {
  if (job->loop->last_deflate_job == job) {
    job->loop->last_deflate_job = NULL;
  }
}

static void unref(uvws_deflate_job_t *job) {
  if (--job->ref_count > 0) {
    return;
  }
  hide(job);
  if (job->is_done) {
    uvws_deflation_deinit(&job->deflation);
    uvws_mem_free(job->loop->mem, job);
  } else {
    uvws_job_cancel(&job->job);
  }
}

static void run(uvws_job_t *base) {
  uvws_deflate_job_t *job = UVWS_CONTAINER_OF(base, uvws_deflate_job_t, job);
  while (uvws_deflation_step(&job->deflation) && !uvws_job_is_canceled(base)) {
  }
}

/* Whoever is told may end others, who then wait no more. Without their message
 * connections can't go on: the process is ending. */
static void on_done(uvws_job_t *base, bool was_run) {
  uvws_deflate_job_t *job = UVWS_CONTAINER_OF(base, uvws_deflate_job_t, job);
  uvws_list_t *link;
  job->is_done = true;
  job->ref_count++;
  hide(job);
  while ((link = uvws_list_shift(&job->waiting)) != NULL) {
    uvws_connection_t *connection = UVWS_CONTAINER_OF(
        link, uvws_connection_t, compression[0].of_deflate_job);
    if (was_run) {
      connection->callbacks->on_deflated(connection);
    } else {
      uvws_connection_die(connection);
    }
  }
  unref(job);
}

/* ---- Beginning ---- */

static bool is_same(uvws_slice_t a, uvws_slice_t b) {
  return a.len == b.len && memcmp(a.data, b.data, a.len) == 0;
}

/* Whether a connection may send what others have compressed. */
static bool can_share(const uvws_connection_t *connection,
                      const uvws_outgoing_t *what) {
  const uvws_session_t *session = &connection->session;
  return what->is_final && !session->sender.is_in_message &&
         uvws_compression_can_begin_anew(
             session->options->receiver.compression);
}

/* The job that compresses the same for others of the kind, or NULL. */
static uvws_deflate_job_t *find_same(const uvws_connection_t *connection,
                                     const uvws_outgoing_t *what,
                                     uvws_slice_t payload) {
  uvws_deflate_job_t *job = connection->loop->last_deflate_job;
  bool is_found = job != NULL && can_share(connection, what) &&
                  job->only != connection &&
                  job->deflation.compression ==
                      connection->session.options->receiver.compression &&
                  is_same(uvws_buffer_slice(&job->deflation.input), payload);
  return is_found ? job : NULL;
}

static void add(uvws_deflate_job_t *job, uvws_connection_t *connection,
                const uvws_outgoing_t *what) {
  job->ref_count++;
  connection->compression->deflate_job = job;
  connection->compression->deflating = *what;
  uvws_list_push(&job->waiting, &connection->compression->of_deflate_job);
}

/* With the connection's own context, or, for many, with one that has nothing
 * behind it. */
static uvws_status_t begin(uvws_deflate_job_t *job,
                           uvws_connection_t *connection,
                           const uvws_outgoing_t *what, uvws_slice_t payload,
                           bool is_shared) {
  uvws_session_t *session = &connection->session;
  uvws_buffer_t copy = uvws_buffer_empty();
  uvws_status_t status =
      uvws_buffer_append(&copy, connection->loop->mem, payload, SIZE_MAX);
  if (status == UVWS_OK) {
    status = is_shared
                 ? uvws_deflation_begin_shared(
                       &job->deflation, session->options->receiver.compression,
                       &copy)
                 : uvws_deflation_begin(&job->deflation, session, what, &copy);
  }
  uvws_buffer_deinit(&copy, connection->loop->mem);
  return status;
}

static uvws_status_t start(uvws_connection_t *connection,
                           const uvws_outgoing_t *what, uvws_slice_t payload,
                           bool is_shared) {
  uvws_loop_t *loop = connection->loop;
  uvws_deflate_job_t *job = uvws_mem_calloc(loop->mem, sizeof(*job));
  if (job == NULL) {
    return UVWS_ERR_NO_MEMORY;
  }
  uvws_status_t status = begin(job, connection, what, payload, is_shared);
  if (status != UVWS_OK) {
    uvws_mem_free(loop->mem, job);
    return status;
  }
  job->loop = loop;
  job->only = is_shared ? NULL : connection;
  job->job.run = run;
  job->job.on_done = on_done;
  uvws_list_init(&job->waiting);
  add(job, connection, what);
  loop->last_deflate_job = job;
  uvws_job_start(&loop->jobs, &job->job);
  return UVWS_OK;
}

uvws_status_t uvws_connection_deflate(uvws_connection_t *connection,
                                      uvws_outgoing_t what,
                                      uvws_slice_t payload) {
  assert(!connection->is_dead && connection->has_compression);
  assert(!uvws_connection_is_deflating(connection));
  uvws_deflate_job_t *same = find_same(connection, &what, payload);
  uvws_status_t status = UVWS_OK;
  if (same != NULL && same->only == NULL) {
    add(same, connection, &what);
  } else {
    status = start(connection, &what, payload, same != NULL);
  }
  if (status == UVWS_OK && same != NULL) {
    uvws_session_expect_deflated(&connection->session, true);
  }
  return status;
}

/* ---- Ending ---- */

static uvws_status_t send_own(uvws_connection_t *connection,
                              uvws_deflate_job_t *job) {
  uvws_buffer_t header = uvws_buffer_empty();
  uvws_status_t status =
      uvws_deflation_end(&job->deflation, &connection->session, &header);
  if (status == UVWS_OK) {
    status = uvws_connection_write(connection, uvws_buffer_slice(&header),
                                   uvws_buffer_slice(&job->deflation.output));
  }
  uvws_buffer_deinit(&header, connection->loop->mem);
  return status;
}

/* To what is masked a copy of its own is due. */
static uvws_status_t send_shared(uvws_connection_t *connection,
                                 uvws_deflate_job_t *job) {
  uvws_session_t *session = &connection->session;
  uvws_slice_t payload = uvws_buffer_slice(&job->deflation.output);
  uvws_buffer_t frame = uvws_buffer_empty();
  uvws_status_t status = job->deflation.status;
  bool is_masked =
      uvws_session_masks(session, &connection->compression->deflating);
  uvws_session_expect_deflated(session, false);
  if (status == UVWS_OK) {
    status =
        is_masked
            ? uvws_session_send_deflated(
                  session, &frame, connection->compression->deflating, payload)
            : uvws_session_announce_deflated(session, &frame,
                                             connection->compression->deflating,
                                             payload.len);
  }
  if (status == UVWS_OK) {
    status = uvws_connection_write(connection, uvws_buffer_slice(&frame),
                                   is_masked ? uvws_slice(NULL, 0) : payload);
  }
  uvws_buffer_deinit(&frame, connection->loop->mem);
  return status;
}

uvws_status_t uvws_connection_send_deflated(uvws_connection_t *connection) {
  uvws_deflate_job_t *job = connection->compression->deflate_job;
  assert(job != NULL && job->is_done);
  size_t len = job->deflation.input.len;
  connection->compression->deflate_job = NULL;
  uvws_rest_note(connection);
  uvws_status_t status = job->only != NULL ? send_own(connection, job)
                                           : send_shared(connection, job);
  if (status == UVWS_OK) {
    uvws_hub_count_out(connection, &connection->compression->deflating, len);
    uvws_hub_count_deflated(connection->hub, len, job->deflation.output.len);
  }
  unref(job);
  return status;
}

void uvws_connection_drop_deflation(uvws_connection_t *connection) {
  if (uvws_connection_is_deflating(connection)) {
    uvws_deflate_job_t *job = connection->compression->deflate_job;
    connection->compression->deflate_job = NULL;
    uvws_list_remove(&connection->compression->of_deflate_job);
    unref(job);
  }
}
