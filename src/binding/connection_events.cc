#include "binding/connection_events.h"

#include "binding/emit.h"

extern "C" {
#include "net/hub.h"
}

namespace uvws {
namespace {

// ---- What a read brings is noted, then handed over in one call ----

EnvState *StateOf(const uvws_connection_t *connection) {
  return static_cast<EnvState *>(connection->user);
}

// Without memory for the entry the message would be missing: end it.
void Note(void *user, EntryKind kind, uvws_slice_t payload,
          uvws_buffer_t *owned, uint16_t code) {
  auto *connection = static_cast<uvws_connection_t *>(user);
  if (!StateOf(connection)->inbox().Add(kind, payload, owned, code)) {
    uvws_connection_terminate(connection);
  }
}

void NoteNumber(void *user, EntryKind kind, int32_t status, uint32_t number) {
  auto *connection = static_cast<uvws_connection_t *>(user);
  if (!StateOf(connection)->inbox().AddNumber(kind, status, number)) {
    uvws_connection_terminate(connection);
  }
}

void OnMessage(void *user, uvws_opcode_t type, uvws_slice_t payload,
               uvws_buffer_t *owned) {
  auto *connection = static_cast<uvws_connection_t *>(user);
  if (!uvws_throttle_admits(connection)) {
    return;
  }
  uvws_hub_count_in(connection, payload.len);
  Note(user, static_cast<EntryKind>(type), payload, owned, 0);
}

void OnFragment(void *user, size_t len) {
  if (static_cast<uvws_connection_t *>(user)->tells_fragments) {
    NoteNumber(user, EntryKind::kFragment, 0, static_cast<uint32_t>(len));
  }
}

void OnPing(void *user, uvws_slice_t payload) {
  if (uvws_throttle_admits(static_cast<uvws_connection_t *>(user))) {
    Note(user, EntryKind::kPing, payload, nullptr, 0);
  }
}

void OnPong(void *user, uvws_slice_t payload) {
  if (uvws_throttle_admits(static_cast<uvws_connection_t *>(user))) {
    Note(user, EntryKind::kPong, payload, nullptr, 0);
  }
}

void OnClose(void *user, uint16_t code, uvws_slice_t reason) {
  Note(user, EntryKind::kClose, reason, nullptr, code);
}

void OnFailure(uvws_connection_t *connection, uvws_status_t status,
               uint32_t detail) {
  NoteNumber(connection, EntryKind::kFailure, status, detail);
}

void OnEnd(uvws_connection_t *connection) {
  Note(connection, EntryKind::kEnd, uvws_slice(nullptr, 0), nullptr, 0);
}

void OnInflating(uvws_connection_t *connection, bool is_begun) {
  NoteNumber(connection, EntryKind::kInflating, 0, is_begun ? 1 : 0);
}

void OnThrottled(uvws_connection_t *connection, bool is_begun) {
  NoteNumber(connection, EntryKind::kThrottled, 0, is_begun ? 1 : 0);
}

// Reads come from the loop, never from within JavaScript: the stack is empty.
void OnRead(uvws_connection_t *connection) {
  EnvState *state = StateOf(connection);
  Deliver(connection, 0, false);
  state->inbox().memory().EndRead(state->loop());
}

void EmitSlot(uvws_connection_t *connection, Callback which) {
  EnvState *state = StateOf(connection);
  if (state->is_torn_down()) {
    return;
  }
  Napi::HandleScope scope(state->env());
  napi_value slot;
  napi_create_uint32(state->env(), connection->id, &slot);
  Emit(state, which, state->resource(connection->id), 1, &slot);
}

void OnWritten(uvws_connection_t *connection) {
  EmitSlot(connection, Callback::kOnWritten);
}

void OnDeflated(uvws_connection_t *connection) {
  EmitSlot(connection, Callback::kOnDeflated);
}

// Tells JavaScript what streams are to write, which the entries from `start` on
// say, in pairs. Many at once run in no async context of theirs.
void DeliverOutput(EnvState *state, uint32_t start, napi_value resource) {
  Inbox &inbox = state->inbox();
  uint32_t end = inbox.count();
  uint32_t outer_position = inbox.position();
  inbox.set_position(start);
  bool is_done = resource == nullptr;
  while (!is_done && inbox.position() < end) {
    uint32_t position = inbox.position();
    napi_value argv[2];
    napi_create_uint32(state->env(), position, &argv[0]);
    napi_create_uint32(state->env(), end, &argv[1]);
    is_done = Emit(state, Callback::kOnOutput, resource, 2, argv) ||
              state->is_torn_down() || inbox.position() == position;
  }
  inbox.set_count(start);
  inbox.set_position(outer_position);
}

// While the loop flushes all are told in one call.
void OnOutput(uvws_connection_t *connection, uvws_buffer_t *bytes,
              bool is_end) {
  EnvState *state = StateOf(connection);
  Inbox &inbox = state->inbox();
  uint32_t start = inbox.count();
  if (state->is_torn_down()) {
    return;
  }
  Napi::HandleScope scope(state->env());
  if (!inbox.AddNumber(EntryKind::kOutput, static_cast<int32_t>(connection->id),
                       is_end ? 1 : 0) ||
      !inbox.Add(EntryKind::kBinary, uvws_buffer_slice(bytes), bytes, 0)) {
    inbox.set_count(start);
    uvws_connection_terminate(connection);
  } else if (!connection->loop->is_flushing) {
    DeliverOutput(state, start, state->resource(connection->id));
  } else if (!state->has_output()) {
    state->set_output_start(start);
  }
}

void OnClosed(uvws_connection_t *connection) {
  EmitSlot(connection, Callback::kOnClosed);
  StateOf(connection)->RemoveConnection(connection);
}

} // namespace

void Deliver(uvws_connection_t *connection, uint32_t start, bool is_within) {
  EnvState *state = StateOf(connection);
  Inbox &inbox = state->inbox();
  uint32_t end = inbox.count();
  if (start == end) {
    return;
  }
  napi_env env = state->env();
  uint32_t outer_position = inbox.position();
  uint32_t slot = connection->id;
  inbox.set_position(start);
  Napi::HandleScope scope(env);
  napi_value resource = is_within ? nullptr : state->resource(slot);
  bool is_done = !is_within && resource == nullptr;
  while (!is_done && inbox.position() < end) {
    uint32_t position = inbox.position();
    napi_value argv[3];
    napi_create_uint32(env, slot, &argv[0]);
    napi_create_uint32(env, position, &argv[1]);
    napi_create_uint32(env, end, &argv[2]);
    is_done = is_within ? EmitWithin(state, Callback::kOnRead, 3, argv)
                        : Emit(state, Callback::kOnRead, resource, 3, argv);
    // In a worker that is being terminated JavaScript may not even begin.
    is_done = is_done || state->is_torn_down() || inbox.position() == position;
  }
  inbox.set_count(start);
  inbox.set_position(outer_position);
}

void OnFlushed(uvws_loop_t *loop) {
  auto *state = static_cast<EnvState *>(loop->user);
  if (!state->has_output() || state->is_torn_down()) {
    return;
  }
  Napi::HandleScope scope(state->env());
  napi_value resource = nullptr;
  napi_create_object(state->env(), &resource);
  DeliverOutput(state, state->TakeOutputStart(), resource);
}

const uvws_connection_callbacks_t *ConnectionCallbacks() {
  static const uvws_connection_callbacks_t callbacks = {
      {OnMessage, OnFragment, OnPing, OnPong, OnClose},
      OnFailure,
      OnEnd,
      OnInflating,
      OnThrottled,
      OnRead,
      OnWritten,
      OnDeflated,
      OnOutput,
      OnClosed};
  return &callbacks;
}

} // namespace uvws
