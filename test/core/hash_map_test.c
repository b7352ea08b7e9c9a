#include "core/hash_map.h"

#include <stdlib.h>

#include "support.h"

#define NODES 1000

typedef struct number {
  uvws_hash_node_t node;
  size_t value;
} number_t;

typedef struct fixture {
  support_mem_t mem;
  uvws_hash_map_t map;
  number_t numbers[NODES];
} fixture_t;

static int set_up(void **state) {
  fixture_t *fixture = calloc(1, sizeof(*fixture));
  assert_non_null(fixture);
  support_mem_init(&fixture->mem, 0);
  fixture->map = uvws_hash_map_empty();
  *state = fixture;
  return 0;
}

static int tear_down(void **state) {
  fixture_t *fixture = *state;
  assert_int_equal(fixture->map.count, 0);
  assert_int_equal(fixture->mem.live, 0);
  free(fixture);
  return 0;
}

static uvws_status_t add(fixture_t *fixture, size_t i, uint64_t hash) {
  fixture->numbers[i].value = i;
  fixture->numbers[i].node.hash = hash;
  return uvws_hash_map_insert(&fixture->map, &fixture->mem.mem,
                              &fixture->numbers[i].node);
}

static void drop(fixture_t *fixture, size_t i) {
  uvws_hash_map_remove(&fixture->map, &fixture->mem.mem,
                       &fixture->numbers[i].node);
}

static bool has_value(const uvws_hash_node_t *node, const void *key) {
  return ((const number_t *)(const void *)node)->value == *(const size_t *)key;
}

static bool is_there(const fixture_t *fixture, size_t i, uint64_t hash) {
  uvws_hash_node_t *found =
      uvws_hash_map_find(&fixture->map, hash, has_value, &i);
  assert_true(found == NULL || found == &fixture->numbers[i].node);
  return found != NULL;
}

/* Every third number is 0: nodes that only is_equal tells apart. */
static uint64_t hash_of(size_t i) { return i % 3 == 0 ? 0 : i * 0x10001u; }

static void finds_what_was_inserted_and_nothing_else(void **state) {
  fixture_t *fixture = *state;
  assert_false(is_there(fixture, 0, 0));
  for (size_t i = 0; i < NODES; i++) {
    assert_int_equal(add(fixture, i, hash_of(i)), UVWS_OK);
  }
  assert_int_equal(fixture->map.count, NODES);
  for (size_t i = 0; i < NODES; i += 2) {
    drop(fixture, i);
  }
  for (size_t i = 0; i < NODES; i++) {
    assert_int_equal(is_there(fixture, i, hash_of(i)), i % 2 == 1);
  }
  for (size_t i = 1; i < NODES; i += 2) {
    drop(fixture, i);
  }
}

static void goes_through_every_node_once(void **state) {
  fixture_t *fixture = *state;
  bool seen[NODES] = {false};
  size_t count = 0;
  assert_null(uvws_hash_map_next(&fixture->map, NULL));
  for (size_t i = 0; i < NODES; i++) {
    assert_int_equal(add(fixture, i, hash_of(i)), UVWS_OK);
  }
  const uvws_hash_node_t *node = NULL;
  while ((node = uvws_hash_map_next(&fixture->map, node)) != NULL) {
    size_t value = ((const number_t *)(const void *)node)->value;
    assert_false(seen[value]);
    seen[value] = true;
    count++;
  }
  assert_int_equal(count, NODES);
  for (size_t i = 0; i < NODES; i++) {
    drop(fixture, i);
  }
}

static void an_empty_map_holds_no_memory(void **state) {
  fixture_t *fixture = *state;
  assert_int_equal(add(fixture, 0, 5), UVWS_OK);
  assert_int_equal(fixture->mem.live, 1);
  drop(fixture, 0);
  assert_int_equal(fixture->mem.live, 0);
}

static void only_the_first_node_needs_memory(void **state) {
  fixture_t *fixture = *state;
  fixture->mem.fail_at = 1;
  assert_int_equal(add(fixture, 0, 5), UVWS_ERR_NO_MEMORY);
  assert_int_equal(fixture->map.count, 0);
  fixture->mem.fail_at = 0;
  assert_int_equal(add(fixture, 0, 0), UVWS_OK);
  for (size_t i = 1; i < NODES; i++) {
    fixture->mem.fail_at = fixture->mem.calls + 1;
    assert_int_equal(add(fixture, i, hash_of(i)), UVWS_OK);
  }
  /* It grows as soon as it can. */
  size_t bucket_count = fixture->map.bucket_count;
  drop(fixture, 1);
  fixture->mem.fail_at = 0;
  assert_int_equal(add(fixture, 1, hash_of(1)), UVWS_OK);
  assert_true(fixture->map.bucket_count > bucket_count);
  for (size_t i = 0; i < NODES; i++) {
    assert_true(is_there(fixture, i, hash_of(i)));
    drop(fixture, i);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(finds_what_was_inserted_and_nothing_else,
                                      set_up, tear_down),
      cmocka_unit_test_setup_teardown(goes_through_every_node_once, set_up,
                                      tear_down),
      cmocka_unit_test_setup_teardown(an_empty_map_holds_no_memory, set_up,
                                      tear_down),
      cmocka_unit_test_setup_teardown(only_the_first_node_needs_memory, set_up,
                                      tear_down),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
