#include "net/topics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"

#define SUBSCRIBERS 20
#define TOPICS 50

typedef struct fixture {
  support_mem_t mem;
  uvws_topics_t topics;
  uvws_subscriber_t subscribers[SUBSCRIBERS];
} fixture_t;

static int set_up(void **state) {
  static const uint8_t key[UVWS_SIPHASH_KEY_LEN] = {7};
  fixture_t *fixture = calloc(1, sizeof(*fixture));
  assert_non_null(fixture);
  support_mem_init(&fixture->mem, 0);
  uvws_topics_init(&fixture->topics, &fixture->mem.mem, key);
  for (size_t i = 0; i < SUBSCRIBERS; i++) {
    uvws_subscriber_init(&fixture->subscribers[i]);
  }
  *state = fixture;
  return 0;
}

static int tear_down(void **state) {
  fixture_t *fixture = *state;
  for (size_t i = 0; i < SUBSCRIBERS; i++) {
    uvws_topics_leave(&fixture->topics, &fixture->subscribers[i]);
  }
  assert_null(uvws_topics_next(&fixture->topics, NULL));
  assert_int_equal(fixture->mem.live, 0);
  free(fixture);
  return 0;
}

static void name_free(uvws_slice_t name) { free((void *)name.data); }

static bool subscribe(fixture_t *fixture, size_t who, const char *text) {
  bool is_first = false;
  uvws_slice_t name = support_copy_text(text);
  assert_int_equal(uvws_topics_subscribe(&fixture->topics,
                                         &fixture->subscribers[who], name,
                                         &is_first),
                   UVWS_OK);
  name_free(name);
  return is_first;
}

static bool unsubscribe(fixture_t *fixture, size_t who, const char *text,
                        bool *is_last) {
  uvws_slice_t name = support_copy_text(text);
  bool was = uvws_topics_unsubscribe(&fixture->topics,
                                     &fixture->subscribers[who], name, is_last);
  name_free(name);
  return was;
}

static bool is_subscribed(const fixture_t *fixture, size_t who,
                          const char *text) {
  uvws_slice_t name = support_copy_text(text);
  bool is = uvws_topics_is_subscribed(&fixture->topics,
                                      &fixture->subscribers[who], name);
  name_free(name);
  return is;
}

static size_t count_of(const fixture_t *fixture, const char *text) {
  uvws_slice_t name = support_copy_text(text);
  uvws_topic_t *topic = uvws_topics_find(&fixture->topics, name);
  size_t listed = 0;
  name_free(name);
  if (topic == NULL) {
    return 0;
  }
  for (uvws_list_t *link = topic->subscriptions.next;
       link != &topic->subscriptions; link = link->next) {
    listed++;
  }
  assert_int_equal(listed, topic->subscriber_count);
  return listed;
}

static void a_topic_lives_while_it_has_subscribers(void **state) {
  fixture_t *fixture = *state;
  bool is_last = true;
  assert_int_equal(count_of(fixture, "news"), 0);
  assert_true(subscribe(fixture, 0, "news"));
  assert_false(subscribe(fixture, 1, "news"));
  assert_int_equal(count_of(fixture, "news"), 2);
  assert_true(unsubscribe(fixture, 0, "news", &is_last));
  assert_false(is_last);
  assert_false(is_subscribed(fixture, 0, "news"));
  assert_true(is_subscribed(fixture, 1, "news"));
  assert_true(unsubscribe(fixture, 1, "news", &is_last));
  assert_true(is_last);
  assert_null(uvws_topics_next(&fixture->topics, NULL));
}

static void subscribing_twice_is_subscribing_once(void **state) {
  fixture_t *fixture = *state;
  bool is_last = false;
  assert_true(subscribe(fixture, 0, "news"));
  assert_false(subscribe(fixture, 0, "news"));
  assert_int_equal(count_of(fixture, "news"), 1);
  assert_true(unsubscribe(fixture, 0, "news", &is_last));
  assert_true(is_last);
}

static void unsubscribing_from_elsewhere_changes_nothing(void **state) {
  fixture_t *fixture = *state;
  bool is_last = true;
  assert_true(subscribe(fixture, 0, "news"));
  assert_false(unsubscribe(fixture, 1, "news", &is_last));
  assert_false(is_last);
  assert_false(unsubscribe(fixture, 0, "new", &is_last));
  assert_false(is_last);
  assert_int_equal(count_of(fixture, "news"), 1);
}

static void names_are_compared_byte_by_byte(void **state) {
  static const struct {
    const char *bytes;
    size_t len;
  } names[] = {{"", 0}, {"\0", 1}, {"a", 1}, {"a\0", 2}, {"A", 1}, {"a/#", 3}};
  fixture_t *fixture = *state;
  const size_t count = sizeof(names) / sizeof(names[0]);
  for (size_t i = 0; i < count; i++) {
    bool is_first = false;
    assert_int_equal(uvws_topics_subscribe(
                         &fixture->topics, &fixture->subscribers[0],
                         uvws_slice(names[i].bytes, names[i].len), &is_first),
                     UVWS_OK);
    assert_true(is_first);
  }
  for (size_t i = 0; i < count; i++) {
    uvws_topic_t *topic = uvws_topics_find(
        &fixture->topics, uvws_slice(names[i].bytes, names[i].len));
    assert_non_null(topic);
    uvws_slice_t name = uvws_topic_name(topic);
    assert_int_equal(name.len, names[i].len);
    assert_memory_equal(name.data, names[i].bytes, names[i].len);
  }
}

static void leaving_ends_every_subscription_of_one(void **state) {
  fixture_t *fixture = *state;
  char name[16];
  for (size_t i = 0; i < TOPICS; i++) {
    (void)snprintf(name, sizeof(name), "topic %zu", i);
    assert_true(subscribe(fixture, 0, name));
    if (i % 2 == 0) {
      assert_false(subscribe(fixture, 1, name));
    }
  }
  uvws_topics_leave(&fixture->topics, &fixture->subscribers[0]);
  uvws_topics_leave(&fixture->topics, &fixture->subscribers[0]);
  for (size_t i = 0; i < TOPICS; i++) {
    (void)snprintf(name, sizeof(name), "topic %zu", i);
    assert_false(is_subscribed(fixture, 0, name));
    assert_int_equal(count_of(fixture, name), i % 2 == 0 ? 1 : 0);
  }
}

/* A model keeps book beside it. */
static void holds_whatever_order_things_come_in(void **state) {
  fixture_t *fixture = *state;
  static bool model[SUBSCRIBERS][TOPICS];
  uint32_t seed = 1;
  char name[16];
  memset(model, 0, sizeof(model));
  for (int step = 0; step < 20000; step++) {
    seed = seed * 1664525u + 1013904223u;
    size_t who = (seed >> 8) % SUBSCRIBERS;
    size_t what = (seed >> 16) % TOPICS;
    bool is_last = false;
    (void)snprintf(name, sizeof(name), "%zu", what);
    if (step % 500 == 499) {
      uvws_topics_leave(&fixture->topics, &fixture->subscribers[who]);
      memset(model[who], 0, sizeof(model[who]));
    } else if (seed >> 31) {
      (void)subscribe(fixture, who, name);
      model[who][what] = true;
    } else {
      assert_int_equal(unsubscribe(fixture, who, name, &is_last),
                       model[who][what]);
      model[who][what] = false;
    }
    assert_int_equal(is_subscribed(fixture, who, name), model[who][what]);
  }
  for (size_t what = 0; what < TOPICS; what++) {
    size_t expected = 0;
    for (size_t who = 0; who < SUBSCRIBERS; who++) {
      expected += model[who][what] ? 1 : 0;
    }
    (void)snprintf(name, sizeof(name), "%zu", what);
    assert_int_equal(count_of(fixture, name), expected);
  }
}

static void lack_of_memory_changes_nothing(void **state) {
  fixture_t *fixture = *state;
  bool is_first = false;
  uvws_status_t status = UVWS_ERR_NO_MEMORY;
  size_t failures = 0;
  while (status != UVWS_OK) {
    assert_null(uvws_topics_next(&fixture->topics, NULL));
    assert_int_equal(fixture->mem.live, 0);
    assert_true(failures < 10);
    fixture->mem.fail_at = fixture->mem.calls + ++failures;
    status = uvws_topics_subscribe(&fixture->topics, &fixture->subscribers[0],
                                   uvws_slice("news", 4), &is_first);
  }
  assert_int_equal(failures, 5);
  assert_true(is_first);
  assert_int_equal(count_of(fixture, "news"), 1);
}

#define TOPIC_TEST(name)                                                       \
  cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      TOPIC_TEST(a_topic_lives_while_it_has_subscribers),
      TOPIC_TEST(subscribing_twice_is_subscribing_once),
      TOPIC_TEST(unsubscribing_from_elsewhere_changes_nothing),
      TOPIC_TEST(names_are_compared_byte_by_byte),
      TOPIC_TEST(leaving_ends_every_subscription_of_one),
      TOPIC_TEST(holds_whatever_order_things_come_in),
      TOPIC_TEST(lack_of_memory_changes_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
