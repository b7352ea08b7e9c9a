#include "binding/listener_wrap.h"

#include "binding/connection_wrap.h"
#include "binding/convert.h"
#include "binding/emit.h"

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

napi_value Latin1(napi_env env, uvws_slice_t text) {
  napi_value string = nullptr;
  const char *data =
      text.len == 0 ? "" : reinterpret_cast<const char *>(text.data);
  napi_create_string_latin1(env, data, text.len, &string);
  return string;
}

// (id, verdict, head, rest, protocol): head as latin1, rest a Buffer or
// undefined, protocol the first one offered.
void OnRequest(uvws_listener_t *listener, uvws_upgrade_t *upgrade,
               const uvws_upgrade_request_t *request) {
  ListenerRecord *record = RecordOf(listener);
  EnvState *state = record->state;
  if (state->is_torn_down()) {
    return;
  }
  napi_env env = state->env();
  Napi::HandleScope scope(env);
  napi_value argv[5];
  napi_value resource;
  napi_create_uint32(env, record->id, &argv[0]);
  napi_create_int32(env, request->verdict, &argv[1]);
  argv[2] = Latin1(env, request->head);
  napi_get_undefined(env, &argv[3]);
  if (request->rest.len > 0) {
    napi_create_buffer_copy(env, request->rest.len, request->rest.data, nullptr,
                            &argv[3]);
  }
  argv[4] = Latin1(env, request->handshake.protocol);
  napi_create_object(env, &resource); // a context of its own, as with node:http
  state->asked.upgrade = upgrade;
  state->asked.request = request;
  Emit(state, Callback::kOnRequest, resource, 5, argv);
  state->asked.upgrade = nullptr;
  state->asked.request = nullptr;
}

void OnCount(uvws_listener_t *listener, int change) {
  ListenerRecord *record = RecordOf(listener);
  EmitNumbers(record->state, Callback::kOnCount,
              {static_cast<int32_t>(record->id), change});
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

const uvws_listener_callbacks_t kCallbacks = {OnRequest, OnCount,
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

// (...session, extensions), while being asked: accepts with the first
// subprotocol that was offered and this value of Sec-WebSocket-Extensions, ''
// for none. The slot, or -1.
Napi::Value Accept(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  EnvState *state = EnvState::From(info);
  uvws_upgrade_t *upgrade = state->asked.upgrade;
  const uvws_upgrade_request_t *request = state->asked.request;
  if (upgrade == nullptr) {
    return Napi::Number::New(env, -1);
  }
  state->asked.upgrade = nullptr;
  std::string extensions = info[kSessionArguments].As<Napi::String>();
  uvws_handshake_answer_t answer = {
      request->handshake.protocol,
      uvws_slice(extensions.data(), extensions.size())};
  uvws_connection_config_t config = {};
  config.callbacks = ConnectionCallbacks();
  uvws_connection_t *connection = state->AddConnection(
      ToSessionOptions(info, 0), &config, [&](auto *complete) {
        return uvws_upgrade_accept(upgrade, request, complete, &answer);
      });
  return Napi::Number::New(
      env, connection == nullptr ? -1 : static_cast<int>(connection->id));
}

// (): ws's refusal for the verdict, while being asked.
void Refuse(const Napi::CallbackInfo &info) {
  EnvState *state = EnvState::From(info);
  if (state->asked.upgrade != nullptr) {
    uvws_upgrade_refuse(state->asked.upgrade, state->asked.request->verdict);
    state->asked.upgrade = nullptr;
  }
}

// (): the descriptor, now the caller's, while being asked; or -1.
Napi::Value HandOut(const Napi::CallbackInfo &info) {
  EnvState *state = EnvState::From(info);
  int fd = -1;
  if (state->asked.upgrade != nullptr) {
    fd = uvws_upgrade_release(state->asked.upgrade);
    state->asked.upgrade = nullptr;
  }
  return Napi::Number::New(info.Env(), fd);
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
  exports.Set("accept", Napi::Function::New<Accept>(env, "accept", state));
  exports.Set("refuse", Napi::Function::New<Refuse>(env, "refuse", state));
  exports.Set("handOut", Napi::Function::New<HandOut>(env, "handOut", state));
}

} // namespace uvws
