#include "binding/emit.h"

namespace uvws {
namespace {

// `throw null` is an exception too. False if there was none: nothing is pending
// when a worker is being terminated, and no call will succeed any more.
bool ReportException(napi_env env) {
  napi_value error;
  bool is_pending = false;
  if (napi_is_exception_pending(env, &is_pending) != napi_ok || !is_pending) {
    return false;
  }
  if (napi_get_and_clear_last_exception(env, &error) == napi_ok) {
    napi_fatal_exception(env, error);
  }
  return true;
}

} // namespace

bool Emit(EnvState *state, Callback which, napi_value resource, size_t argc,
          const napi_value *argv) {
  if (state->is_torn_down() || resource == nullptr) {
    return true;
  }
  napi_env env = state->env();
  if (napi_make_callback(env, nullptr, resource, state->callback(which), argc,
                         argv, nullptr) == napi_ok) {
    return true;
  }
  return !ReportException(env);
}

bool EmitWithin(EnvState *state, Callback which, size_t argc,
                const napi_value *argv) {
  if (state->is_torn_down()) {
    return true;
  }
  napi_env env = state->env();
  napi_value undefined;
  napi_get_undefined(env, &undefined);
  if (napi_call_function(env, undefined, state->callback(which), argc, argv,
                         nullptr) == napi_ok) {
    return true;
  }
  return !ReportException(env);
}

bool EmitNumbers(EnvState *state, Callback which,
                 std::initializer_list<int32_t> numbers) {
  if (state->is_torn_down()) {
    return true;
  }
  napi_env env = state->env();
  Napi::HandleScope scope(env);
  napi_value argv[4];
  size_t argc = 0;
  for (int32_t number : numbers) {
    napi_create_int32(env, number, &argv[argc++]);
  }
  napi_value resource;
  napi_create_object(env, &resource);
  return Emit(state, which, resource, argc, argv);
}

} // namespace uvws
