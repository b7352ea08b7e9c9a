#include "binding/convert.h"

#include <cstdint>

#include "binding/utf8_validator.h"

namespace uvws {
namespace {

// Inflating as much takes about ten times as long as the way to a thread and
// back.
constexpr size_t kInflateAtOnce = 65536;

} // namespace

void ExportFunctions(Napi::Object exports, EnvState *state,
                     std::initializer_list<NamedFunction> functions) {
  for (const NamedFunction &each : functions) {
    napi_value function;
    napi_create_function(exports.Env(), each.name, NAPI_AUTO_LENGTH,
                         each.function, state, &function);
    exports.Set(each.name, Napi::Value(exports.Env(), function));
  }
}

uvws_session_options_t ToSessionOptions(const Napi::CallbackInfo &info,
                                        size_t first) {
  int64_t max_payload = info[first + 1].As<Napi::Number>().Int64Value();
  int32_t max_fragments = info[first + 2].As<Napi::Number>().Int32Value();
  double close_timeout = info[first + 4].As<Napi::Number>().DoubleValue();
  EnvState *state = EnvState::From(info);
  uvws_session_options_t options = {};
  options.mask_source = MaskSource::Draw;
  options.mask_user = &state->mask_source();
  options.receiver.mem = uvws_mem_default();
  options.receiver.is_server = info[first].As<Napi::Boolean>();
  options.receiver.max_payload = static_cast<uint64_t>(max_payload);
  options.receiver.max_fragments =
      max_fragments > 0 ? static_cast<uint32_t>(max_fragments) : 0;
  options.receiver.is_valid_utf8 =
      info[first + 3].As<Napi::Boolean>() ? nullptr : Utf8Validator();
  options.receiver.blocks = state->loop()->blocks;
  options.receiver.inflate_at_once = kInflateAtOnce;
  options.receiver.compression = state->compressions().Find(info[first + 5]);
  // As setTimeout: what is no delay becomes 1 ms.
  options.close_timeout_ms = close_timeout >= 1 && close_timeout <= INT32_MAX
                                 ? static_cast<uint32_t>(close_timeout)
                                 : 1;
  return options;
}

} // namespace uvws
