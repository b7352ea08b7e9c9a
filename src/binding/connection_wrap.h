// Connections as JavaScript drives them: functions of a slot, the small integer
// that stands for a connection on both sides. A slot is valid until onClosed;
// calls with a dead one do nothing.
#ifndef UVWS_BINDING_CONNECTION_WRAP_H
#define UVWS_BINDING_CONNECTION_WRAP_H

#include <napi.h>

#include "binding/env_state.h"

namespace uvws {

// Adds the functions to `exports`.
void ExportConnections(Napi::Object exports, EnvState *state);

// What every connection of this binding reports to.
const uvws_connection_callbacks_t *ConnectionCallbacks();

} // namespace uvws

#endif
