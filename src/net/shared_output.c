#include "net/shared_output.h"

#include "net/connection_internal.h"

static uvws_connection_t *first_of(const uvws_shared_output_t *shared) {
  return UVWS_CONTAINER_OF(
      UVWS_CONTAINER_OF(shared->sharers.next, uvws_subscription_t, of_topic)
          ->subscriber,
      uvws_connection_t, subscriber);
}

static uvws_shared_output_t *new_output(uvws_loop_t *loop) {
  uvws_shared_output_t *shared = uvws_mem_alloc(loop->mem, sizeof(*shared));
  if (shared != NULL) {
    uvws_list_init(&shared->sharers);
    shared->sharer_count = 0;
    shared->bytes = uvws_loop_take_spare(loop, 0);
  }
  return shared;
}

static void free_if_unused(uvws_topic_t *topic, uvws_loop_t *loop) {
  uvws_shared_output_t *shared = topic->shared;
  if (shared->sharer_count == 0) {
    topic->shared = NULL;
    uvws_loop_give_spare(loop, &shared->bytes);
    uvws_mem_free(loop->mem, shared);
  }
}

bool uvws_shared_output_append(uvws_topic_t *topic, uvws_loop_t *loop,
                               uvws_slice_t frame, size_t *from) {
  if (topic->shared == NULL) {
    topic->shared = new_output(loop);
  }
  if (topic->shared == NULL) {
    return false;
  }
  uvws_buffer_t *bytes = &topic->shared->bytes;
  *from = bytes->len;
  if (uvws_buffer_append(bytes, loop->mem, frame, SIZE_MAX) == UVWS_OK) {
    return true;
  }
  free_if_unused(topic, loop);
  return false;
}

bool uvws_shared_output_can_join(const uvws_connection_t *connection) {
  return connection->shared == NULL && connection->out.data == NULL &&
         connection->backlog == NULL &&
         uvws_connection_takes_messages(connection) &&
         !connection->is_queueing && !connection->is_blocked &&
         !connection->is_stream && connection->hold_count == 0 &&
         connection->session.options->receiver.compression == NULL;
}

void uvws_shared_output_join(uvws_connection_t *connection,
                             uvws_subscription_t *subscription, size_t from) {
  uvws_shared_output_t *shared = subscription->topic->shared;
  uvws_list_remove(&subscription->of_topic);
  uvws_list_push(&shared->sharers, &subscription->of_topic);
  shared->sharer_count++;
  subscription->shared_from = from;
  connection->shared = subscription;
  uvws_connection_mark_dirty(connection);
}

void uvws_shared_output_settle(uvws_topic_t *topic, uvws_loop_t *loop) {
  bool is_much = topic->shared->bytes.len >= UVWS_FLUSH_AT;
  free_if_unused(topic, loop);
  while (is_much && topic->shared != NULL) {
    uvws_connection_flush(first_of(topic->shared));
  }
}

void uvws_shared_output_end(uvws_topic_t *topic) {
  while (topic->shared != NULL) {
    uvws_connection_unshare(first_of(topic->shared));
  }
}

uvws_slice_t uvws_shared_output_of(const uvws_connection_t *connection) {
  const uvws_subscription_t *subscription = connection->shared;
  if (subscription == NULL) {
    return uvws_slice(NULL, 0);
  }
  const uvws_buffer_t *bytes = &subscription->topic->shared->bytes;
  return uvws_slice(bytes->data + subscription->shared_from,
                    bytes->len - subscription->shared_from);
}

void uvws_shared_output_leave(uvws_connection_t *connection) {
  uvws_subscription_t *subscription = connection->shared;
  if (subscription == NULL) {
    return;
  }
  uvws_topic_t *topic = subscription->topic;
  connection->shared = NULL;
  uvws_list_remove(&subscription->of_topic);
  uvws_list_push(&topic->subscriptions, &subscription->of_topic);
  topic->shared->sharer_count--;
  free_if_unused(topic, connection->loop);
}
