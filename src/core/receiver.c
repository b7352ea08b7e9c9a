#include "core/receiver_internal.h"

#include <assert.h>
#include <string.h>

#include "core/bytes.h"
#include "core/frame_check.h"
#include "core/gather.h"

/* 2^53 - 1: what ws, whose lengths are JavaScript numbers, can take. */
#define PAYLOAD_LEN_MAX ((UINT64_C(1) << 53) - 1)

/* Room ends with its frame, so that each use costs a read call (about a
 * microsecond) that brings nothing of the next frame. Below this rest, reading
 * on into the shared memory and copying is the cheaper way. */
#define ROOM_MIN ((size_t)4 * 1024)

/* A block may be larger than its message by one part in this many: whoever
 * keeps the message keeps the block. */
#define BLOCK_SLACK 4

/* What is left of the fed bytes. */
typedef struct input {
  uint8_t *data;
  size_t len;
} input_t;

void uvws_receiver_init(uvws_receiver_t *receiver,
                        const uvws_receiver_options_t *options,
                        const uvws_receiver_callbacks_t *callbacks,
                        void *user) {
  *receiver = (uvws_receiver_t){.options = options,
                                .callbacks = callbacks,
                                .user = user,
                                .message = uvws_buffer_empty(),
                                .partial = uvws_buffer_empty(),
                                .kept = uvws_buffer_empty(),
                                .state = STATE_START};
}

void uvws_receiver_give_inflater(uvws_receiver_t *receiver) {
  if (receiver->inflater != NULL) {
    uvws_compression_give_inflater(receiver->options->compression,
                                   receiver->inflater);
    receiver->inflater = NULL;
  }
}

static void settle(uvws_receiver_t *receiver) {
  if (receiver->claimed > 0) {
    uvws_blocks_settle(receiver->options->blocks, receiver->claimed);
    receiver->claimed = 0;
  }
}

void uvws_receiver_deinit(uvws_receiver_t *receiver) {
  settle(receiver);
  uvws_buffer_deinit(&receiver->message, receiver->options->mem);
  uvws_buffer_deinit(&receiver->partial, receiver->options->mem);
  uvws_buffer_deinit(&receiver->kept, receiver->options->mem);
  uvws_receiver_give_inflater(receiver);
}

void uvws_receiver_stop(uvws_receiver_t *receiver) {
  receiver->state = STATE_STOPPED;
  uvws_receiver_deinit(receiver);
}

void uvws_receiver_rest(uvws_receiver_t *receiver) {
  if (receiver->inflater != NULL && receiver->message_type == 0) {
    uvws_inflater_rest(receiver->inflater);
  }
}

bool uvws_receiver_is_inflating(const uvws_receiver_t *receiver) {
  return receiver->state == STATE_INFLATING;
}

bool uvws_receiver_is_stopped(const uvws_receiver_t *receiver) {
  return receiver->state == STATE_STOPPED;
}

/* The first `need` bytes of the frame's header, or NULL until they are there.
 * A header that lies whole in the input is read there, and consumed only by
 * end_header; an unfinished one moves to receiver->header. */
static const uint8_t *peek_header(uvws_receiver_t *receiver, input_t *input,
                                  size_t need) {
  if (receiver->header_len == 0 && input->len >= need) {
    return input->data;
  }
  size_t missing = need - receiver->header_len;
  size_t len = missing < input->len ? missing : input->len;
  if (len > 0) {
    memcpy(receiver->header + receiver->header_len, input->data, len);
    receiver->header_len = (uint8_t)(receiver->header_len + len);
    input->data += len;
    input->len -= len;
  }
  return len == missing ? receiver->header : NULL;
}

static void end_header(uvws_receiver_t *receiver, input_t *input) {
  if (receiver->header_len == 0) {
    input->data += receiver->frame.header_len;
    input->len -= receiver->frame.header_len;
  }
  receiver->header_len = 0;
}

static uvws_status_t check_start(uvws_receiver_t *receiver) {
  const uvws_receiver_options_t *options = receiver->options;
  uvws_frame_rules_t rules = {.is_server = options->is_server,
                              .is_compressing = options->compression != NULL,
                              .is_in_message = receiver->message_type != 0};
  return uvws_frame_check(&receiver->frame, &rules, &receiver->detail);
}

static uvws_status_t read_start(uvws_receiver_t *receiver, input_t *input) {
  const uint8_t *header = peek_header(receiver, input, 2);
  if (header == NULL) {
    return UVWS_NEED_MORE;
  }
  uvws_frame_decode_start(&receiver->frame, header);
  uvws_status_t status = check_start(receiver);
  if (status != UVWS_OK) {
    return status;
  }
  uint8_t opcode = receiver->frame.opcode;
  if (opcode == UVWS_OPCODE_TEXT || opcode == UVWS_OPCODE_BINARY) {
    receiver->message_type = opcode;
    receiver->is_compressed = receiver->frame.rsv1;
  }
  receiver->payload_received = 0;
  receiver->state = STATE_LENGTH;
  return UVWS_OK;
}

/* message_len cannot overflow: the frames before this one have arrived in
 * memory, and this one is below 2^53. */
static uvws_status_t check_length(uvws_receiver_t *receiver) {
  const uvws_frame_t *frame = &receiver->frame;
  if (frame->payload_len > PAYLOAD_LEN_MAX) {
    return UVWS_ERR_UNSUPPORTED_PAYLOAD_LENGTH;
  }
  if (uvws_opcode_is_control(frame->opcode)) {
    return UVWS_OK;
  }
  receiver->message_len += frame->payload_len;
  uint64_t max = receiver->options->max_payload;
  if (max > 0 && receiver->message_len > max) {
    return UVWS_ERR_UNSUPPORTED_MESSAGE_LENGTH;
  }
  return UVWS_OK;
}

static uvws_status_t read_length(uvws_receiver_t *receiver, input_t *input) {
  size_t need = uvws_frame_len_end(&receiver->frame);
  const uint8_t *header = peek_header(receiver, input, need);
  if (header == NULL) {
    return UVWS_NEED_MORE;
  }
  uvws_frame_decode_len(&receiver->frame, header);
  receiver->state = STATE_KEY;
  return check_length(receiver);
}

static uvws_status_t read_key(uvws_receiver_t *receiver, input_t *input) {
  uvws_frame_t *frame = &receiver->frame;
  const uint8_t *header = peek_header(receiver, input, frame->header_len);
  if (header == NULL) {
    return UVWS_NEED_MORE;
  }
  uvws_frame_decode_key(frame, header);
  end_header(receiver, input);
  bool is_control = uvws_opcode_is_control(frame->opcode);
  receiver->state = is_control ? STATE_CONTROL : STATE_DATA;
  return UVWS_OK;
}

static uint64_t payload_rest(const uvws_receiver_t *receiver) {
  return receiver->frame.payload_len - receiver->payload_received;
}

/* How many bytes at the input's front belong to the frame's payload. */
static size_t payload_here(const uvws_receiver_t *receiver,
                           const input_t *input) {
  uint64_t rest = payload_rest(receiver);
  return rest < input->len ? (size_t)rest : input->len;
}

/* Whether the whole payload lies at the input's front. */
static bool is_payload_whole(const uvws_receiver_t *receiver,
                             const input_t *input) {
  return receiver->payload_received == 0 &&
         receiver->frame.payload_len <= input->len;
}

/* Takes the whole payload off the input, unmasked where it lies. */
static uvws_slice_t take_in_place(uvws_receiver_t *receiver, input_t *input) {
  const uvws_frame_t *frame = &receiver->frame;
  uint8_t *payload = input->data;
  size_t len = (size_t)frame->payload_len;
  if (frame->is_masked) {
    uvws_mask(payload, payload, len, frame->key, 0);
  }
  input->data += len;
  input->len -= len;
  return uvws_slice(payload, len);
}

/* Moves the next len bytes of payload to the buffer's end, where there is
 * space for them already. */
static void take_gathering(uvws_receiver_t *receiver, input_t *input,
                           uvws_buffer_t *buffer, size_t len) {
  uvws_gather_append(buffer, &receiver->frame, receiver->payload_received,
                     input->data, len);
  receiver->payload_received += len;
  input->data += len;
  input->len -= len;
}

static bool is_utf8_fine(const uvws_receiver_t *receiver, uvws_slice_t text) {
  uvws_utf8_validator_t is_valid = receiver->options->is_valid_utf8;
  return is_valid == NULL || is_valid(text.data, text.len);
}

static uvws_status_t deliver(uvws_receiver_t *receiver, uvws_opcode_t type,
                             uvws_slice_t payload, uvws_buffer_t *owned) {
  if (type == UVWS_OPCODE_TEXT && !is_utf8_fine(receiver, payload)) {
    return UVWS_ERR_INVALID_UTF8;
  }
  receiver->message_type = 0;
  receiver->message_len = 0;
  receiver->fragment_count = 0;
  receiver->callbacks->on_message(receiver->user, type, payload, owned);
  return UVWS_OK;
}

/* The buffer leaves the receiver first: on_message may stop the receiver, and
 * the payload must outlive that. Nothing is kept for the next message, so that
 * an idle connection holds no memory. */
uvws_status_t uvws_receiver_deliver_gathered(uvws_receiver_t *receiver) {
  uvws_buffer_t message = uvws_buffer_take(&receiver->message);
  settle(receiver);
  uvws_status_t status =
      deliver(receiver, (uvws_opcode_t)receiver->message_type,
              uvws_buffer_slice(&message), &message);
  uvws_buffer_deinit(&message, receiver->options->mem);
  return status;
}

static uvws_status_t count_fragment(uvws_receiver_t *receiver) {
  uint32_t max = receiver->options->max_fragments;
  if (max > 0 && ++receiver->fragment_count > max) {
    return UVWS_ERR_TOO_MANY_FRAGMENTS;
  }
  receiver->state = STATE_START;
  return UVWS_OK;
}

uvws_status_t uvws_receiver_tell_fragment(uvws_receiver_t *receiver) {
  if (receiver->callbacks->on_fragment != NULL) {
    receiver->callbacks->on_fragment(receiver->user, receiver->message.len);
  }
  return UVWS_OK;
}

static uvws_status_t end_partial_frame(uvws_receiver_t *receiver) {
  uvws_buffer_t partial = uvws_buffer_take(&receiver->partial);
  uvws_status_t status =
      uvws_receiver_inflate(receiver, uvws_buffer_slice(&partial), &partial);
  uvws_buffer_deinit(&partial, receiver->options->mem);
  return status;
}

static uvws_status_t end_gathered_frame(uvws_receiver_t *receiver) {
  uvws_status_t status = count_fragment(receiver);
  if (status == UVWS_OK && receiver->is_compressed) {
    return end_partial_frame(receiver);
  }
  if (status != UVWS_OK) {
    return status;
  }
  if (!receiver->frame.is_final) {
    return uvws_receiver_tell_fragment(receiver);
  }
  return uvws_receiver_deliver_gathered(receiver);
}

/* Where the payload of a data frame is gathered. */
static uvws_buffer_t *gathering(uvws_receiver_t *receiver) {
  return receiver->is_compressed ? &receiver->partial : &receiver->message;
}

/* A block that is at hand already may be believed the frame's length. */
static void take_block(uvws_receiver_t *receiver) {
  uint64_t rest = payload_rest(receiver);
  if (rest < UVWS_BLOCK_MIN || rest > UVWS_BLOCK_TOTAL ||
      receiver->options->blocks == NULL) {
    return;
  }
  receiver->message = uvws_blocks_claim(receiver->options->blocks, (size_t)rest,
                                        (size_t)(rest + rest / BLOCK_SLACK));
  receiver->claimed = receiver->message.cap;
}

/* Makes space there for len > 0 more bytes, at most the payload's rest. */
static uvws_status_t reserve(uvws_receiver_t *receiver, size_t len) {
  if (receiver->message.cap == 0 && receiver->frame.is_final &&
      !receiver->is_compressed) {
    take_block(receiver);
  }
  return uvws_gather_reserve(
      gathering(receiver), receiver->options->mem, len, payload_rest(receiver),
      receiver->frame.is_final || receiver->is_compressed);
}

static uvws_status_t gather_data(uvws_receiver_t *receiver, input_t *input) {
  size_t len = payload_here(receiver, input);
  if (len > 0) {
    uvws_status_t status = reserve(receiver, len);
    if (status != UVWS_OK) {
      return status;
    }
    take_gathering(receiver, input, gathering(receiver), len);
  }
  return payload_rest(receiver) == 0 ? end_gathered_frame(receiver)
                                     : UVWS_NEED_MORE;
}

/* Whether the message is nothing but this frame, or its frame can be inflated
 * at once: then what lies whole in the input need not be gathered. */
static bool can_take_in_place(const uvws_receiver_t *receiver) {
  if (receiver->is_compressed) {
    return receiver->partial.cap == 0;
  }
  return receiver->frame.is_final && receiver->message.cap == 0;
}

static uvws_status_t read_data(uvws_receiver_t *receiver, input_t *input) {
  if (!can_take_in_place(receiver) || !is_payload_whole(receiver, input)) {
    return gather_data(receiver, input);
  }
  uvws_slice_t payload = take_in_place(receiver, input);
  uvws_status_t status = count_fragment(receiver);
  if (status != UVWS_OK) {
    return status;
  }
  return receiver->is_compressed
             ? uvws_receiver_inflate(receiver, payload, NULL)
             : deliver(receiver, (uvws_opcode_t)receiver->message_type, payload,
                       NULL);
}

static uvws_status_t end_close(uvws_receiver_t *receiver,
                               uvws_slice_t payload) {
  uint16_t code = UVWS_CLOSE_NO_STATUS;
  uvws_slice_t reason = payload;
  if (payload.len > 0) {
    code = uvws_load_be16(payload.data);
    reason = uvws_slice(payload.data + 2, payload.len - 2);
    if (!uvws_close_code_is_valid(code)) {
      receiver->detail = code;
      return UVWS_ERR_INVALID_CLOSE_CODE;
    }
    if (!is_utf8_fine(receiver, reason)) {
      return UVWS_ERR_INVALID_UTF8;
    }
  }
  uvws_receiver_stop(receiver);
  receiver->callbacks->on_close(receiver->user, code, reason);
  return UVWS_OK;
}

static uvws_status_t end_control(uvws_receiver_t *receiver,
                                 uvws_slice_t payload) {
  receiver->state = STATE_START;
  if (receiver->frame.opcode == UVWS_OPCODE_CLOSE) {
    return end_close(receiver, payload);
  }
  if (receiver->frame.opcode == UVWS_OPCODE_PING) {
    receiver->callbacks->on_ping(receiver->user, payload);
  } else {
    receiver->callbacks->on_pong(receiver->user, payload);
  }
  return UVWS_OK;
}

static uvws_status_t gather_control(uvws_receiver_t *receiver, input_t *input) {
  const uvws_mem_t *mem = receiver->options->mem;
  uvws_buffer_t *gathered = &receiver->partial;
  size_t len = payload_here(receiver, input);
  if (len == 0) {
    return UVWS_NEED_MORE;
  }
  size_t rest = (size_t)payload_rest(receiver);
  uvws_status_t status =
      uvws_buffer_reserve(gathered, mem, rest, UVWS_CONTROL_PAYLOAD_MAX);
  if (status != UVWS_OK) {
    return status;
  }
  take_gathering(receiver, input, gathered, len);
  if (len < rest) {
    return UVWS_NEED_MORE;
  }
  uvws_buffer_t control = uvws_buffer_take(gathered);
  status = end_control(receiver, uvws_buffer_slice(&control));
  uvws_buffer_deinit(&control, mem);
  return status;
}

static uvws_status_t read_control(uvws_receiver_t *receiver, input_t *input) {
  if (!is_payload_whole(receiver, input)) {
    return gather_control(receiver, input);
  }
  return end_control(receiver, take_in_place(receiver, input));
}

/* One state: OK when the next one can go on, NEED_MORE when it cannot. */
static uvws_status_t step(uvws_receiver_t *receiver, input_t *input) {
  switch ((enum uvws_receiver_state)receiver->state) {
  case STATE_START:
    return read_start(receiver, input);
  case STATE_LENGTH:
    return read_length(receiver, input);
  case STATE_KEY:
    return read_key(receiver, input);
  case STATE_DATA:
    return read_data(receiver, input);
  case STATE_CONTROL:
    return read_control(receiver, input);
  case STATE_INFLATING:
  case STATE_STOPPED:
    break;
  }
  return UVWS_NEED_MORE;
}

uvws_status_t uvws_receiver_end_call(uvws_receiver_t *receiver,
                                     uvws_status_t status) {
  if (status >= UVWS_OK) {
    return UVWS_OK;
  }
  uvws_receiver_stop(receiver);
  return status;
}

/* The payload of the frame at the input's front, taken off and unmasked, if the
 * frame is what nearly all are: a message of its own, not compressed, below 64
 * KiB, wholly there and within the rules. NULL data, and nothing taken:
 * anything else. */
static uvws_slice_t take_common(const uvws_receiver_t *receiver,
                                input_t *input) {
  const uvws_receiver_options_t *options = receiver->options;
  const uvws_slice_t none = uvws_slice(NULL, 0);
  size_t header_len = options->is_server ? 2 + UVWS_MASK_KEY_LEN : 2;
  if (receiver->state != STATE_START || receiver->header_len > 0 ||
      receiver->message_type != 0 || input->len < header_len) {
    return none;
  }
  unsigned first = input->data[0];
  size_t len = input->data[1] ^ (options->is_server ? 0x80u : 0u);
  if (len == UVWS_LEN7_16_BIT && input->len >= 4) {
    len = uvws_load_be16(input->data + 2);
    header_len += 2;
  } else if (len >= UVWS_LEN7_16_BIT) { /* also where the mask bit is wrong */
    return none;
  }
  if ((first != (0x80 | UVWS_OPCODE_TEXT) &&
       first != (0x80 | UVWS_OPCODE_BINARY)) ||
      header_len + len > input->len ||
      (options->max_payload > 0 && len > options->max_payload)) {
    return none;
  }
  uint8_t *payload = input->data + header_len;
  if (options->is_server) {
    uvws_mask(payload, payload, len, payload - UVWS_MASK_KEY_LEN, 0);
  }
  input->data += header_len + len;
  input->len -= header_len + len;
  return uvws_slice(payload, len);
}

/* All steps of such a frame in one, which costs less than half of them. */
static uvws_status_t read_frame(uvws_receiver_t *receiver, input_t *input) {
  unsigned first = input->len > 0 ? input->data[0] : 0;
  uvws_slice_t payload = take_common(receiver, input);
  return payload.data == NULL
             ? step(receiver, input)
             : deliver(receiver, (uvws_opcode_t)(first & 0x0f), payload, NULL);
}

uvws_status_t uvws_receiver_feed(uvws_receiver_t *receiver, uint8_t *data,
                                 size_t len) {
  input_t input = {data, len};
  uvws_status_t status = UVWS_OK;
  while (status == UVWS_OK) {
    status = read_frame(receiver, &input);
  }
  if (status == UVWS_NEED_MORE && receiver->state == STATE_INFLATING) {
    status = uvws_receiver_keep(receiver, uvws_slice(input.data, input.len));
  }
  return uvws_receiver_end_call(receiver, status);
}

uint8_t *uvws_receiver_room(uvws_receiver_t *receiver, size_t *len) {
  uvws_buffer_t *buffer = gathering(receiver);
  *len = 0;
  if (receiver->state != STATE_DATA || payload_rest(receiver) < ROOM_MIN ||
      reserve(receiver, ROOM_MIN) != UVWS_OK) {
    return NULL;
  }
  size_t room = buffer->cap - buffer->len;
  uint64_t rest = payload_rest(receiver);
  *len = rest < room ? (size_t)rest : room;
  return buffer->data + buffer->len;
}

uvws_status_t uvws_receiver_filled(uvws_receiver_t *receiver, size_t len) {
  uvws_buffer_t *buffer = gathering(receiver);
  if (receiver->state == STATE_STOPPED) {
    return UVWS_OK;
  }
  assert(receiver->state == STATE_DATA);
  assert(len > 0 && len <= buffer->cap - buffer->len);
  assert(len <= payload_rest(receiver));
  uvws_gather_append(buffer, &receiver->frame, receiver->payload_received,
                     buffer->data + buffer->len, len);
  receiver->payload_received += len;
  if (payload_rest(receiver) > 0) {
    return UVWS_OK;
  }
  return uvws_receiver_end_call(receiver, end_gathered_frame(receiver));
}
