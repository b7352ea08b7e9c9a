// What connections report to JavaScript: the callbacks of src/net.
#ifndef UVWS_BINDING_CONNECTION_EVENTS_H
#define UVWS_BINDING_CONNECTION_EVENTS_H

#include "binding/env_state.h"

namespace uvws {

// What every connection of this binding reports to.
const uvws_connection_callbacks_t *ConnectionCallbacks();

// The loop has flushed: has the streams write what it came to.
void OnFlushed(uvws_loop_t *loop);

// Hands over what was noted of a connection, from the entry `start` on. A
// listener that throws does not keep the entries behind it from delivery.
// is_within: JavaScript has called, a listener of the stream that is fed.
void Deliver(uvws_connection_t *connection, uint32_t start, bool is_within);

} // namespace uvws

#endif
