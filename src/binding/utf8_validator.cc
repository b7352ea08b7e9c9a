#include "binding/utf8_validator.h"

#include <uv.h>

namespace uvws {
namespace {

// simdutf::validate_utf8(char const*, unsigned long)
constexpr char kSymbol[] = "_ZN7simdutf13validate_utf8EPKcm";

// Through libuv: a dlsym() of our own would need the glibc that we were built
// with.
uvws_utf8_validator_t FindValidator() {
  uv_lib_t executable;
  void *symbol = nullptr;
  if (uv_dlopen(nullptr, &executable) != 0 ||
      uv_dlsym(&executable, kSymbol, &symbol) != 0) {
    symbol = nullptr;
  }
  uv_dlclose(&executable);
  return symbol == nullptr ? uvws_utf8_is_valid
                           : reinterpret_cast<uvws_utf8_validator_t>(symbol);
}

} // namespace

uvws_utf8_validator_t Utf8Validator() {
  static const uvws_utf8_validator_t validator = FindValidator();
  return validator;
}

} // namespace uvws
