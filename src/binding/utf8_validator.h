// The fastest UTF-8 validator that the process offers.
#ifndef UVWS_BINDING_UTF8_VALIDATOR_H
#define UVWS_BINDING_UTF8_VALIDATOR_H

extern "C" {
#include "core/utf8.h"
}

namespace uvws {

// simdutf's, if the node executable exports it; core's own otherwise.
uvws_utf8_validator_t Utf8Validator();

} // namespace uvws

#endif
