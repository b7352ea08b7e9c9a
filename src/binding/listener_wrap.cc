#include "binding/listener_wrap.h"

#include "binding/emit.h"
#include "binding/upgrade_wrap.h"

namespace uvws {
namespace {

// What stands behind uvws_listener_t::user.
struct ListenerRecord {
  EnvState *state;
  uint32_t id;
};

ListenerRecord *RecordOf(const uvws_listener_t *listener) {
  return static_cast<ListenerRecord *>(listener->user);
}

// ---- From C ----

void OnRequest(uvws_listener_t *listener, uvws_upgrade_t *upgrade,
               const uvws_upgrade_request_t *request) {
  ListenerRecord *record = RecordOf(listener);
  if (!record->state->is_torn_down()) {
    AskAboutUpgrade(record->state, record->id, upgrade, request);
  }
}

void OnCount(uvws_listener_t *listener, int change) {
  ListenerRecord *record = RecordOf(listener);
  EmitNumbers(record->state, Callback::kOnCount,
              {static_cast<int32_t>(record->id), change});
}

void OnAbandoned(uvws_listener_t *listener, uint32_t id) {
  ListenerRecord *record = RecordOf(listener);
  record->state->upgrades().Take(id);
  EmitNumbers(record->state, Callback::kOnAbandoned,
              {static_cast<int32_t>(id)});
}

void OnListenerClosed(uvws_listener_t *listener) {
  ListenerRecord *record = RecordOf(listener);
  EnvState *state = record->state;
  state->listeners()[record->id] = nullptr;
  if (!state->is_torn_down()) {
    EmitNumbers(state, Callback::kOnListenerClosed,
                {static_cast<int32_t>(record->id)});
  }
  delete record;
}

const uvws_listener_callbacks_t kCallbacks = {OnRequest, OnCount, OnAbandoned,
                                              OnListenerClosed};

// ---- From JavaScript ----

uint32_t FreeId(std::vector<uvws_listener_t *> *listeners) {
  for (uint32_t id = 0; id < listeners->size(); id++) {
    if ((*listeners)[id] == nullptr) {
      return id;
    }
  }
  listeners->push_back(nullptr);
  return static_cast<uint32_t>(listeners->size() - 1);
}

uvws_listener_t *ListenerOf(const Napi::CallbackInfo &info) {
  auto &listeners = EnvState::From(info)->listeners();
  uint32_t id = info[0].As<Napi::Number>().Uint32Value();
  return id < listeners.size() ? listeners[id] : nullptr;
}

int ListenOn(const Napi::CallbackInfo &info) {
  std::string host = info[0].As<Napi::String>();
  uvws_listen_options_t options = {};
  options.host = host.c_str();
  options.port =
      static_cast<uint16_t>(info[1].As<Napi::Number>().Uint32Value());
  options.backlog = info[2].As<Napi::Number>().Int32Value();
  options.is_ipv6_only = info[3].As<Napi::Boolean>();
  options.is_port_shared = info[5].As<Napi::Boolean>();
  return uvws_socket_listen(&options);
}

// (host, port, backlog, ipv6Only, handshakeTimeout, reusePort): the id, or a
// negative error.
Napi::Value Listen(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  EnvState *state = EnvState::From(info);
  int fd = ListenOn(info);
  if (fd < 0) {
    return Napi::Number::New(env, fd);
  }
  uint32_t id = FreeId(&state->listeners());
  auto *record = new ListenerRecord{state, id};
  uvws_listener_t *listener = uvws_listener_new(
      state->loop(), fd, info[4].As<Napi::Number>().Uint32Value(), &kCallbacks,
      record);
  if (listener == nullptr) {
    uvws_socket_close(fd);
    delete record;
    return Napi::Number::New(env, UV_ENOMEM);
  }
  state->listeners()[id] = listener;
  return Napi::Number::New(env, id);
}

// (id): { address, family, port }
Napi::Value ListenerAddress(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  uvws_listener_t *listener = ListenerOf(info);
  uvws_address_t address;
  if (listener == nullptr || listener->is_closed ||
      uvws_socket_local_address(listener->watcher.fd, &address) != 0) {
    return env.Undefined();
  }
  Napi::Object result = Napi::Object::New(env);
  result.Set("address", address.host);
  result.Set("family", address.family == 6 ? "IPv6" : "IPv4");
  result.Set("port", static_cast<double>(address.port));
  return result;
}

template <void (*kAct)(uvws_listener_t *)>
void Act(const Napi::CallbackInfo &info) {
  uvws_listener_t *listener = ListenerOf(info);
  if (listener != nullptr) {
    kAct(listener);
  }
}

} // namespace

void ExportListeners(Napi::Object exports, EnvState *state) {
  Napi::Env env = exports.Env();
  exports.Set("listen", Napi::Function::New<Listen>(env, "listen", state));
  exports.Set("listenerAddress", Napi::Function::New<ListenerAddress>(
                                     env, "listenerAddress", state));
  exports.Set("listenerClose", Napi::Function::New<Act<uvws_listener_close>>(
                                   env, "listenerClose", state));
  exports.Set("listenerRef", Napi::Function::New<Act<uvws_listener_ref>>(
                                 env, "listenerRef", state));
  exports.Set("listenerUnref", Napi::Function::New<Act<uvws_listener_unref>>(
                                   env, "listenerUnref", state));
}

} // namespace uvws
