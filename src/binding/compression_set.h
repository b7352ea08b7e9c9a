// The kinds of compression that an environment's connections agreed on. Those
// that agreed on the same share one, as long as the environment lives.
#ifndef UVWS_BINDING_COMPRESSION_SET_H
#define UVWS_BINDING_COMPRESSION_SET_H

#include <napi.h>

#include <memory>
#include <vector>

extern "C" {
#include "core/compression.h"
}

namespace uvws {

class CompressionSet {
public:
  CompressionSet() = default;
  CompressionSet(const CompressionSet &) = delete;
  CompressionSet &operator=(const CompressionSet &) = delete;
  ~CompressionSet();

  // The one that an array describes, as lib/session-options.js makes it: an
  // Int32Array with our window bits and the peer's, whether our context takes
  // over and whether the peer's does, threshold, level, memLevel, strategy,
  // history_max; then the Uint8Arrays of our dictionary and the peer's, or
  // undefined.
  // nullptr for what is no such array: nothing was agreed on.
  uvws_compression_t *Find(Napi::Value description);

private:
  struct Shared {
    std::vector<uint8_t> deflate_dictionary;
    std::vector<uint8_t> inflate_dictionary;
    uvws_compression_t compression;
  };

  uvws_compression_t *Share(const uvws_compression_options_t &options);

  // Sessions point to them: they must not move.
  std::vector<std::unique_ptr<Shared>> shared_;
};

} // namespace uvws

#endif
