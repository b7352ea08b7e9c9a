// Stateless functions of core, for lib/: the accept value, and the table of
// failures.
#ifndef UVWS_BINDING_CODEC_H
#define UVWS_BINDING_CODEC_H

#include <napi.h>

namespace uvws {

// Adds the functions and the table to `exports`.
void ExportCodec(Napi::Object exports);

} // namespace uvws

#endif
