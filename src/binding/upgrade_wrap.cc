#include "binding/upgrade_wrap.h"

#include "binding/connection_events.h"
#include "binding/convert.h"
#include "binding/emit.h"

namespace uvws {
namespace {

napi_value Latin1(napi_env env, uvws_slice_t text) {
  napi_value string = nullptr;
  const char *data =
      text.len == 0 ? "" : reinterpret_cast<const char *>(text.data);
  napi_create_string_latin1(env, data, text.len, &string);
  return string;
}

uint32_t IdOf(const Napi::CallbackInfo &info) {
  return info[0].As<Napi::Number>().Uint32Value();
}

// The upgrade that is being decided, or nullptr.
uvws_upgrade_t *Take(const Napi::CallbackInfo &info) {
  return EnvState::From(info)->upgrades().Take(IdOf(info));
}

uvws_slice_t SliceOf(const std::string &text) {
  return uvws_slice(text.data(), text.size());
}

// (id, ...session, protocol, extensions): accepts with these values of
// Sec-WebSocket-Protocol and -Extensions, '' for none. The slot, or -1.
Napi::Value Accept(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  uvws_upgrade_t *upgrade = Take(info);
  if (upgrade == nullptr) {
    return Napi::Number::New(env, -1);
  }
  std::string protocol = info[kSessionArguments + 1].As<Napi::String>();
  std::string extensions = info[kSessionArguments + 2].As<Napi::String>();
  uvws_handshake_answer_t answer = {SliceOf(protocol), SliceOf(extensions)};
  uvws_connection_config_t config = {};
  config.callbacks = ConnectionCallbacks();
  uvws_connection_t *connection = EnvState::From(info)->AddConnection(
      ToSessionOptions(info, 1), &config, [&](auto *complete) {
        return uvws_upgrade_accept(upgrade, complete, &answer);
      });
  return Napi::Number::New(
      env, connection == nullptr ? -1 : static_cast<int>(connection->id));
}

// (id, verdict): ws's refusal for the verdict.
void Refuse(const Napi::CallbackInfo &info) {
  uvws_upgrade_t *upgrade = Take(info);
  if (upgrade != nullptr) {
    int32_t verdict = info[1].As<Napi::Number>().Int32Value();
    uvws_upgrade_refuse(upgrade, static_cast<uvws_status_t>(verdict));
  }
}

// (id, response): an HTTP response as text.
void Answer(const Napi::CallbackInfo &info) {
  uvws_upgrade_t *upgrade = Take(info);
  if (upgrade != nullptr) {
    std::string response = info[1].As<Napi::String>();
    uvws_upgrade_answer(upgrade, SliceOf(response));
  }
}

// (id): the descriptor, now the caller's, or -1.
Napi::Value HandOut(const Napi::CallbackInfo &info) {
  uvws_upgrade_t *upgrade = Take(info);
  int fd = upgrade == nullptr ? -1 : uvws_upgrade_release(upgrade);
  return Napi::Number::New(info.Env(), fd);
}

// (id), from onRequest only: puts the decision off. Whether that was possible.
Napi::Value Wait(const Napi::CallbackInfo &info) {
  uint32_t id = IdOf(info);
  uvws_upgrade_t *upgrade = EnvState::From(info)->upgrades().Find(id);
  bool is_waiting = upgrade != nullptr && uvws_upgrade_wait(upgrade, id);
  return Napi::Boolean::New(info.Env(), is_waiting);
}

// (id): the client's numeric address, '' where it is gone.
Napi::Value PeerAddress(const Napi::CallbackInfo &info) {
  uvws_upgrade_t *upgrade = EnvState::From(info)->upgrades().Find(IdOf(info));
  uvws_address_t address;
  bool is_known =
      upgrade != nullptr && uvws_upgrade_peer_address(upgrade, &address) == 0;
  return Napi::String::New(info.Env(), is_known ? address.host : "");
}

} // namespace

// (listener, id, verdict, head, rest, protocol): head as latin1, rest a Buffer
// or undefined, protocol the first one offered.
void AskAboutUpgrade(EnvState *state, uint32_t listener_id,
                     uvws_upgrade_t *upgrade,
                     const uvws_upgrade_request_t *request) {
  napi_env env = state->env();
  Napi::HandleScope scope(env);
  uint32_t id = state->upgrades().Add(upgrade);
  napi_value argv[6];
  napi_value resource;
  napi_create_uint32(env, listener_id, &argv[0]);
  napi_create_uint32(env, id, &argv[1]);
  napi_create_int32(env, request->verdict, &argv[2]);
  argv[3] = Latin1(env, request->head);
  napi_get_undefined(env, &argv[4]);
  if (request->rest.len > 0) {
    napi_create_buffer_copy(env, request->rest.len, request->rest.data, nullptr,
                            &argv[4]);
  }
  argv[5] = Latin1(env, request->handshake.protocol);
  napi_create_object(env, &resource); // a context of its own, as with node:http
  Emit(state, Callback::kOnRequest, resource, 6, argv);
  if (state->upgrades().Find(id) != nullptr &&
      !uvws_upgrade_is_waiting(upgrade)) {
    state->upgrades().Take(id);
  }
}

void ExportUpgrades(Napi::Object exports, EnvState *state) {
  Napi::Env env = exports.Env();
  exports.Set("accept", Napi::Function::New<Accept>(env, "accept", state));
  exports.Set("refuse", Napi::Function::New<Refuse>(env, "refuse", state));
  exports.Set("answer", Napi::Function::New<Answer>(env, "answer", state));
  exports.Set("handOut", Napi::Function::New<HandOut>(env, "handOut", state));
  exports.Set("wait", Napi::Function::New<Wait>(env, "wait", state));
  exports.Set("peerAddress",
              Napi::Function::New<PeerAddress>(env, "peerAddress", state));
}

} // namespace uvws
