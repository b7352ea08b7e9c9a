// The bytes of a JavaScript string, for the length of a call: short ones lie on
// the stack.
#ifndef UVWS_BINDING_STRING_BYTES_H
#define UVWS_BINDING_STRING_BYTES_H

#include <napi.h>

extern "C" {
#include "core/slice.h"
}

namespace uvws {

class StringBytes {
public:
  StringBytes() = default;
  StringBytes(const StringBytes &) = delete;
  StringBytes &operator=(const StringBytes &) = delete;
  ~StringBytes();

  // Takes a string as UTF-8, or as it stands: its UTF-16 code units, which are
  // equal for equal strings only. False without memory.
  bool TakeUtf8(napi_env env, napi_value string);
  bool TakeUtf16(napi_env env, napi_value string);

  uvws_slice_t slice() const { return uvws_slice(data_, length_); }

private:
  bool Reserve(size_t room);

  static constexpr size_t kSmall = 4096;
  alignas(8) uint8_t small_[kSmall];
  void *large_ = nullptr;
  void *data_ = small_;
  size_t length_ = 0;
};

} // namespace uvws

#endif
