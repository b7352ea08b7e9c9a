// The one way into JavaScript from the loop: opens the scopes, calls, and lets
// whatever a listener throws surface as an uncaught exception.
#ifndef UVWS_BINDING_EMIT_H
#define UVWS_BINDING_EMIT_H

#include <napi.h>

#include "binding/env_state.h"

namespace uvws {

// Calls a callback with `resource` as its async resource and its `this`.
// Returns false if it threw: the exception was then reported. Ticks and
// microtasks have run when it returns, unless JavaScript called us. Needs an
// open handle scope. Does nothing once the environment is torn down, or without
// a resource.
bool Emit(EnvState *state, Callback which, napi_value resource, size_t argc,
          const napi_value *argv);

// As Emit, where JavaScript has called us and its async context is to stay.
bool EmitWithin(EnvState *state, Callback which, size_t argc,
                const napi_value *argv);

// As Emit, with a scope of its own, an anonymous resource and numbers.
bool EmitNumbers(EnvState *state, Callback which,
                 std::initializer_list<int32_t> numbers);

} // namespace uvws

#endif
