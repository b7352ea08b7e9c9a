#include "net/hub.h"

#include <assert.h>

#include "net/connection_internal.h"
#include "net/fanout.h"
#include "net/heartbeat.h"
#include "net/shared_output.h"

uvws_hub_t *uvws_hub_new(uvws_loop_t *loop, const uvws_limits_t *limits,
                         void (*on_refused)(uvws_connection_t *connection)) {
  uint8_t key[UVWS_SIPHASH_KEY_LEN];
  if (uv_random(NULL, NULL, key, sizeof(key), 0, NULL) != 0) {
    return NULL;
  }
  uvws_hub_t *hub = uvws_mem_alloc(loop->mem, sizeof(*hub));
  if (hub == NULL) {
    return NULL;
  }
  hub->loop = loop;
  hub->ref_count = 1;
  uvws_list_init(&hub->members);
  hub->totals = (uvws_totals_t){0};
  hub->limits = *limits;
  hub->on_refused = on_refused;
  uvws_heartbeat_init(hub);
  uvws_topics_init(&hub->topics, loop->mem, key);
  return hub;
}

void uvws_hub_ref(uvws_hub_t *hub) { hub->ref_count++; }

void uvws_hub_unref(uvws_hub_t *hub) {
  assert(hub->ref_count > 0);
  if (--hub->ref_count == 0) {
    uvws_mem_free(hub->topics.mem, hub);
  }
}

void uvws_hub_join(uvws_hub_t *hub, uvws_connection_t *connection) {
  assert(connection->hub == NULL);
  uvws_hub_ref(hub);
  connection->hub = hub;
  if (uvws_rate_is_limited(&hub->limits.rate.rate) &&
      uvws_throttle_start(connection, &hub->limits.rate) != UVWS_OK) {
    uvws_connection_die(connection);
  }
  uvws_heartbeat_join(hub, connection);
  uvws_list_push(&hub->members, &connection->of_hub);
  hub->totals.opened++;
  hub->totals.open++;
}

void uvws_hub_leave(uvws_connection_t *connection) {
  uvws_hub_t *hub = connection->hub;
  if (hub == NULL) {
    return;
  }
  uvws_throttle_stop(connection);
  uvws_connection_unshare(connection);
  uvws_topics_leave(&hub->topics, &connection->subscriber);
  uvws_list_remove(&connection->of_hub);
  uvws_heartbeat_leave(hub);
  hub->totals.open--;
  connection->hub = NULL;
  uvws_hub_unref(hub);
}

uvws_status_t uvws_hub_subscribe(uvws_connection_t *connection,
                                 uvws_slice_t topic, bool *is_first) {
  return uvws_topics_subscribe(&connection->hub->topics,
                               &connection->subscriber, topic, is_first);
}

bool uvws_hub_unsubscribe(uvws_connection_t *connection, uvws_slice_t topic,
                          bool *is_last) {
  uvws_connection_unshare(connection);
  return uvws_topics_unsubscribe(&connection->hub->topics,
                                 &connection->subscriber, topic, is_last);
}

uvws_totals_t uvws_hub_totals(const uvws_hub_t *hub) {
  uvws_totals_t totals = hub->totals;
  const uvws_list_t *end = &hub->members;
  for (const uvws_list_t *link = end->next; link != end; link = link->next) {
    const uvws_connection_t *connection =
        UVWS_CONTAINER_OF(link, uvws_connection_t, of_hub);
    const uvws_counters_t *counters = connection->counters;
    totals.queued += counters->queued - counters->written +
                     (double)uvws_shared_output_of(connection).len;
  }
  return totals;
}

/* ---- Publishing ---- */

static bool is_refused(const uvws_hub_t *hub,
                       const uvws_connection_t *connection, size_t len) {
  double limit = hub->limits.max_buffered;
  return limit > 0 && uvws_connection_is_waiting(connection) &&
         connection->counters->buffered + (double)len > limit;
}

/* For at most `count` members. */
static void begin(uvws_fanout_t *fanout, const uvws_hub_t *hub,
                  uvws_outgoing_t what, uvws_slice_t payload, double count) {
  size_t apart_at = hub->limits.deflate_apart_at;
  uvws_fanout_init(fanout, hub->loop->mem, what, payload);
  fanout->is_deflated_apart =
      apart_at > 0 && payload.len >= apart_at && count <= UVWS_HUB_FEW;
}

/* Nothing of the application runs until all have been sent to: no list changes
 * under the walks below. What a stream has gathered may be written then. */
static size_t finish(uvws_hub_t *hub, uvws_fanout_t *fanout, size_t count) {
  bool is_flush_due = fanout->is_flush_due;
  uvws_fanout_deinit(fanout);
  if (is_flush_due) {
    uvws_loop_flush(hub->loop);
  }
  return count;
}

static size_t send_to(uvws_fanout_t *fanout, uvws_connection_t *connection,
                      const uvws_connection_t *except) {
  uvws_hub_t *hub = connection->hub;
  if (connection == except) {
    return 0;
  }
  if (connection->is_queueing || uvws_fanout_leaves(fanout, connection) ||
      is_refused(hub, connection, fanout->payload.len)) {
    hub->on_refused(connection);
    return 0;
  }
  return uvws_fanout_send(fanout, connection) ? 1 : 0;
}

/* Long messages are not copied, not even once. */
static bool append_shared(uvws_fanout_t *fanout, uvws_loop_t *loop,
                          uvws_topic_t *topic, size_t *from) {
  uvws_slice_t frame;
  return fanout->payload.len < UVWS_WRITE_THROUGH_AT - UVWS_FRAME_HEADER_MAX &&
         !loop->is_immediate && uvws_fanout_frame(fanout, &frame) &&
         uvws_shared_output_append(topic, loop, frame, from);
}

/* The ones who share the topic's output, or can from this message on, have it
 * with that; the others get their own. */
static size_t send_to_topic(uvws_fanout_t *fanout, uvws_topic_t *topic,
                            const uvws_connection_t *except, bool is_shared,
                            size_t from) {
  uvws_list_t *end = &topic->subscriptions;
  uvws_list_t *next;
  size_t count = 0;
  for (uvws_list_t *link = end->next; link != end; link = next) {
    uvws_subscription_t *subscription =
        UVWS_CONTAINER_OF(link, uvws_subscription_t, of_topic);
    uvws_connection_t *connection = UVWS_CONTAINER_OF(
        subscription->subscriber, uvws_connection_t, subscriber);
    next = link->next;
    if (is_shared && connection != except &&
        uvws_shared_output_can_join(connection)) {
      uvws_shared_output_join(connection, subscription, from);
    } else {
      count += send_to(fanout, connection, except);
    }
  }
  return count;
}

static size_t count_shared(uvws_hub_t *hub, const uvws_topic_t *topic,
                           size_t payload_len) {
  size_t count = uvws_shared_output_count(topic);
  hub->totals.messages_out += (double)count;
  hub->totals.payload_out += (double)count * (double)payload_len;
  return count;
}

size_t uvws_hub_publish(uvws_hub_t *hub, uvws_slice_t topic,
                        uvws_connection_t *except, uvws_outgoing_t what,
                        uvws_slice_t payload) {
  uvws_topic_t *found = uvws_topics_find(&hub->topics, topic);
  uvws_fanout_t fanout;
  size_t from = 0;
  if (found == NULL) {
    return 0;
  }
  if (except != NULL) {
    uvws_connection_unshare(except);
  }
  begin(&fanout, hub, what, payload, (double)found->subscriber_count);
  bool is_shared = append_shared(&fanout, hub->loop, found, &from);
  if (!is_shared) {
    uvws_shared_output_end(found);
  }
  size_t count = send_to_topic(&fanout, found, except, is_shared, from);
  if (is_shared) {
    count += count_shared(hub, found, payload.len);
    uvws_shared_output_settle(found, hub->loop);
  }
  return finish(hub, &fanout, count);
}

size_t uvws_hub_broadcast(uvws_hub_t *hub, const uvws_connection_t *except,
                          uvws_outgoing_t what, uvws_slice_t payload) {
  uvws_fanout_t fanout;
  size_t count = 0;
  begin(&fanout, hub, what, payload, hub->totals.open);
  uvws_list_t *end = &hub->members;
  for (uvws_list_t *link = end->next; link != end; link = link->next) {
    count += send_to(
        &fanout, UVWS_CONTAINER_OF(link, uvws_connection_t, of_hub), except);
  }
  return finish(hub, &fanout, count);
}
