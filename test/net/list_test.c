#include "net/list.h"

#include "support.h"

typedef struct item {
  int number;
  uvws_list_t link;
} item_t;

static int shift_number(uvws_list_t *head) {
  uvws_list_t *link = uvws_list_shift(head);
  return link == NULL ? 0 : UVWS_CONTAINER_OF(link, item_t, link)->number;
}

static void make_items(item_t items[3], uvws_list_t *head) {
  uvws_list_init(head);
  for (int i = 0; i < 3; i++) {
    items[i].number = i + 1;
    uvws_list_init(&items[i].link);
    uvws_list_push(head, &items[i].link);
  }
}

static void an_empty_list_gives_nothing(void **state) {
  uvws_list_t head;
  (void)state;
  uvws_list_init(&head);
  assert_true(uvws_list_is_empty(&head));
  assert_null(uvws_list_shift(&head));
}

static void nodes_come_out_in_the_order_they_were_pushed(void **state) {
  item_t items[3];
  uvws_list_t head;
  (void)state;
  make_items(items, &head);
  assert_false(uvws_list_is_empty(&head));
  for (int i = 1; i <= 3; i++) {
    assert_int_equal(shift_number(&head), i);
  }
  assert_true(uvws_list_is_empty(&head));
}

static void any_node_can_be_taken_out(void **state) {
  (void)state;
  for (int taken = 0; taken < 3; taken++) {
    item_t items[3];
    uvws_list_t head;
    make_items(items, &head);
    uvws_list_remove(&items[taken].link);
    assert_true(uvws_list_is_empty(&items[taken].link));
    for (int i = 0; i < 3; i++) {
      if (i != taken) {
        assert_int_equal(shift_number(&head), i + 1);
      }
    }
    assert_int_equal(shift_number(&head), 0);
  }
}

static void taking_out_twice_does_nothing(void **state) {
  item_t items[3];
  uvws_list_t head;
  (void)state;
  make_items(items, &head);
  uvws_list_remove(&items[1].link);
  uvws_list_remove(&items[1].link);
  assert_int_equal(shift_number(&head), 1);
  assert_int_equal(shift_number(&head), 3);
}

static void a_shifted_node_is_in_no_list_and_can_be_pushed_again(void **state) {
  item_t items[3];
  uvws_list_t head;
  (void)state;
  make_items(items, &head);
  uvws_list_t *first = uvws_list_shift(&head);
  assert_true(uvws_list_is_empty(first));
  uvws_list_push(&head, first);
  assert_int_equal(shift_number(&head), 2);
  assert_int_equal(shift_number(&head), 3);
  assert_int_equal(shift_number(&head), 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_empty_list_gives_nothing),
      cmocka_unit_test(nodes_come_out_in_the_order_they_were_pushed),
      cmocka_unit_test(any_node_can_be_taken_out),
      cmocka_unit_test(taking_out_twice_does_nothing),
      cmocka_unit_test(a_shifted_node_is_in_no_list_and_can_be_pushed_again),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
