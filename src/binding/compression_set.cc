#include "binding/compression_set.h"

#include <cstring>

namespace uvws {
namespace {

constexpr size_t kDescriptionLength = 9;

bool AreEqual(uvws_slice_t a, uvws_slice_t b) {
  return a.len == b.len &&
         (a.len == 0 || std::memcmp(a.data, b.data, a.len) == 0);
}

bool AreEqual(const uvws_compression_options_t &a,
              const uvws_compression_options_t &b) {
  return a.deflate.level == b.deflate.level &&
         a.deflate.mem_level == b.deflate.mem_level &&
         a.deflate.strategy == b.deflate.strategy &&
         a.deflate.window_bits == b.deflate.window_bits &&
         a.inflate_window_bits == b.inflate_window_bits &&
         a.deflate_takes_over == b.deflate_takes_over &&
         a.inflate_takes_over == b.inflate_takes_over &&
         a.history_max == b.history_max && a.threshold == b.threshold &&
         AreEqual(a.deflate_dictionary, b.deflate_dictionary) &&
         AreEqual(a.inflate_dictionary, b.inflate_dictionary);
}

// The bytes of a Uint8Array; none for undefined.
uvws_slice_t ToBytes(Napi::Value value) {
  if (!value.IsTypedArray()) {
    return uvws_slice(nullptr, 0);
  }
  auto bytes = value.As<Napi::Uint8Array>();
  return uvws_slice(bytes.Data(), bytes.ElementLength());
}

uvws_slice_t Keep(std::vector<uint8_t> *kept, uvws_slice_t bytes) {
  if (bytes.len > 0) {
    kept->assign(bytes.data, bytes.data + bytes.len);
  }
  return uvws_slice(kept->data(), kept->size());
}

} // namespace

CompressionSet::~CompressionSet() {
  for (auto &shared : shared_) {
    uvws_compression_deinit(&shared->compression);
  }
}

uvws_compression_t *CompressionSet::Find(Napi::Value description) {
  if (!description.IsArray()) {
    return nullptr;
  }
  auto parts = description.As<Napi::Array>();
  auto values = parts.Get(0U).As<Napi::Int32Array>();
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
  options.history_max = static_cast<size_t>(values[8]);
  options.deflate_dictionary = ToBytes(parts.Get(1U));
  options.inflate_dictionary = ToBytes(parts.Get(2U));
  return Share(options);
}

uvws_compression_t *
CompressionSet::Share(const uvws_compression_options_t &options) {
  for (auto &shared : shared_) {
    if (AreEqual(shared->compression.options, options)) {
      return &shared->compression;
    }
  }
  shared_.push_back(std::make_unique<Shared>());
  Shared *added = shared_.back().get();
  uvws_compression_options_t kept = options;
  kept.deflate_dictionary =
      Keep(&added->deflate_dictionary, options.deflate_dictionary);
  kept.inflate_dictionary =
      Keep(&added->inflate_dictionary, options.inflate_dictionary);
  uvws_compression_init(&added->compression, uvws_mem_default(), &kept);
  return &added->compression;
}

} // namespace uvws
