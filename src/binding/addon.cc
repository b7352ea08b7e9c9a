// The module's entry: what the binary exports to lib/native.js.
#include <napi.h>

#include "binding/codec.h"
#include "binding/connection_wrap.h"
#include "binding/env_state.h"
#include "binding/listener_wrap.h"

namespace uvws {
namespace {

Napi::Value Start(const Napi::CallbackInfo &info) {
  return EnvState::From(info.Env())->Start(info);
}

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  EnvState *state = EnvState::Create(env);
  exports.Set("start", Napi::Function::New<Start>(env));
  ExportCodec(exports);
  ExportConnections(exports, state);
  ExportListeners(exports);
  return exports;
}

} // namespace
} // namespace uvws

static Napi::Object InitAddon(Napi::Env env, Napi::Object exports) {
  return uvws::Init(env, exports);
}

NODE_API_MODULE(NODE_GYP_MODULE_NAME, InitAddon)
