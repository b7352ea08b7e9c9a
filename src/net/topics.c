#include "net/topics.h"

#include <assert.h>
#include <string.h>

void uvws_topics_init(uvws_topics_t *topics, const uvws_mem_t *mem,
                      const uint8_t key[UVWS_SIPHASH_KEY_LEN]) {
  topics->mem = mem;
  memcpy(topics->key, key, UVWS_SIPHASH_KEY_LEN);
  topics->by_name = uvws_hash_map_empty();
  topics->by_pair = uvws_hash_map_empty();
}

void uvws_subscriber_init(uvws_subscriber_t *subscriber) {
  uvws_list_init(&subscriber->subscriptions);
}

/* ---- Topics by name ---- */

static uvws_topic_t *topic_of(const uvws_hash_node_t *node) {
  return node == NULL ? NULL : UVWS_CONTAINER_OF(node, uvws_topic_t, node);
}

static bool has_name(const uvws_hash_node_t *node, const void *key) {
  const uvws_topic_t *topic = topic_of(node);
  const uvws_slice_t *name = key;
  return topic->name_len == name->len &&
         (name->len == 0 || memcmp(topic->name, name->data, name->len) == 0);
}

uvws_topic_t *uvws_topics_find(const uvws_topics_t *topics, uvws_slice_t name) {
  return topic_of(uvws_hash_map_find(
      &topics->by_name, uvws_siphash(topics->key, name), has_name, &name));
}

const uvws_topic_t *uvws_topics_next(const uvws_topics_t *topics,
                                     const uvws_topic_t *topic) {
  return topic_of(uvws_hash_map_next(&topics->by_name,
                                     topic == NULL ? NULL : &topic->node));
}

static uvws_topic_t *add_topic(uvws_topics_t *topics, uvws_slice_t name) {
  if (name.len > SIZE_MAX - sizeof(uvws_topic_t)) {
    return NULL;
  }
  uvws_topic_t *topic = uvws_mem_alloc(topics->mem, sizeof(*topic) + name.len);
  if (topic == NULL) {
    return NULL;
  }
  topic->node.hash = uvws_siphash(topics->key, name);
  uvws_list_init(&topic->subscriptions);
  topic->shared = NULL;
  topic->subscriber_count = 0;
  topic->name_len = name.len;
  if (name.len > 0) {
    memcpy(topic->name, name.data, name.len);
  }
  if (uvws_hash_map_insert(&topics->by_name, topics->mem, &topic->node) !=
      UVWS_OK) {
    uvws_mem_free(topics->mem, topic);
    return NULL;
  }
  return topic;
}

static void drop_if_empty(uvws_topics_t *topics, uvws_topic_t *topic) {
  if (topic->subscriber_count == 0) {
    uvws_hash_map_remove(&topics->by_name, topics->mem, &topic->node);
    uvws_mem_free(topics->mem, topic);
  }
}

/* ---- Subscriptions by subscriber and topic ---- */

/* Addresses, which no peer chooses: an odd multiplier spreads them enough. */
static uint64_t hash_pair(const uvws_subscriber_t *subscriber,
                          const uvws_topic_t *topic) {
  uint64_t hash = (uint64_t)(uintptr_t)subscriber * 0x9e3779b97f4a7c15u;
  hash = (hash ^ (uint64_t)(uintptr_t)topic) * 0xbf58476d1ce4e5b9u;
  return hash ^ hash >> 32;
}

static uvws_subscription_t *subscription_of(const uvws_hash_node_t *node) {
  return node == NULL ? NULL
                      : UVWS_CONTAINER_OF(node, uvws_subscription_t, node);
}

static bool is_pair(const uvws_hash_node_t *node, const void *key) {
  const uvws_subscription_t *subscription = subscription_of(node);
  const uvws_subscription_t *pair = key;
  return subscription->subscriber == pair->subscriber &&
         subscription->topic == pair->topic;
}

static uvws_subscription_t *find_pair(const uvws_topics_t *topics,
                                      const uvws_subscriber_t *subscriber,
                                      uvws_topic_t *topic) {
  uvws_subscription_t pair = {.topic = topic,
                              .subscriber = (uvws_subscriber_t *)subscriber};
  return subscription_of(uvws_hash_map_find(
      &topics->by_pair, hash_pair(subscriber, topic), is_pair, &pair));
}

static uvws_status_t add_subscription(uvws_topics_t *topics,
                                      uvws_subscriber_t *subscriber,
                                      uvws_topic_t *topic) {
  uvws_subscription_t *added = uvws_mem_alloc(topics->mem, sizeof(*added));
  if (added == NULL) {
    return UVWS_ERR_NO_MEMORY;
  }
  added->node.hash = hash_pair(subscriber, topic);
  added->topic = topic;
  added->subscriber = subscriber;
  added->shared_from = 0;
  uvws_status_t status =
      uvws_hash_map_insert(&topics->by_pair, topics->mem, &added->node);
  if (status != UVWS_OK) {
    uvws_mem_free(topics->mem, added);
    return status;
  }
  uvws_list_push(&topic->subscriptions, &added->of_topic);
  uvws_list_push(&subscriber->subscriptions, &added->of_subscriber);
  topic->subscriber_count++;
  return UVWS_OK;
}

/* Whether the topic has gone with it. */
static bool drop_subscription(uvws_topics_t *topics,
                              uvws_subscription_t *subscription) {
  uvws_topic_t *topic = subscription->topic;
  bool is_last = --topic->subscriber_count == 0;
  uvws_list_remove(&subscription->of_topic);
  uvws_list_remove(&subscription->of_subscriber);
  uvws_hash_map_remove(&topics->by_pair, topics->mem, &subscription->node);
  uvws_mem_free(topics->mem, subscription);
  drop_if_empty(topics, topic);
  return is_last;
}

uvws_status_t uvws_topics_subscribe(uvws_topics_t *topics,
                                    uvws_subscriber_t *subscriber,
                                    uvws_slice_t name, bool *is_first) {
  uvws_topic_t *topic = uvws_topics_find(topics, name);
  *is_first = topic == NULL;
  if (topic == NULL) {
    topic = add_topic(topics, name);
  } else if (find_pair(topics, subscriber, topic) != NULL) {
    return UVWS_OK;
  }
  if (topic == NULL) {
    return UVWS_ERR_NO_MEMORY;
  }
  uvws_status_t status = add_subscription(topics, subscriber, topic);
  if (status != UVWS_OK) {
    drop_if_empty(topics, topic);
  }
  return status;
}

bool uvws_topics_unsubscribe(uvws_topics_t *topics,
                             uvws_subscriber_t *subscriber, uvws_slice_t name,
                             bool *is_last) {
  uvws_topic_t *topic = uvws_topics_find(topics, name);
  uvws_subscription_t *subscription =
      topic == NULL ? NULL : find_pair(topics, subscriber, topic);
  *is_last = subscription != NULL && drop_subscription(topics, subscription);
  return subscription != NULL;
}

void uvws_topics_leave(uvws_topics_t *topics, uvws_subscriber_t *subscriber) {
  uvws_list_t *list = &subscriber->subscriptions;
  while (!uvws_list_is_empty(list)) {
    (void)drop_subscription(
        topics,
        UVWS_CONTAINER_OF(list->next, uvws_subscription_t, of_subscriber));
  }
}

bool uvws_topics_is_subscribed(const uvws_topics_t *topics,
                               const uvws_subscriber_t *subscriber,
                               uvws_slice_t name) {
  uvws_topic_t *topic = uvws_topics_find(topics, name);
  return topic != NULL && find_pair(topics, subscriber, topic) != NULL;
}
