// The decisions about upgrades as JavaScript makes them: functions of an id,
// which stands for an upgrade from onRequest until its decision.
#ifndef UVWS_BINDING_UPGRADE_WRAP_H
#define UVWS_BINDING_UPGRADE_WRAP_H

#include <napi.h>

#include "binding/env_state.h"

namespace uvws {

// Calls onRequest of JavaScript, and closes what it neither decides nor lets
// wait.
void AskAboutUpgrade(EnvState *state, uint32_t listener_id,
                     uvws_upgrade_t *upgrade,
                     const uvws_upgrade_request_t *request);

// Adds the functions to `exports`.
void ExportUpgrades(Napi::Object exports, EnvState *state);

} // namespace uvws

#endif
