#include "binding/compression_set.h"

namespace uvws {
namespace {

constexpr size_t kDescriptionLength = 8;

bool AreEqual(const uvws_compression_options_t &a,
              const uvws_compression_options_t &b) {
  return a.deflate.level == b.deflate.level &&
         a.deflate.mem_level == b.deflate.mem_level &&
         a.deflate.strategy == b.deflate.strategy &&
         a.deflate.window_bits == b.deflate.window_bits &&
         a.inflate_window_bits == b.inflate_window_bits &&
         a.deflate_takes_over == b.deflate_takes_over &&
         a.inflate_takes_over == b.inflate_takes_over &&
         a.threshold == b.threshold;
}

} // namespace

CompressionSet::~CompressionSet() {
  for (auto &compression : compressions_) {
    uvws_compression_deinit(compression.get());
  }
}

uvws_compression_t *CompressionSet::Find(Napi::Value description) {
  if (!description.IsTypedArray()) {
    return nullptr;
  }
  auto values = description.As<Napi::Int32Array>();
  if (values.ElementLength() != kDescriptionLength) {
    return nullptr;
  }
  uvws_compression_options_t options = {};
  options.deflate.window_bits = values[0];
  options.inflate_window_bits = values[1];
  options.deflate_takes_over = values[2] != 0;
  options.inflate_takes_over = values[3] != 0;
  options.threshold = static_cast<size_t>(values[4]);
  options.deflate.level = values[5];
  options.deflate.mem_level = values[6];
  options.deflate.strategy = values[7];
  return Share(options);
}

uvws_compression_t *
CompressionSet::Share(const uvws_compression_options_t &options) {
  for (auto &compression : compressions_) {
    if (AreEqual(compression->options, options)) {
      return compression.get();
    }
  }
  compressions_.push_back(std::make_unique<uvws_compression_t>());
  uvws_compression_t *added = compressions_.back().get();
  uvws_compression_init(added, uvws_mem_default(), &options);
  return added;
}

} // namespace uvws
