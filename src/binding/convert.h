// Arguments from JavaScript into C. lib/ is the only caller and passes what is
// written here, so nothing is checked twice: a wrong type is a bug of lib/.
#ifndef UVWS_BINDING_CONVERT_H
#define UVWS_BINDING_CONVERT_H

#include <napi.h>

#include <initializer_list>

#include "binding/env_state.h"

namespace uvws {

// The arguments of a call on the hot path, without node-addon-api's wrappers.
template <size_t kCount> class Arguments {
public:
  Arguments(napi_env env, napi_callback_info info) : env_(env) {
    size_t count = kCount;
    void *data = nullptr;
    napi_get_cb_info(env, info, &count, values_, nullptr, &data);
    state_ = static_cast<EnvState *>(data);
  }

  EnvState *state() const { return state_; }
  napi_value operator[](size_t index) const { return values_[index]; }

  int32_t Int32(size_t index) const {
    int32_t value = 0;
    napi_get_value_int32(env_, values_[index], &value);
    return value;
  }

  double Double(size_t index) const {
    double value = 0;
    napi_get_value_double(env_, values_[index], &value);
    return value;
  }

  // The connection whose slot is that argument; nullptr once it is closed.
  uvws_connection_t *Connection(size_t index) const {
    return state_->connection(static_cast<uint32_t>(Int32(index)));
  }

  // The bytes of a Buffer or another Uint8Array; empty for anything else.
  uvws_slice_t Bytes(size_t index) const {
    void *data = nullptr;
    size_t length = 0;
    napi_typedarray_type type;
    if (napi_get_typedarray_info(env_, values_[index], &type, &length, &data,
                                 nullptr, nullptr) != napi_ok ||
        type != napi_uint8_array) {
      return uvws_slice(nullptr, 0);
    }
    return uvws_slice(data, length);
  }

private:
  napi_env env_;
  EnvState *state_ = nullptr;
  napi_value values_[kCount];
};

// (slot): does one thing to a connection.
template <void (*kAct)(uvws_connection_t *)>
napi_value ActOn(napi_env env, napi_callback_info info) {
  Arguments<1> args(env, info);
  uvws_connection_t *connection = args.Connection(0);
  if (connection != nullptr) {
    kAct(connection);
  }
  return nullptr;
}

// (slot, 0 or 1): tells a connection one thing.
template <void (*kSet)(uvws_connection_t *, bool)>
napi_value Set(napi_env env, napi_callback_info info) {
  Arguments<2> args(env, info);
  uvws_connection_t *connection = args.Connection(0);
  if (connection != nullptr) {
    kSet(connection, args.Int32(1) != 0);
  }
  return nullptr;
}

// Adds functions of the hot path, which find their state as Arguments do.
struct NamedFunction {
  const char *name;
  napi_callback function;
};
void ExportFunctions(Napi::Object exports, EnvState *state,
                     std::initializer_list<NamedFunction> functions);

// Options of a session, from consecutive arguments: isServer, maxPayload,
// maxFragments (0 or less: no limit), skipUTF8Validation, closeTimeout (ms),
// compression (see compression_set.h).
constexpr size_t kSessionArguments = 6;
uvws_session_options_t ToSessionOptions(const Napi::CallbackInfo &info,
                                        size_t first);

} // namespace uvws

#endif
