// The native listener as JavaScript drives it: functions of an id, the small
// integer that stands for a listener on both sides until onListenerClosed.
#ifndef UVWS_BINDING_LISTENER_WRAP_H
#define UVWS_BINDING_LISTENER_WRAP_H

#include <napi.h>

#include "binding/env_state.h"

namespace uvws {

// Adds the functions to `exports`.
void ExportListeners(Napi::Object exports, EnvState *state);

} // namespace uvws

#endif
