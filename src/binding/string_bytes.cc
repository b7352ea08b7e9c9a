#include "binding/string_bytes.h"

extern "C" {
#include "core/mem.h"
}

namespace uvws {

StringBytes::~StringBytes() { uvws_mem_free(uvws_mem_default(), large_); }

bool StringBytes::Reserve(size_t room) {
  if (room > kSmall) {
    large_ = uvws_mem_alloc(uvws_mem_default(), room);
    data_ = large_;
  }
  return data_ != nullptr;
}

// Both encoders end what they write with a zero.
bool StringBytes::TakeUtf8(napi_env env, napi_value string) {
  size_t length = 0;
  napi_get_value_string_utf8(env, string, nullptr, 0, &length);
  if (!Reserve(length + 1)) {
    return false;
  }
  napi_get_value_string_utf8(env, string, static_cast<char *>(data_),
                             length + 1, &length_);
  return true;
}

bool StringBytes::TakeUtf16(napi_env env, napi_value string) {
  size_t length = 0;
  napi_get_value_string_utf16(env, string, nullptr, 0, &length);
  if (!Reserve((length + 1) * sizeof(char16_t))) {
    return false;
  }
  napi_get_value_string_utf16(env, string, static_cast<char16_t *>(data_),
                              length + 1, &length);
  length_ = length * sizeof(char16_t);
  return true;
}

} // namespace uvws
