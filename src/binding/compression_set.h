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

  // The one that an Int32Array describes, as lib/session-options.js makes it:
  // our window bits and the peer's, whether our context takes over and whether
  // the peer's does, threshold, level, memLevel, strategy. nullptr for what is
  // no such array: nothing was agreed on.
  uvws_compression_t *Find(Napi::Value description);

private:
  uvws_compression_t *Share(const uvws_compression_options_t &options);

  // Sessions point to them: they must not move.
  std::vector<std::unique_ptr<uvws_compression_t>> compressions_;
};

} // namespace uvws

#endif
