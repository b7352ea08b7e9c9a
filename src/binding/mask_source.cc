#include "binding/mask_source.h"

#include <napi.h>
#include <uv.h>

#include <cstring>

namespace uvws {

void MaskSource::Draw(void *source, uint8_t key[UVWS_MASK_KEY_LEN]) {
  auto *self = static_cast<MaskSource *>(source);
  if (self->has_own_key_) {
    self->has_own_key_ = false;
    memcpy(key, self->own_key_, UVWS_MASK_KEY_LEN);
    return;
  }
  if (self->used_ == kBatchLength) {
    self->Refill();
  }
  memcpy(key, self->batch_ + self->used_, UVWS_MASK_KEY_LEN);
  self->used_ += UVWS_MASK_KEY_LEN;
}

void MaskSource::Use(const uint8_t key[UVWS_MASK_KEY_LEN]) {
  memcpy(own_key_, key, UVWS_MASK_KEY_LEN);
  has_own_key_ = true;
}

void MaskSource::Refill() {
  if (uv_random(nullptr, nullptr, batch_, kBatchLength, 0, nullptr) != 0) {
    napi_fatal_error("MaskSource::Refill", NAPI_AUTO_LENGTH,
                     "the system gives no random numbers", NAPI_AUTO_LENGTH);
  }
  used_ = 0;
}

} // namespace uvws
