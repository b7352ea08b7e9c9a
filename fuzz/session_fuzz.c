/* A server session whose owner does anything in any callback, short of memory
 * at any time. The input's bytes say what to do: an action outside or inside a
 * callback, a failing allocation, or bytes from the peer. What the session
 * writes is read by a client session, which must find nothing wrong in it. */
#include <stdlib.h>
#include <string.h>

#include "core/session.h"

typedef struct owner {
  const uint8_t *script;
  size_t script_len;
  size_t blocks;     /* allocated and not freed */
  size_t fail_after; /* allocations until one fails; 0: none fails */
  uvws_compression_t compression;
  uvws_session_t session;
  uvws_buffer_t out;
  uvws_buffer_t taken;
} owner_t;

static void check(bool is_true) {
  if (!is_true) {
    abort();
  }
}

static void *failing_resize(void *user, void *ptr, size_t size) {
  owner_t *owner = user;
  if (owner->fail_after > 0 && --owner->fail_after == 0) {
    return NULL;
  }
  void *moved = realloc(ptr, size);
  check(moved != NULL && size > 0);
  owner->blocks += ptr == NULL ? 1 : 0;
  return moved;
}

static void counted_free(void *user, void *ptr) {
  owner_t *owner = user;
  owner->blocks -= ptr != NULL ? 1 : 0;
  free(ptr);
}

static uint8_t next_byte(owner_t *owner) {
  if (owner->script_len == 0) {
    return 0;
  }
  owner->script_len--;
  return *owner->script++;
}

/* The next bytes of the script, as many as the next byte says. */
static uvws_slice_t next_bytes(owner_t *owner, size_t max) {
  size_t len = next_byte(owner);
  len = len < max ? len : max;
  len = len < owner->script_len ? len : owner->script_len;
  uvws_slice_t bytes = uvws_slice(owner->script, len);
  owner->script += len;
  owner->script_len -= len;
  return bytes;
}

static void send_something(owner_t *owner) {
  static const uvws_opcode_t opcodes[] = {UVWS_OPCODE_TEXT, UVWS_OPCODE_BINARY,
                                          UVWS_OPCODE_PING, UVWS_OPCODE_PONG};
  uint8_t choice = next_byte(owner);
  uvws_opcode_t opcode = opcodes[choice % 4];
  uvws_outgoing_t what = {.opcode = opcode, .is_final = true};
  if (!uvws_opcode_is_control(opcode)) {
    what.is_final = choice < 128;
    what.is_compressed = (choice & 64) != 0;
  }
  uvws_slice_t payload = next_bytes(owner, UVWS_CONTROL_PAYLOAD_MAX);
  size_t len = owner->out.len;
  if (owner->session.is_close_sent) {
    return;
  }
  uvws_status_t status =
      uvws_session_send(&owner->session, &owner->out, what, payload);
  check(status == UVWS_OK || status == UVWS_ERR_NO_MEMORY);
  check(status == UVWS_OK || owner->out.len == len);
}

static void write_something(owner_t *owner) {
  uvws_outgoing_t what = {.opcode = UVWS_OPCODE_BINARY, .is_final = true};
  uvws_slice_t payload = next_bytes(owner, 255);
  size_t room = payload.len + next_byte(owner);
  if (owner->session.is_close_sent ||
      uvws_session_compresses(&owner->session, &what, payload.len)) {
    return;
  }
  uint8_t key[UVWS_MASK_KEY_LEN];
  uvws_session_draw_key(&owner->session, &what, key);
  const uvws_mem_t *mem = owner->session.options->receiver.mem;
  uint8_t *out = uvws_sender_prepare(&owner->out, mem, &what, room);
  if (out == NULL) {
    return;
  }
  memcpy(out, payload.data, payload.len);
  uvws_sender_commit(&owner->session.sender, &owner->out, &what, room,
                     payload.len);
}

static void close_somehow(owner_t *owner) {
  static const uint16_t codes[] = {UVWS_CLOSE_NO_STATUS, 1000, 1002, 4999};
  uint16_t code = codes[next_byte(owner) % 4];
  uvws_slice_t reason = next_bytes(owner, UVWS_CLOSE_REASON_MAX);
  if (!uvws_utf8_is_valid(reason.data, reason.len)) {
    reason.len = 0; /* the owner's duty */
  }
  uvws_status_t status =
      uvws_session_close(&owner->session, &owner->out, code, reason, 1);
  check(status == UVWS_OK || status == UVWS_ERR_NO_MEMORY);
  check(owner->session.is_close_sent || status != UVWS_OK);
}

/* What an owner may do at any time, callbacks included. */
static void act(owner_t *owner) {
  switch (next_byte(owner) % 16) {
  case 1:
  case 2:
    send_something(owner);
    break;
  case 3:
    write_something(owner);
    break;
  case 4:
    close_somehow(owner);
    break;
  case 5:
    uvws_session_conclude(&owner->session);
    break;
  case 6:
    uvws_receiver_stop(&owner->session.receiver);
    break;
  case 7:
    owner->fail_after = next_byte(owner) % 8;
    break;
  case 8:
    uvws_session_rest(&owner->session);
    break;
  default:
    break;
  }
}

/* Reads every byte, so that a freed payload is found. */
static void touch(uvws_slice_t bytes) {
  volatile uint8_t sum = 0;
  for (size_t i = 0; i < bytes.len; i++) {
    sum = (uint8_t)(sum + bytes.data[i]);
  }
}

static void on_message(void *user, uvws_opcode_t type, uvws_slice_t payload,
                       uvws_buffer_t *owned) {
  owner_t *owner = user;
  check(type == UVWS_OPCODE_TEXT || type == UVWS_OPCODE_BINARY);
  check(!uvws_receiver_is_stopped(&owner->session.receiver));
  act(owner);
  touch(payload);
  if (owned != NULL && next_byte(owner) % 2 == 1) {
    uvws_buffer_deinit(&owner->taken, owner->session.options->receiver.mem);
    owner->taken = uvws_buffer_take(owned);
    touch(payload);
  }
}

static void on_control(void *user, uvws_slice_t payload) {
  owner_t *owner = user;
  check(payload.len <= UVWS_CONTROL_PAYLOAD_MAX);
  check(!uvws_receiver_is_stopped(&owner->session.receiver));
  act(owner);
  touch(payload);
}

static void on_close(void *user, uint16_t code, uvws_slice_t reason) {
  owner_t *owner = user;
  check(code == UVWS_CLOSE_NO_STATUS || uvws_close_code_is_valid(code));
  act(owner);
  touch(reason);
}

static const uvws_receiver_callbacks_t callbacks = {
    on_message, NULL, on_control, on_control, on_close};

static void feed_something(owner_t *owner) {
  uvws_slice_t bytes = next_bytes(owner, 255);
  uint8_t *copy = malloc(bytes.len + 1);
  memcpy(copy, bytes.data, bytes.len);
  uvws_status_t status = uvws_session_feed(&owner->session, copy, bytes.len);
  free(copy);
  check(status <= UVWS_OK);
  check(status == UVWS_OK ||
        uvws_receiver_is_stopped(&owner->session.receiver));
}

static void fill_something(owner_t *owner) {
  size_t len;
  uint8_t *room = uvws_session_room(&owner->session, &len);
  size_t part = (size_t)next_byte(owner) * 64 + 1;
  if (room == NULL) {
    return;
  }
  part = part < len ? part : len;
  memset(room, next_byte(owner), part);
  uvws_status_t status = uvws_session_filled(&owner->session, part);
  check(status <= UVWS_OK);
}

static void ignore_message(void *user, uvws_opcode_t type, uvws_slice_t payload,
                           uvws_buffer_t *owned) {
  (void)user;
  (void)type;
  (void)payload;
  (void)owned;
}

static void ignore_control(void *user, uvws_slice_t payload) {
  (void)user;
  (void)payload;
}

static void ignore_close(void *user, uint16_t code, uvws_slice_t reason) {
  (void)user;
  (void)code;
  (void)reason;
}

/* Texts are the owner's duty: the client does not check them. */
static void check_output(owner_t *owner) {
  static const uvws_receiver_callbacks_t ignore = {
      ignore_message, NULL, ignore_control, ignore_control, ignore_close};
  uvws_compression_options_t agreed = {.inflate_window_bits = 9};
  uvws_compression_t compression;
  uvws_receiver_options_t options = {.mem = uvws_mem_default()};
  if (owner->session.options->receiver.compression != NULL) {
    agreed.inflate_takes_over = owner->compression.options.deflate_takes_over;
    options.compression = &compression;
  }
  uvws_compression_init(&compression, uvws_mem_default(), &agreed);
  uvws_receiver_t client;
  uvws_receiver_init(&client, &options, &ignore, NULL);
  check(uvws_receiver_feed(&client, owner->out.data, owner->out.len) ==
        UVWS_OK);
  check(uvws_receiver_is_stopped(&client) == owner->session.is_close_sent);
  uvws_receiver_deinit(&client);
  uvws_compression_deinit(&compression);
}

/* The first byte chooses, so that inputs of old mean what they meant. */
static void choose_compression(owner_t *owner, const uvws_mem_t *mem,
                               uvws_session_options_t *session_options) {
  uint8_t choice = owner->script_len > 0 ? owner->script[0] : 0;
  uvws_compression_options_t options = {
      .deflate = {.level = 1, .mem_level = 1, .window_bits = 9},
      .inflate_window_bits = 15,
      .deflate_takes_over = (choice & 64) != 0,
      .inflate_takes_over = (choice & 32) != 0,
      .history_max = (choice & 16) != 0 ? 100 : 0,
      .threshold = 10};
  uvws_compression_init(&owner->compression, mem, &options);
  if (choice >= 128) {
    session_options->receiver.compression = &owner->compression;
  }
}

static void run(owner_t *owner) {
  uvws_mem_t mem = {failing_resize, counted_free, owner};
  uvws_session_options_t options = {.receiver = {.mem = &mem,
                                                 .max_payload = 1 << 20,
                                                 .max_fragments = 100,
                                                 .is_server = true},
                                    .close_timeout_ms = 10};
  options.receiver.is_valid_utf8 = uvws_utf8_is_valid;
  choose_compression(owner, &mem, &options);
  uvws_session_init(&owner->session, &options, &callbacks, owner);
  while (owner->script_len > 0) {
    switch (next_byte(owner) % 4) {
    case 0:
      act(owner);
      break;
    case 1:
      fill_something(owner);
      break;
    default:
      feed_something(owner);
      break;
    }
  }
  uvws_session_deinit(&owner->session);
  check_output(owner);
  uvws_compression_deinit(&owner->compression);
  uvws_buffer_deinit(&owner->out, &mem);
  uvws_buffer_deinit(&owner->taken, &mem);
  check(owner->blocks == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  owner_t owner = {.script = data, .script_len = size};
  run(&owner);
  return 0;
}
