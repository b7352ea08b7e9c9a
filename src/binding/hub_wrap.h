// The calls that lib/topics.js makes: hubs, topics, publishing. A hub is an
// External, which JavaScript's collector lets go of.
#ifndef UVWS_BINDING_HUB_WRAP_H
#define UVWS_BINDING_HUB_WRAP_H

#include "binding/env_state.h"

namespace uvws {

void ExportHubs(Napi::Object exports, EnvState *state);

} // namespace uvws

#endif
