/* Who subscribes to what. A topic is a name, compared byte by byte; it exists
 * while somebody subscribes to it. Every call costs the same with one topic and
 * with a hundred thousand, but those that are told to go through them. */
#ifndef UVWS_NET_TOPICS_H
#define UVWS_NET_TOPICS_H

#include <stdbool.h>

#include "core/hash_map.h"
#include "core/siphash.h"
#include "core/slice.h"
#include "net/list.h"

/* One who subscribes; embedded by its owner. */
typedef struct uvws_subscriber {
  uvws_list_t subscriptions; /* uvws_subscription_t::of_subscriber */
} uvws_subscriber_t;

typedef struct uvws_topic {
  uvws_hash_node_t node;
  uvws_list_t subscriptions; /* uvws_subscription_t::of_topic, but of those who
                                are in a list of `shared` */
  struct uvws_shared_output *shared; /* see net/shared_output.h; or NULL */
  size_t subscriber_count;
  size_t name_len;
  uint8_t name[];
} uvws_topic_t;

typedef struct uvws_subscription {
  uvws_hash_node_t node;
  uvws_topic_t *topic;
  uvws_subscriber_t *subscriber;
  uvws_list_t of_topic;
  uvws_list_t of_subscriber;
  size_t shared_from; /* while its subscriber shares the topic's output */
} uvws_subscription_t;

typedef struct uvws_topics {
  const uvws_mem_t *mem;
  uint8_t key[UVWS_SIPHASH_KEY_LEN];
  uvws_hash_map_t by_name; /* uvws_topic_t::node */
  uvws_hash_map_t by_pair; /* uvws_subscription_t::node */
} uvws_topics_t;

/* Allocates nothing. mem is borrowed; key, which is copied, must be secret
 * where peers choose names. Needs no deinit once every subscriber has left. */
void uvws_topics_init(uvws_topics_t *topics, const uvws_mem_t *mem,
                      const uint8_t key[UVWS_SIPHASH_KEY_LEN]);

void uvws_subscriber_init(uvws_subscriber_t *subscriber);

/* Subscribes, once however often it is called. *is_first: the topic had no
 * subscriber before. ERR_NO_MEMORY changes nothing. The name is copied. */
UVWS_MUST_USE uvws_status_t uvws_topics_subscribe(uvws_topics_t *topics,
                                                  uvws_subscriber_t *subscriber,
                                                  uvws_slice_t name,
                                                  bool *is_first);

/* False if it did not subscribe. *is_last: the topic has no subscriber left. */
bool uvws_topics_unsubscribe(uvws_topics_t *topics,
                             uvws_subscriber_t *subscriber, uvws_slice_t name,
                             bool *is_last);

/* Unsubscribes from everything. */
void uvws_topics_leave(uvws_topics_t *topics, uvws_subscriber_t *subscriber);

bool uvws_topics_is_subscribed(const uvws_topics_t *topics,
                               const uvws_subscriber_t *subscriber,
                               uvws_slice_t name);

/* NULL if nobody subscribes to it. Valid until its last subscriber leaves. */
uvws_topic_t *uvws_topics_find(const uvws_topics_t *topics, uvws_slice_t name);

/* Goes through all topics, from NULL to NULL, in no order; none may come or go
 * meanwhile. */
const uvws_topic_t *uvws_topics_next(const uvws_topics_t *topics,
                                     const uvws_topic_t *topic);

/* Borrowed from the topic. */
static inline uvws_slice_t uvws_topic_name(const uvws_topic_t *topic) {
  return uvws_slice(topic->name, topic->name_len);
}

#endif
