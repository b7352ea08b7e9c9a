#include "net/rest.h"

/* glibc keeps what is freed, however much it is, and in pieces between what is
 * not: it has to be told. Other allocators give it back by themselves. */
#ifdef __GLIBC__
#include <malloc.h>
static void give_back(void) { (void)malloc_trim(0); }
#else
static void give_back(void) {}
#endif

static void on_expired(uvws_deadline_t *deadline);

void uvws_rest_init(uvws_rest_t *rest) {
  uvws_list_init(&rest->busy);
  uvws_deadline_init(&rest->deadline, on_expired);
  rest->period_ms = UVWS_REST_PERIOD_MS;
  rest->is_any_freed = false;
  rest->sweep = 0;
}

void uvws_rest_note(uvws_connection_t *connection) {
  uvws_loop_t *loop = connection->loop;
  uvws_rest_t *rest = &loop->rest;
  connection->used_in_sweep = rest->sweep;
  if (!uvws_list_is_empty(&connection->of_rest) || connection->is_dead) {
    return;
  }
  if (uvws_list_is_empty(&rest->deadline.link)) {
    uvws_deadline_start(loop, &rest->deadline, rest->period_ms);
  }
  uvws_list_push(&rest->busy, &connection->of_rest);
}

void uvws_rest_leave(uvws_connection_t *connection) {
  if (!uvws_list_is_empty(&connection->of_rest)) {
    uvws_list_remove(&connection->of_rest);
    connection->loop->rest.is_any_freed = true;
  }
}

/* Within a message the contexts are needed, and a thread may have them. */
static bool is_in_use(const uvws_connection_t *connection) {
  const uvws_session_t *session = &connection->session;
  const uvws_receiver_t *receiver = &session->receiver;
  return connection->deflate_job != NULL || connection->inflate_job != NULL ||
         session->sender.is_in_message ||
         (receiver->message_type != 0 && !uvws_receiver_is_stopped(receiver));
}

/* Its kind's shared contexts go too: for those who still use them, making them
 * anew once a period costs little. */
static void lay_down(uvws_connection_t *connection) {
  uvws_rest_leave(connection);
  uvws_session_rest(&connection->session);
  uvws_compression_trim(connection->session.options->receiver.compression);
}

static void on_expired(uvws_deadline_t *deadline) {
  uvws_rest_t *rest = UVWS_CONTAINER_OF(deadline, uvws_rest_t, deadline);
  uvws_loop_t *loop = UVWS_CONTAINER_OF(rest, uvws_loop_t, rest);
  uvws_list_t *link = rest->busy.next;
  while (link != &rest->busy) {
    uvws_connection_t *connection =
        UVWS_CONTAINER_OF(link, uvws_connection_t, of_rest);
    link = link->next;
    if (connection->used_in_sweep != rest->sweep && !is_in_use(connection)) {
      lay_down(connection);
    }
  }
  if (rest->is_any_freed) {
    rest->is_any_freed = false;
    give_back();
  }
  rest->sweep++;
  if (!uvws_list_is_empty(&rest->busy)) {
    uvws_deadline_start(loop, &rest->deadline, rest->period_ms);
  }
}
