#include "net/hub.h"

#include <assert.h>

#include "net/fanout.h"

uvws_hub_t *uvws_hub_new(uvws_loop_t *loop) {
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
  uvws_list_push(&hub->members, &connection->of_hub);
  hub->totals.opened++;
  hub->totals.open++;
}

void uvws_hub_leave(uvws_connection_t *connection) {
  uvws_hub_t *hub = connection->hub;
  if (hub == NULL) {
    return;
  }
  uvws_topics_leave(&hub->topics, &connection->subscriber);
  uvws_list_remove(&connection->of_hub);
  hub->totals.open--;
  connection->hub = NULL;
  uvws_hub_unref(hub);
}

uvws_totals_t uvws_hub_totals(const uvws_hub_t *hub) {
  uvws_totals_t totals = hub->totals;
  const uvws_list_t *end = &hub->members;
  for (const uvws_list_t *link = end->next; link != end; link = link->next) {
    const uvws_counters_t *counters =
        UVWS_CONTAINER_OF(link, uvws_connection_t, of_hub)->counters;
    totals.queued += counters->queued - counters->written;
  }
  return totals;
}

/* ---- Publishing ---- */

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
  return connection != except && uvws_fanout_send(fanout, connection) ? 1 : 0;
}

static uvws_connection_t *connection_of(const uvws_list_t *link) {
  return UVWS_CONTAINER_OF(
      UVWS_CONTAINER_OF(link, uvws_subscription_t, of_topic)->subscriber,
      uvws_connection_t, subscriber);
}

size_t uvws_hub_publish(uvws_hub_t *hub, uvws_slice_t topic,
                        const uvws_connection_t *except, uvws_outgoing_t what,
                        uvws_slice_t payload) {
  uvws_topic_t *found = uvws_topics_find(&hub->topics, topic);
  uvws_fanout_t fanout;
  size_t count = 0;
  if (found == NULL) {
    return 0;
  }
  uvws_fanout_init(&fanout, hub->loop->mem, what, payload);
  uvws_list_t *end = &found->subscriptions;
  for (uvws_list_t *link = end->next; link != end; link = link->next) {
    count += send_to(&fanout, connection_of(link), except);
  }
  return finish(hub, &fanout, count);
}

size_t uvws_hub_broadcast(uvws_hub_t *hub, const uvws_connection_t *except,
                          uvws_outgoing_t what, uvws_slice_t payload) {
  uvws_fanout_t fanout;
  size_t count = 0;
  uvws_fanout_init(&fanout, hub->loop->mem, what, payload);
  uvws_list_t *end = &hub->members;
  for (uvws_list_t *link = end->next; link != end; link = link->next) {
    count += send_to(
        &fanout, UVWS_CONTAINER_OF(link, uvws_connection_t, of_hub), except);
  }
  return finish(hub, &fanout, count);
}
