/* What vectors_test.c cannot see: who owns a payload, what memory is held, and
 * what a callback may do. */
#include <stdlib.h>
#include <string.h>

#include "core/receiver.h"
#include "feeding.h"
#include "support.h"

#define FREE_CAP ((size_t)64 * 1024) /* believed of a claimed length */
#define ROOM_MIN ((size_t)4 * 1024)  /* rest for which room is offered */

typedef struct fixture {
  support_mem_t counter;
  uvws_receiver_options_t options;
  uvws_receiver_t receiver;
  event_log_t log;
  const uint8_t *fed; /* what is being fed, to see where payloads lie */
  size_t fed_len;
  bool is_in_place; /* the last payload lay in `fed` */
  bool was_owned;   /* the last message came with its buffer */
  bool takes;       /* on_message moves the buffer to `taken` */
  bool stops;       /* every callback stops the receiver */
  uvws_buffer_t taken;
} fixture_t;

static void note_payload(fixture_t *fixture, uvws_slice_t payload) {
  const uint8_t *end = fixture->fed + fixture->fed_len;
  fixture->is_in_place =
      payload.data >= fixture->fed && payload.data + payload.len <= end;
  if (fixture->stops) {
    uvws_receiver_stop(&fixture->receiver);
  }
}

static void on_message(void *user, uvws_opcode_t type, uvws_slice_t payload,
                       uvws_buffer_t *owned) {
  fixture_t *fixture = user;
  note_payload(fixture, payload);
  event_log_on_message(&fixture->log, type, payload, owned);
  fixture->was_owned = owned != NULL;
  if (fixture->takes && owned != NULL) {
    uvws_buffer_deinit(&fixture->taken, &fixture->counter.mem);
    fixture->taken = uvws_buffer_take(owned);
  }
}

static void on_ping(void *user, uvws_slice_t payload) {
  fixture_t *fixture = user;
  note_payload(fixture, payload);
  event_log_on_ping(&fixture->log, payload);
}

static void on_pong(void *user, uvws_slice_t payload) {
  fixture_t *fixture = user;
  note_payload(fixture, payload);
  event_log_on_pong(&fixture->log, payload);
}

static void on_close(void *user, uint16_t code, uvws_slice_t reason) {
  fixture_t *fixture = user;
  note_payload(fixture, reason);
  event_log_on_close(&fixture->log, code, reason);
}

static const uvws_receiver_callbacks_t callbacks = {on_message, NULL, on_ping,
                                                    on_pong, on_close};

static int set_up(void **state) {
  fixture_t *fixture = calloc(1, sizeof(*fixture));
  support_mem_init(&fixture->counter, 0);
  fixture->options =
      (uvws_receiver_options_t){.mem = &fixture->counter.mem,
                                .is_valid_utf8 = uvws_utf8_is_valid,
                                .is_server = true};
  uvws_receiver_init(&fixture->receiver, &fixture->options, &callbacks,
                     fixture);
  *state = fixture;
  return 0;
}

static int tear_down(void **state) {
  fixture_t *fixture = *state;
  uvws_receiver_deinit(&fixture->receiver);
  uvws_buffer_deinit(&fixture->taken, &fixture->counter.mem);
  event_log_deinit(&fixture->log);
  assert_int_equal(fixture->counter.live, 0);
  free(fixture);
  return 0;
}

static uvws_status_t try_feed(fixture_t *fixture, const void *bytes,
                              size_t len) {
  uint8_t *copy = support_copy(bytes, len);
  fixture->fed = copy;
  fixture->fed_len = len;
  uvws_status_t status = uvws_receiver_feed(&fixture->receiver, copy, len);
  free(copy);
  return status;
}

static void feed(fixture_t *fixture, const void *bytes, size_t len) {
  assert_int_equal(try_feed(fixture, bytes, len), UVWS_OK);
}

static void feed_zeros(fixture_t *fixture, size_t len) {
  uint8_t *zeros = calloc(1, len + 1);
  feed(fixture, zeros, len);
  free(zeros);
}

/* A masked header under the key of zeros, in the 64-bit form. */
static void feed_header(fixture_t *fixture, uint8_t first, uint64_t len) {
  uint8_t header[14] = {first, 0xff};
  for (size_t i = 0; i < 8; i++) {
    header[2 + i] = (uint8_t)(len >> (56 - 8 * i));
  }
  feed(fixture, header, sizeof(header));
}

static void assert_log(const fixture_t *fixture, const char *text) {
  assert_int_equal(fixture->log.len, strlen(text));
  assert_memory_equal(fixture->log.text, text, fixture->log.len);
}

static void hands_a_whole_message_on_where_it_lies(void **state) {
  fixture_t *fixture = *state;
  feed(fixture, "\x81\x83\x01\x01\x01\x01\x60\x63\x62", 9);
  assert_log(fixture, "text 616263\n");
  assert_true(fixture->is_in_place);
  assert_false(fixture->was_owned);
  assert_int_equal(fixture->counter.calls, 0);
}

static void
hands_a_payload_on_where_it_lies_behind_a_split_header(void **state) {
  fixture_t *fixture = *state;
  feed(fixture, "\x82\x82\x01\x01\x01", 5);
  feed(fixture, "\x01\x60\x63", 3);
  assert_log(fixture, "binary 6162\n");
  assert_true(fixture->is_in_place);
  assert_int_equal(fixture->counter.calls, 0);
}

static void
hands_a_last_fragment_behind_empty_ones_on_where_it_lies(void **state) {
  fixture_t *fixture = *state;
  feed(fixture, "\x02\x80\0\0\0\0\x80\x81\0\0\0\0a", 13);
  assert_log(fixture, "binary 61\n");
  assert_true(fixture->is_in_place);
  assert_int_equal(fixture->counter.calls, 0);
}

static void hands_whole_control_frames_on_where_they_lie(void **state) {
  fixture_t *fixture = *state;
  feed(fixture, "\x89\x81\0\0\0\0a\x8a\x81\0\0\0\0b\x88\x82\0\0\0\0\x03\xe8",
       22);
  assert_log(fixture, "ping 61\npong 62\nclose 1000 -\n");
  assert_true(fixture->is_in_place);
  assert_int_equal(fixture->counter.calls, 0);
}

static void gathers_a_split_control_frame_in_one_allocation(void **state) {
  fixture_t *fixture = *state;
  feed(fixture, "\x89\x83\0\0\0\0a", 7);
  feed(fixture, "b", 1);
  assert_int_equal(fixture->counter.live, 1);
  feed(fixture, "c", 1);
  assert_log(fixture, "ping 616263\n");
  assert_int_equal(fixture->counter.calls, 1);
  assert_int_equal(fixture->counter.peak_size, 3);
  assert_int_equal(fixture->counter.live, 0);
}

static void holds_no_memory_behind_a_gathered_message(void **state) {
  fixture_t *fixture = *state;
  feed(fixture, "\x81\x82\0\0\0\0a", 7);
  assert_int_equal(fixture->counter.live, 1);
  feed(fixture, "b", 1);
  assert_true(fixture->was_owned);
  assert_int_equal(fixture->counter.live, 0);
  assert_null(fixture->receiver.message.data);
}

static void allocates_nothing_for_a_header_alone(void **state) {
  fixture_t *fixture = *state;
  feed_header(fixture, 0x82, 1 << 20);
  assert_int_equal(fixture->counter.calls, 0);
}

static void a_taken_buffer_outlives_the_receiver(void **state) {
  fixture_t *fixture = *state;
  fixture->takes = true;
  feed(fixture, "\x81\x82\0\0\0\0a", 7);
  feed(fixture, "b", 1);
  feed(fixture, "\x82\x82\0\0\0\0c", 7);
  uvws_receiver_deinit(&fixture->receiver);
  assert_int_equal(fixture->taken.len, 2);
  assert_memory_equal(fixture->taken.data, "ab", 2);
}

/* In pieces that are in step with nothing. */
static void feed_payload(fixture_t *fixture, size_t len, bool by_room) {
  uint8_t *zeros = calloc(1, len + 1);
  for (size_t done = 0; done < len;) {
    size_t piece = len - done < 9973 ? len - done : 9973;
    uvws_status_t status;
    if (by_room) {
      piece = fill_or_feed(&fixture->receiver, zeros + done, piece, &status);
    } else {
      status = feed_copy(&fixture->receiver, zeros + done, piece);
    }
    assert_int_equal(status, UVWS_OK);
    done += piece;
    const uvws_buffer_t *message = &fixture->receiver.message;
    assert_true(fixture->options.blocks != NULL ||
                message->cap <= 2 * message->len + FREE_CAP);
  }
  free(zeros);
}

static void gathers_an_unfragmented_message_in_just_its_length(void **state) {
  static const size_t lens[] = {10000,        FREE_CAP - 1, FREE_CAP,
                                FREE_CAP + 1, 200000,       1 << 20};
  fixture_t *fixture = *state;
  fixture->takes = true;
  for (size_t i = 0; i < 2 * sizeof(lens) / sizeof(lens[0]); i++) {
    feed_header(fixture, 0x82, lens[i / 2]);
    feed_payload(fixture, lens[i / 2], i % 2 == 1);
    assert_int_equal(fixture->taken.len, lens[i / 2]);
    assert_int_equal(fixture->taken.cap, lens[i / 2]);
  }
}

static void on_kept(uvws_blocks_t *blocks) { (void)blocks; }

/* Puts a block of cap bytes at hand. */
static void open_blocks(fixture_t *fixture, size_t cap) {
  uvws_buffer_t block = uvws_buffer_empty();
  const uvws_mem_t *mem = &fixture->counter.mem;
  assert_int_equal(uvws_buffer_reserve(&block, mem, cap, cap), UVWS_OK);
  fixture->options.blocks = uvws_blocks_new(mem, on_kept, NULL);
  assert_non_null(fixture->options.blocks);
  uvws_blocks_give(fixture->options.blocks, &block);
}

static void close_blocks(fixture_t *fixture) {
  assert_int_equal(fixture->options.blocks->claimed, 0);
  uvws_blocks_close(fixture->options.blocks);
  fixture->options.blocks = NULL;
}

/* The block that a message of len bytes was received in; one of cap bytes was
 * at hand. */
static size_t cap_of_message(fixture_t *fixture, size_t len, size_t cap) {
  open_blocks(fixture, cap);
  fixture->takes = true;
  feed_header(fixture, 0x82, len);
  feed_payload(fixture, len, true);
  assert_int_equal(fixture->taken.len, len);
  close_blocks(fixture);
  return fixture->taken.cap;
}

static void receives_into_a_block_that_fits(void **state) {
  fixture_t *fixture = *state;
  assert_int_equal(cap_of_message(fixture, 100000, 100000), 100000);
  assert_int_equal(cap_of_message(fixture, 100000, 125000), 125000);
  assert_int_equal(cap_of_message(fixture, 100000, 126000), 100000);
  assert_int_equal(cap_of_message(fixture, 100001, 100000), 100001);
}

static void a_block_is_claimed_until_its_message_has_come(void **state) {
  fixture_t *fixture = *state;
  open_blocks(fixture, 100000);
  feed_header(fixture, 0x82, 100000);
  feed_payload(fixture, 1, false);
  assert_int_equal(fixture->options.blocks->claimed, 100000);
  uvws_receiver_stop(&fixture->receiver);
  close_blocks(fixture);
}

static void
holds_at_most_twice_what_has_come_of_a_claimed_length(void **state) {
  fixture_t *fixture = *state;
  feed_header(fixture, 0x82, (UINT64_C(1) << 53) - 1);
  feed_payload(fixture, 3000000, false);
  feed_payload(fixture, 3000000, true);
  assert_true(fixture->counter.peak_size <= 12000000 + FREE_CAP);
}

static void allocates_rarely_for_many_small_fragments(void **state) {
  fixture_t *fixture = *state;
  feed(fixture, "\x02\x81\0\0\0\0a", 7);
  for (int i = 0; i < 20000; i++) {
    feed(fixture, "\x00\x81\0\0\0\0b", 7);
  }
  feed(fixture, "\x80\x80\0\0\0\0", 6);
  assert_int_equal(fixture->log.len, strlen("binary \n") + (size_t)2 * 20001);
  assert_true(fixture->counter.calls <= 16);
}

static void offers_room_within_the_frame_only(void **state) {
  fixture_t *fixture = *state;
  size_t len;
  assert_null(uvws_receiver_room(&fixture->receiver, &len));
  feed(fixture, "\x82", 1);
  assert_null(uvws_receiver_room(&fixture->receiver, &len));
  feed(fixture, "\xfe\x10\x01\0\0\0\0", 7); /* 4097 bytes */
  assert_non_null(uvws_receiver_room(&fixture->receiver, &len));
  assert_int_equal(len, 4097);
  feed_zeros(fixture, 1);
  assert_non_null(uvws_receiver_room(&fixture->receiver, &len));
  assert_int_equal(len, 4096);
  feed_zeros(fixture, 1);
  assert_null(uvws_receiver_room(&fixture->receiver, &len));
  assert_int_equal(len, 0);
  feed_zeros(fixture, 4095);
  assert_null(uvws_receiver_room(&fixture->receiver, &len));
  feed(fixture, "\x89\xfd\0\0\0\0a", 7);
  assert_null(uvws_receiver_room(&fixture->receiver, &len));
}

static void offers_no_more_room_than_the_rest_of_a_fragment(void **state) {
  fixture_t *fixture = *state;
  size_t len;
  feed_header(fixture, 0x02, 50000);
  feed_zeros(fixture, 50000);
  feed_header(fixture, 0x00, 20000); /* doubles to 100000 */
  assert_non_null(uvws_receiver_room(&fixture->receiver, &len));
  assert_int_equal(len, 20000);
  assert_int_equal(fixture->receiver.message.cap, 100000);
}

static void room_may_be_left_unused(void **state) {
  fixture_t *fixture = *state;
  size_t len;
  feed(fixture, "\x82\xfe\x10\x00\0\0\0\0", 8);
  assert_non_null(uvws_receiver_room(&fixture->receiver, &len));
  feed_zeros(fixture, 4096);
  assert_int_equal(fixture->log.len, strlen("binary \n") + (size_t)2 * 4096);
  assert_int_equal(fixture->counter.live, 0);
}

static void offers_no_room_without_memory(void **state) {
  fixture_t *fixture = *state;
  size_t len;
  feed(fixture, "\x82\xfe\x10\x00\0\0\0\0", 8);
  fixture->counter.fail_at = 1;
  assert_null(uvws_receiver_room(&fixture->receiver, &len));
  assert_int_equal(len, 0);
  feed_zeros(fixture, 4096);
  assert_int_equal(fixture->log.len, strlen("binary \n") + (size_t)2 * 4096);
}

static void ignores_what_was_filled_after_a_stop(void **state) {
  fixture_t *fixture = *state;
  size_t len;
  feed(fixture, "\x82\xfe\x10\x00\0\0\0\0", 8);
  assert_non_null(uvws_receiver_room(&fixture->receiver, &len));
  uvws_receiver_stop(&fixture->receiver);
  assert_int_equal(fixture->counter.live, 0);
  assert_int_equal(uvws_receiver_filled(&fixture->receiver, len), UVWS_OK);
  assert_null(uvws_receiver_room(&fixture->receiver, &len));
}

static void fails_when_what_was_filled_ends_a_bad_text(void **state) {
  fixture_t *fixture = *state;
  size_t len;
  feed(fixture, "\x81\xfe\x10\x00\0\0\0\0", 8);
  uint8_t *room = uvws_receiver_room(&fixture->receiver, &len);
  memset(room, 0xff, len);
  assert_int_equal(uvws_receiver_filled(&fixture->receiver, len),
                   UVWS_ERR_INVALID_UTF8);
  assert_true(uvws_receiver_is_stopped(&fixture->receiver));
  assert_int_equal(fixture->counter.live, 0);
}

typedef struct stopping_case {
  const char *bytes;
  size_t len;
  const char *log;
} stopping_case_t;

/* Two of everything: the second one must not be reported. */
static const stopping_case_t stopping_cases[] = {
    {"\x81\x81\0\0\0\0a\x81\x81\0\0\0\0b", 14, "text 61\n"},
    {"\x01\x81\0\0\0\0a\x80\x81\0\0\0\0b\x81\x80\0\0\0\0", 20, "text 6162\n"},
    {"\x89\x81\0\0\0\0a\x89\x81\0\0\0\0b", 14, "ping 61\n"},
    {"\x8a\x81\0\0\0\0a\x83\x81\0\0\0\0b", 14, "pong 61\n"},
    {"\x02\x81\0\0\0\0a\x89\x81\0\0\0\0b\x80\x80\0\0\0\0", 20, "ping 62\n"},
    {"\x88\x83\0\0\0\0\x03\xe8r\x81\x80\0\0\0\0", 15, "close 1000 72\n"},
};

/* The payload is logged after the stop: it must still be there. */
static void reports_nothing_after_a_stop_in_a_callback(void **state) {
  fixture_t *fixture = *state;
  fixture->stops = true;
  for (size_t i = 0; i < sizeof(stopping_cases) / sizeof(*stopping_cases);
       i++) {
    const stopping_case_t *item = &stopping_cases[i];
    for (size_t split = 0; split < item->len; split++) {
      uvws_receiver_init(&fixture->receiver, &fixture->options, &callbacks,
                         fixture);
      feed(fixture, item->bytes, split);
      feed(fixture, item->bytes + split, item->len - split);
      assert_log(fixture, item->log);
      assert_true(uvws_receiver_is_stopped(&fixture->receiver));
      assert_int_equal(fixture->counter.live, 0);
      fixture->log.len = 0;
    }
  }
}

static void may_be_stopped_when_the_filled_room_ends_a_message(void **state) {
  fixture_t *fixture = *state;
  size_t len;
  fixture->stops = true;
  fixture->takes = true;
  feed(fixture, "\x82\xfe\x10\x00\0\0\0\0", 8);
  uint8_t *room = uvws_receiver_room(&fixture->receiver, &len);
  memset(room, 'r', len);
  assert_int_equal(uvws_receiver_filled(&fixture->receiver, len), UVWS_OK);
  assert_true(uvws_receiver_is_stopped(&fixture->receiver));
  assert_int_equal(fixture->taken.len, 4096);
  assert_int_equal(fixture->taken.data[4095], 'r');
}

static void reports_a_failure_once_and_ignores_the_rest(void **state) {
  fixture_t *fixture = *state;
  feed(fixture, "\x01\x82\0\0\0\0a", 7);
  assert_int_equal(try_feed(fixture, "b\x84\x80", 3), UVWS_ERR_INVALID_OPCODE);
  assert_int_equal(fixture->receiver.detail, 4);
  assert_true(uvws_receiver_is_stopped(&fixture->receiver));
  assert_int_equal(fixture->counter.live, 0);
  feed(fixture, "\x84\x80\x81\x80\0\0\0\0", 8);
  assert_int_equal(fixture->log.len, 0);
}

static void is_stopped_by_a_close_frame_only_when_it_is_whole(void **state) {
  fixture_t *fixture = *state;
  feed(fixture, "\x88\x82\0\0\0\0\x03", 7);
  assert_false(uvws_receiver_is_stopped(&fixture->receiver));
  feed(fixture, "\xe8", 1);
  assert_true(uvws_receiver_is_stopped(&fixture->receiver));
}

static void takes_no_bytes_at_all(void **state) {
  fixture_t *fixture = *state;
  assert_int_equal(uvws_receiver_feed(&fixture->receiver, NULL, 0), UVWS_OK);
  feed(fixture, "\x82\x81\0\0\0\0", 6);
  assert_int_equal(uvws_receiver_feed(&fixture->receiver, NULL, 0), UVWS_OK);
  feed(fixture, "a", 1);
  assert_log(fixture, "binary 61\n");
}

static void may_be_initialised_again(void **state) {
  fixture_t *fixture = *state;
  feed(fixture, "\x81\x82\0\0\0\0a", 7);
  uvws_receiver_deinit(&fixture->receiver);
  uvws_receiver_init(&fixture->receiver, &fixture->options, &callbacks,
                     fixture);
  feed(fixture, "\x81\x81\0\0\0\0b", 7);
  assert_log(fixture, "text 62\n");
}

#define RECEIVER_TEST(name)                                                    \
  cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      RECEIVER_TEST(hands_a_whole_message_on_where_it_lies),
      RECEIVER_TEST(hands_a_payload_on_where_it_lies_behind_a_split_header),
      RECEIVER_TEST(hands_a_last_fragment_behind_empty_ones_on_where_it_lies),
      RECEIVER_TEST(hands_whole_control_frames_on_where_they_lie),
      RECEIVER_TEST(gathers_a_split_control_frame_in_one_allocation),
      RECEIVER_TEST(holds_no_memory_behind_a_gathered_message),
      RECEIVER_TEST(allocates_nothing_for_a_header_alone),
      RECEIVER_TEST(a_taken_buffer_outlives_the_receiver),
      RECEIVER_TEST(gathers_an_unfragmented_message_in_just_its_length),
      RECEIVER_TEST(receives_into_a_block_that_fits),
      RECEIVER_TEST(a_block_is_claimed_until_its_message_has_come),
      RECEIVER_TEST(holds_at_most_twice_what_has_come_of_a_claimed_length),
      RECEIVER_TEST(allocates_rarely_for_many_small_fragments),
      RECEIVER_TEST(offers_room_within_the_frame_only),
      RECEIVER_TEST(offers_no_more_room_than_the_rest_of_a_fragment),
      RECEIVER_TEST(room_may_be_left_unused),
      RECEIVER_TEST(offers_no_room_without_memory),
      RECEIVER_TEST(ignores_what_was_filled_after_a_stop),
      RECEIVER_TEST(fails_when_what_was_filled_ends_a_bad_text),
      RECEIVER_TEST(reports_nothing_after_a_stop_in_a_callback),
      RECEIVER_TEST(may_be_stopped_when_the_filled_room_ends_a_message),
      RECEIVER_TEST(reports_a_failure_once_and_ignores_the_rest),
      RECEIVER_TEST(is_stopped_by_a_close_frame_only_when_it_is_whole),
      RECEIVER_TEST(takes_no_bytes_at_all),
      RECEIVER_TEST(may_be_initialised_again),
  };
  return cmocka_run_group_tests_name("receiver", tests, NULL, NULL);
}
