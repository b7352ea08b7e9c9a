#include "binding/codec.h"

extern "C" {
#include "core/handshake.h"
#include "core/mask.h"
#include "core/status.h"
}

namespace uvws {
namespace {

// (key): the Sec-WebSocket-Accept value. key has 24 characters.
Napi::Value AcceptValue(const Napi::CallbackInfo &info) {
  std::string key = info[0].As<Napi::String>();
  if (key.size() != UVWS_KEY_LEN) {
    return info.Env().Undefined();
  }
  char value[UVWS_ACCEPT_LEN];
  uvws_handshake_accept_value(value,
                              reinterpret_cast<const uint8_t *>(key.data()));
  return Napi::String::New(info.Env(), value, sizeof(value));
}

// (source, key, target, offset): writes the bytes of source, masked, to target
// from offset on. All are Buffers; source and target may be the same.
void Mask(const Napi::CallbackInfo &info) {
  auto source = info[0].As<Napi::Uint8Array>();
  auto key = info[1].As<Napi::Uint8Array>();
  auto target = info[2].As<Napi::Uint8Array>();
  size_t offset = info[3].As<Napi::Number>().Uint32Value();
  if (key.ByteLength() == UVWS_MASK_KEY_LEN && offset <= target.ByteLength() &&
      source.ByteLength() <= target.ByteLength() - offset) {
    uvws_mask(target.Data() + offset, source.Data(), source.ByteLength(),
              key.Data(), 0);
  }
}

// Rows of status.def, indexed by -status - 1.
Napi::Value Statuses(Napi::Env env) {
  Napi::Array rows = Napi::Array::New(env);
  for (int i = 0; i < UVWS_STATUS_COUNT; i++) {
    const uvws_status_info_t *info =
        uvws_status_info(static_cast<uvws_status_t>(-(i + 1)));
    Napi::Object row = Napi::Object::New(env);
    row.Set("name", info->name);
    row.Set("wire", static_cast<double>(info->wire));
    row.Set("isRangeError", info->error_class == UVWS_ERROR_CLASS_RANGE_ERROR);
    row.Set("code", info->code);
    row.Set("message", info->message);
    rows.Set(static_cast<uint32_t>(i), row);
  }
  return rows;
}

} // namespace

void ExportCodec(Napi::Object exports) {
  exports.Set("acceptValue", Napi::Function::New<AcceptValue>(exports.Env()));
  exports.Set("mask", Napi::Function::New<Mask>(exports.Env()));
  exports.Set("statuses", Statuses(exports.Env()));
}

} // namespace uvws
