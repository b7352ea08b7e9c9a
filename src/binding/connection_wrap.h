// Connections as JavaScript drives them: functions of a slot, the small integer
// that stands for a connection on both sides. A slot is valid until onClosed;
// calls with a dead one do nothing.
#ifndef UVWS_BINDING_CONNECTION_WRAP_H
#define UVWS_BINDING_CONNECTION_WRAP_H

#include <napi.h>

#include "binding/env_state.h"

namespace uvws {

// Flags of an outgoing frame, beside its opcode in the lowest four bits;
// lib/constants.js repeats them.
constexpr int32_t kFlagFinal = 16;
constexpr int32_t kFlagCompressed = 32;
constexpr int32_t kFlagMasked = 64;
constexpr int32_t kFlagUnmasked = 128;

uvws_outgoing_t ToOutgoing(int32_t flags);

// Adds the functions to `exports`.
void ExportConnections(Napi::Object exports, EnvState *state);

} // namespace uvws

#endif
