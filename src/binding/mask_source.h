// Masking keys of the client role. They must be unpredictable (RFC 6455 10.3):
// they come from the system's generator, which is asked for many at once.
#ifndef UVWS_BINDING_MASK_SOURCE_H
#define UVWS_BINDING_MASK_SOURCE_H

#include <cstddef>
#include <cstdint>

extern "C" {
#include "core/mask.h"
}

namespace uvws {

class MaskSource {
public:
  // A uvws_mask_source_t whose user is the MaskSource. Ends the process where
  // the system has no random numbers: a guessable key must not go out.
  static void Draw(void *source, uint8_t key[UVWS_MASK_KEY_LEN]);

  // The next Draw gives this key: the application makes its own.
  void Use(const uint8_t key[UVWS_MASK_KEY_LEN]);

private:
  void Refill();

  static constexpr size_t kBatchLength = 4096;

  uint8_t batch_[kBatchLength];
  size_t used_ = kBatchLength;
  uint8_t own_key_[UVWS_MASK_KEY_LEN];
  bool has_own_key_ = false;
};

} // namespace uvws

#endif
