#include "net/rest.h"

/* Freeing what many connections hold, and giving it back, takes a fifth of a
 * millisecond for each megabyte: it is done in portions. */
#define PORTION 256
#define NEXT_PORTION_SHARE 64 /* of a period, until the next one */

/* Less is worth no walk through the allocator's lists. */
#define GIVE_BACK_MIN 64

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
  rest->freed_count = 0;
  rest->sweep = 0;
}

void uvws_rest_note(uvws_connection_t *connection) {
  uvws_loop_t *loop = connection->loop;
  uvws_rest_t *rest = &loop->rest;
  uvws_connection_compression_t *compression = connection->compression;
  compression->used_in_sweep = rest->sweep;
  if (!uvws_list_is_empty(&compression->of_rest) || connection->is_dead) {
    return;
  }
  if (uvws_list_is_empty(&rest->deadline.link)) {
    uvws_deadline_start(loop, &rest->deadline, rest->period_ms);
  }
  uvws_list_push(&rest->busy, &compression->of_rest);
}

void uvws_rest_leave(uvws_connection_t *connection) {
  if (connection->has_compression &&
      !uvws_list_is_empty(&connection->compression->of_rest)) {
    uvws_list_remove(&connection->compression->of_rest);
    connection->loop->rest.freed_count++;
  }
}

/* Within a message the contexts are needed, and a thread may have them. */
static bool is_in_use(const uvws_connection_t *connection) {
  const uvws_session_t *session = &connection->session;
  const uvws_receiver_t *receiver = &session->receiver;
  return uvws_connection_is_deflating(connection) ||
         uvws_connection_is_inflating(connection) ||
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

/* Whether all that are due were laid down. */
static bool lay_down_portion(uvws_rest_t *rest) {
  size_t count = 0;
  uvws_list_t *link = rest->busy.next;
  while (link != &rest->busy && count < PORTION) {
    uvws_connection_t *connection =
        UVWS_CONTAINER_OF(link, uvws_connection_t, compression[0].of_rest);
    link = link->next;
    if (connection->compression->used_in_sweep != rest->sweep &&
        !is_in_use(connection)) {
      lay_down(connection);
      count++;
    }
  }
  return count < PORTION;
}

static void on_expired(uvws_deadline_t *deadline) {
  uvws_rest_t *rest = UVWS_CONTAINER_OF(deadline, uvws_rest_t, deadline);
  uvws_loop_t *loop = UVWS_CONTAINER_OF(rest, uvws_loop_t, rest);
  uint64_t next_ms = rest->period_ms / NEXT_PORTION_SHARE;
  if (lay_down_portion(rest)) {
    rest->sweep++;
    next_ms = rest->period_ms;
  }
  bool is_busy = !uvws_list_is_empty(&rest->busy);
  if (rest->freed_count >= GIVE_BACK_MIN || !is_busy) {
    rest->freed_count = 0;
    give_back();
  }
  if (is_busy) {
    uvws_deadline_start(loop, &rest->deadline, next_ms);
  }
}
