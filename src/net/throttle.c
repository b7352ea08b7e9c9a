#include "net/throttle.h"

#include "net/connection_internal.h"

struct uvws_throttle {
  uvws_connection_t *connection;
  const uvws_rate_policy_t *policy;
  uvws_bucket_t bucket;
  uvws_deadline_t deadline; /* reading goes on then */
};

static void wait_for_tokens(uvws_throttle_t *throttle) {
  uvws_deadline_start(
      throttle->connection->loop, &throttle->deadline,
      uvws_bucket_debt_ms(&throttle->bucket, &throttle->policy->rate));
}

static bool take(uvws_throttle_t *throttle, double messages, double bytes) {
  return uvws_bucket_take(&throttle->bucket, &throttle->policy->rate, messages,
                          bytes, uvws_loop_now(throttle->connection->loop));
}

static void on_deadline(uvws_deadline_t *deadline) {
  uvws_throttle_t *throttle =
      UVWS_CONTAINER_OF(deadline, uvws_throttle_t, deadline);
  uvws_connection_t *connection = throttle->connection;
  if (connection->is_dead) {
    return;
  }
  if (!take(throttle, 0, 0)) {
    wait_for_tokens(throttle);
    return;
  }
  connection->is_throttled = false;
  uvws_connection_watch(connection);
  connection->callbacks->on_throttled(connection, false);
  connection->callbacks->on_read(connection);
}

uvws_status_t uvws_throttle_start(uvws_connection_t *connection,
                                  const uvws_rate_policy_t *policy) {
  uvws_loop_t *loop = connection->loop;
  uvws_throttle_t *throttle = uvws_mem_alloc(loop->mem, sizeof(*throttle));
  if (throttle == NULL) {
    return UVWS_ERR_NO_MEMORY;
  }
  throttle->connection = connection;
  throttle->policy = policy;
  uvws_bucket_init(&throttle->bucket, &policy->rate, uvws_loop_now(loop));
  uvws_deadline_init(&throttle->deadline, on_deadline);
  connection->throttle = throttle;
  return UVWS_OK;
}

void uvws_throttle_stop(uvws_connection_t *connection) {
  uvws_throttle_t *throttle = connection->throttle;
  if (throttle != NULL) {
    uvws_deadline_stop(&throttle->deadline);
    connection->throttle = NULL;
    connection->is_throttled = false;
    uvws_mem_free(connection->loop->mem, throttle);
  }
}

/* Nothing more is parsed; the owner closes. */
static void reject(uvws_connection_t *connection) {
  uvws_receiver_stop(&connection->session.receiver);
  connection->callbacks->on_failure(connection, UVWS_ERR_RATE_LIMITED, 0);
}

static void pause_reading(uvws_connection_t *connection) {
  connection->is_throttled = true;
  uvws_connection_watch(connection);
  wait_for_tokens(connection->throttle);
  connection->callbacks->on_throttled(connection, true);
}

/* Once is enough, for who is closed and who is not read from. */
static bool is_judged(const uvws_connection_t *connection) {
  return !connection->is_dead && !connection->is_throttled &&
         !uvws_receiver_is_stopped(&connection->session.receiver);
}

bool uvws_throttle_count(uvws_connection_t *connection, double messages,
                         double bytes) {
  uvws_throttle_t *throttle = connection->throttle;
  if (take(throttle, messages, bytes) || !is_judged(connection)) {
    return true;
  }
  if (throttle->policy->is_pausing) {
    pause_reading(connection);
    return true;
  }
  reject(connection);
  return false;
}
