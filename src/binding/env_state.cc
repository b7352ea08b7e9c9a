#include "binding/env_state.h"

#include "binding/connection_events.h"

namespace uvws {
namespace {

constexpr uint32_t kPageLength = 256; // connections whose counters share a page
constexpr size_t kCountersPerPage =
    kPageLength * sizeof(uvws_counters_t) / sizeof(double);

const char *const kCallbackNames[] = {
    "onRead",    "onWritten", "onDeflated",  "onOutput",        "onClosed",
    "onRequest", "onCount",   "onAbandoned", "onListenerClosed"};

bool AreEqual(const uvws_session_options_t &a,
              const uvws_session_options_t &b) {
  return a.receiver.is_valid_utf8 == b.receiver.is_valid_utf8 &&
         a.receiver.max_payload == b.receiver.max_payload &&
         a.receiver.max_fragments == b.receiver.max_fragments &&
         a.receiver.is_server == b.receiver.is_server &&
         a.receiver.compression == b.receiver.compression &&
         a.close_timeout_ms == b.close_timeout_ms;
}

} // namespace

EnvState *EnvState::Create(Napi::Env env) {
  auto *state = new EnvState(env);
  napi_add_async_cleanup_hook(env, OnCleanup, state, &state->cleanup_handle_);
  return state;
}

Napi::Value EnvState::Start(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  Napi::Object callbacks = info[0].As<Napi::Object>();
  Napi::Object shared = Napi::Object::New(env);
  for (unsigned i = 0; i < static_cast<unsigned>(Callback::kLength); i++) {
    callbacks_[i] =
        Napi::Persistent(callbacks.Get(kCallbackNames[i]).As<Napi::Function>());
  }
  Napi::Array resources = Napi::Array::New(env);
  Napi::Array pages = Napi::Array::New(env);
  resources_ = Napi::Persistent(resources.As<Napi::Object>());
  counter_pages_ = Napi::Persistent(pages.As<Napi::Object>());
  shared.Set("resources", resources);
  shared.Set("counterPages", pages);
  uv_loop_t *uv = nullptr;
  napi_get_uv_event_loop(env, &uv);
  int err = uvws_loop_init(&loop_, uv, uvws_mem_default(), nullptr, 0);
  if (err != 0) {
    Napi::Error::New(env, uv_strerror(err)).ThrowAsJavaScriptException();
    return env.Undefined();
  }
  loop_.user = this;
  loop_.on_flushed = OnFlushed;
  is_started_ = true;
  if (!inbox_.Start(shared, &loop_)) {
    Napi::Error::New(env, "Out of memory").ThrowAsJavaScriptException();
    return env.Undefined();
  }
  PayloadMemory &memory = inbox_.memory();
  uvws_loop_set_slab(&loop_, memory.slab(), memory.slab_len());
  return shared;
}

napi_value EnvState::callback(Callback which) const {
  napi_value function = nullptr;
  napi_get_reference_value(env_, callbacks_[static_cast<unsigned>(which)],
                           &function);
  return function;
}

// A reference is found ten times as fast as an array's element. It is made when
// something is told for the first time: who is idle from the start has none.
napi_value EnvState::resource(uint32_t slot) {
  napi_value resource = nullptr;
  napi_ref &ref = resource_refs_[slot];
  if (ref != nullptr) {
    napi_get_reference_value(env_, ref, &resource);
    return resource;
  }
  napi_value resources = nullptr;
  napi_valuetype type = napi_undefined;
  napi_get_reference_value(env_, resources_, &resources);
  napi_get_element(env_, resources, slot, &resource);
  napi_typeof(env_, resource, &type);
  if (type != napi_object) {
    return nullptr;
  }
  napi_create_reference(env_, resource, 1, &ref);
  return resource;
}

uint32_t EnvState::TakeSlot() {
  if (free_slots_.empty()) {
    connections_.push_back(nullptr);
    resource_refs_.push_back(nullptr);
    return static_cast<uint32_t>(connections_.size() - 1);
  }
  uint32_t slot = free_slots_.back();
  free_slots_.pop_back();
  return slot;
}

uvws_counters_t *EnvState::CountersOf(uint32_t slot) {
  uint32_t page = slot / kPageLength;
  if (page == pages_.size()) {
    Napi::HandleScope scope(env_);
    napi_value buffer;
    napi_value array;
    napi_value pages;
    void *data = nullptr;
    napi_create_arraybuffer(env_, kCountersPerPage * sizeof(double), &data,
                            &buffer);
    napi_create_typedarray(env_, napi_float64_array, kCountersPerPage, buffer,
                           0, &array);
    napi_get_reference_value(env_, counter_pages_, &pages);
    napi_set_element(env_, pages, page, array);
    pages_.push_back(static_cast<uvws_counters_t *>(data));
  }
  return pages_[page] + slot % kPageLength;
}

SharedOptions *EnvState::ShareOptions(const uvws_session_options_t &options) {
  for (SharedOptions *shared : options_) {
    if (AreEqual(shared->session, options)) {
      shared->ref_count++;
      return shared;
    }
  }
  auto *shared = new SharedOptions{options, 1};
  for (SharedOptions *&unused : options_) {
    if (unused->ref_count == 0) {
      delete unused;
      unused = shared;
      return shared;
    }
  }
  options_.push_back(shared);
  return shared;
}

void EnvState::UnshareOptions(const uvws_session_options_t *options) {
  for (SharedOptions *shared : options_) {
    if (&shared->session == options && --shared->ref_count == 0 &&
        options->receiver.compression != nullptr) {
      uvws_compression_trim(options->receiver.compression);
    }
  }
}

void EnvState::SetMaxPayload(uvws_connection_t *connection,
                             uint64_t max_payload) {
  const uvws_session_options_t *old = connection->session.options;
  uvws_session_options_t options = *old;
  options.receiver.max_payload = max_payload;
  uvws_session_set_options(&connection->session,
                           &ShareOptions(options)->session);
  UnshareOptions(old);
}

void EnvState::RemoveConnection(uvws_connection_t *connection) {
  uint32_t slot = connection->id;
  UnshareOptions(connection->session.options);
  connections_[slot] = nullptr;
  if (resource_refs_[slot] != nullptr) {
    napi_delete_reference(env_, resource_refs_[slot]);
    resource_refs_[slot] = nullptr;
  }
  free_slots_.push_back(slot);
}

// Node has closed the parked descriptors before this runs, and their numbers
// may be somebody else's by now: nothing is written any more.
void EnvState::DropAll() {
  for (uvws_connection_t *connection : connections_) {
    if (connection == nullptr) {
      continue;
    }
    if (connection->is_owned) {
      uvws_connection_hold(connection);
      uvws_connection_terminate(connection);
    } else {
      uvws_connection_abandon(connection);
    }
  }
  for (uvws_listener_t *listener : listeners_) {
    if (listener != nullptr) {
      uvws_listener_close(listener);
    }
  }
}

void EnvState::OnCleanup(napi_async_cleanup_hook_handle handle, void *arg) {
  auto *state = static_cast<EnvState *>(arg);
  state->cleanup_handle_ = handle;
  state->is_torn_down_ = true;
  if (state->is_started_) {
    state->DropAll();
    uvws_loop_close(&state->loop_, OnLoopClosed);
  } else {
    delete state;
    napi_remove_async_cleanup_hook(handle);
  }
}

void EnvState::OnLoopClosed(uvws_loop_t *loop) {
  auto *state = static_cast<EnvState *>(loop->user);
  for (SharedOptions *shared : state->options_) {
    delete shared;
  }
  napi_async_cleanup_hook_handle handle = state->cleanup_handle_;
  delete state; // its references while the environment still lives
  napi_remove_async_cleanup_hook(handle);
}

} // namespace uvws
