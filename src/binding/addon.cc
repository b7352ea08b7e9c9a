// The module's entry: what the binary exports to lib/native.js.
#include <napi.h>

#include "binding/codec.h"
#include "binding/connection_wrap.h"
#include "binding/env_state.h"
#include "binding/hub_wrap.h"
#include "binding/listener_wrap.h"
#include "binding/upgrade_wrap.h"

namespace uvws {
namespace {

Napi::Value Start(const Napi::CallbackInfo &info) {
  return EnvState::From(info)->Start(info);
}

// A set of functions with a state of its own: lib/ may be loaded more than once
// in an environment (by jest, say), but the binary is not initialised again.
Napi::Value Create(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  EnvState *state = EnvState::Create(env);
  Napi::Object functions = Napi::Object::New(env);
  functions.Set("start", Napi::Function::New<Start>(env, "start", state));
  functions.Set("hasDescriptors",
                Napi::Boolean::New(env, uvws_socket_is_supported()));
  ExportCodec(functions);
  ExportConnections(functions, state);
  ExportListeners(functions, state);
  ExportHubs(functions, state);
  ExportUpgrades(functions, state);
  return functions;
}

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  exports.Set("create", Napi::Function::New<Create>(env, "create"));
  return exports;
}

} // namespace
} // namespace uvws

static Napi::Object InitAddon(Napi::Env env, Napi::Object exports) {
  return uvws::Init(env, exports);
}

NODE_API_MODULE(NODE_GYP_MODULE_NAME, InitAddon)
