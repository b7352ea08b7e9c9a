#include "core/blocks.h"

#include "support.h"

#define KIB ((size_t)1024)

typedef struct store {
  support_mem_t counter;
  uvws_blocks_t *blocks;
  int kept_count; /* calls of on_kept */
} store_t;

static void on_kept(uvws_blocks_t *blocks) {
  ((store_t *)blocks->user)->kept_count++;
}

static void open_store(store_t *store) {
  support_mem_init(&store->counter, 0);
  store->kept_count = 0;
  store->blocks = uvws_blocks_new(&store->counter.mem, on_kept, store);
  assert_non_null(store->blocks);
}

static void close_store(store_t *store) {
  uvws_blocks_close(store->blocks);
  assert_int_equal(store->counter.live, 0);
}

static void give_fresh(store_t *store, size_t cap) {
  uvws_buffer_t buffer = uvws_buffer_empty();
  assert_int_equal(uvws_buffer_reserve(&buffer, &store->counter.mem, cap, cap),
                   UVWS_OK);
  assert_int_equal(buffer.cap, cap);
  buffer.len = 1;
  uvws_blocks_give(store->blocks, &buffer);
  assert_null(buffer.data);
}

static size_t take_cap(store_t *store, size_t len, size_t max) {
  uvws_buffer_t buffer = uvws_blocks_take(store->blocks, len, max);
  size_t cap = buffer.cap;
  assert_int_equal(buffer.len, 0);
  uvws_buffer_deinit(&buffer, &store->counter.mem);
  return cap;
}

static void a_block_that_fits_goes_round(void **state) {
  (void)state;
  store_t store;
  open_store(&store);
  give_fresh(&store, 100 * KIB);
  give_fresh(&store, 200 * KIB);
  assert_int_equal(store.kept_count, 2);
  assert_int_equal(take_cap(&store, 201 * KIB, SIZE_MAX), 0);
  assert_int_equal(take_cap(&store, 64 * KIB, 99 * KIB), 0);
  assert_int_equal(take_cap(&store, 64 * KIB, 150 * KIB), 100 * KIB);
  assert_int_equal(take_cap(&store, 200 * KIB, 200 * KIB), 200 * KIB);
  assert_int_equal(take_cap(&store, 1, SIZE_MAX), 0);
  close_store(&store);
}

static void claims_have_a_limit_together(void **state) {
  (void)state;
  const size_t half = UVWS_BLOCK_TOTAL / 2;
  store_t store;
  open_store(&store);
  for (int i = 0; i < 2; i++) {
    give_fresh(&store, half);
    uvws_buffer_t claimed = uvws_blocks_claim(store.blocks, half, SIZE_MAX);
    assert_int_equal(claimed.cap, half);
    uvws_buffer_deinit(&claimed, &store.counter.mem);
  }
  give_fresh(&store, half);
  assert_null(uvws_blocks_claim(store.blocks, half, SIZE_MAX).data);
  uvws_blocks_settle(store.blocks, half);
  uvws_buffer_t claimed = uvws_blocks_claim(store.blocks, half, SIZE_MAX);
  assert_int_equal(claimed.cap, half);
  uvws_buffer_deinit(&claimed, &store.counter.mem);
  close_store(&store);
}

static void small_memory_is_not_kept(void **state) {
  (void)state;
  store_t store;
  open_store(&store);
  give_fresh(&store, UVWS_BLOCK_MIN - 1);
  assert_int_equal(store.kept_count, 0);
  assert_int_equal(take_cap(&store, 1, SIZE_MAX), 0);
  give_fresh(&store, UVWS_BLOCK_MIN);
  assert_int_equal(store.kept_count, 1);
  close_store(&store);
}

static void what_is_kept_has_a_limit(void **state) {
  (void)state;
  store_t store;
  open_store(&store);
  give_fresh(&store, UVWS_BLOCK_TOTAL - 64 * KIB);
  give_fresh(&store, 65 * KIB);
  assert_int_equal(store.kept_count, 1);
  give_fresh(&store, 64 * KIB);
  assert_int_equal(store.kept_count, 2);
  assert_int_equal(store.blocks->total, UVWS_BLOCK_TOTAL);
  close_store(&store);
  open_store(&store);
  for (int i = 0; i < UVWS_BLOCK_COUNT; i++) {
    give_fresh(&store, UVWS_BLOCK_MIN);
  }
  give_fresh(&store, UVWS_BLOCK_MIN);
  assert_int_equal(store.kept_count, UVWS_BLOCK_COUNT);
  close_store(&store);
}

static void what_nobody_takes_is_freed(void **state) {
  (void)state;
  store_t store;
  open_store(&store);
  give_fresh(&store, 100 * KIB);
  assert_true(uvws_blocks_age(store.blocks));
  give_fresh(&store, 200 * KIB);
  assert_true(uvws_blocks_age(store.blocks));
  assert_int_equal(take_cap(&store, 100 * KIB, 100 * KIB), 0);
  assert_false(uvws_blocks_age(store.blocks));
  assert_int_equal(store.counter.live, 1);
  close_store(&store);
}

static void what_comes_back_late_is_freed(void **state) {
  (void)state;
  store_t store;
  open_store(&store);
  uvws_blocks_t *blocks = store.blocks;
  uvws_buffer_t buffer = uvws_buffer_empty();
  assert_int_equal(
      uvws_buffer_reserve(&buffer, &store.counter.mem, 100 * KIB, 100 * KIB),
      UVWS_OK);
  uvws_blocks_ref(blocks);
  uvws_blocks_close(blocks);
  uvws_blocks_give(blocks, &buffer);
  assert_int_equal(store.kept_count, 0);
  uvws_blocks_unref(blocks);
  assert_int_equal(store.counter.live, 0);
}

static void without_memory_there_is_no_store(void **state) {
  (void)state;
  support_mem_t counter;
  support_mem_init(&counter, 1);
  assert_null(uvws_blocks_new(&counter.mem, on_kept, NULL));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_block_that_fits_goes_round),
      cmocka_unit_test(claims_have_a_limit_together),
      cmocka_unit_test(small_memory_is_not_kept),
      cmocka_unit_test(what_is_kept_has_a_limit),
      cmocka_unit_test(what_nobody_takes_is_freed),
      cmocka_unit_test(what_comes_back_late_is_freed),
      cmocka_unit_test(without_memory_there_is_no_store),
  };
  return cmocka_run_group_tests_name("blocks", tests, NULL, NULL);
}
