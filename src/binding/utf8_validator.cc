#include "binding/utf8_validator.h"

#include <dlfcn.h>

namespace uvws {
namespace {

// simdutf::validate_utf8(char const*, unsigned long)
constexpr char kSymbol[] = "_ZN7simdutf13validate_utf8EPKcm";

} // namespace

uvws_utf8_validator_t Utf8Validator() {
  static const auto validator =
      reinterpret_cast<uvws_utf8_validator_t>(dlsym(RTLD_DEFAULT, kSymbol));
  return validator != nullptr ? validator : uvws_utf8_is_valid;
}

} // namespace uvws
