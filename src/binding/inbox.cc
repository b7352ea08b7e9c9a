#include "binding/inbox.h"

#include <algorithm>
#include <cstring>

namespace uvws {
namespace {

// Entries start behind the position, at a multiple of their own size.
constexpr uint32_t kWordsPerEntry = 4;
constexpr uint32_t kFirstCapacity = 1024;

// Above this a payload that is ours already becomes a Buffer as it is; below, a
// copy is cheaper than an external Buffer's finalizer.
constexpr size_t kTakeAt = 16384;

// Small payloads share memory, as those of Buffer.allocUnsafe() do: making a
// view of it costs JavaScript a tenth of what a Buffer of its own would. A
// message that is kept keeps no more than this from being freed.
constexpr size_t kPoolLength = 16384;
constexpr size_t kPooledMax = 4096;

void FreeBytes(napi_env, void *data, void *) {
  uvws_mem_free(uvws_mem_default(), data);
}

// Some runtimes refuse external buffers: then it is a copy.
napi_value TakeBuffer(napi_env env, uvws_buffer_t *owned) {
  napi_value result = nullptr;
  if (owned->len >= kTakeAt &&
      napi_create_external_buffer(env, owned->len, owned->data, FreeBytes,
                                  nullptr, &result) == napi_ok) {
    (void)uvws_buffer_take(owned);
    return result;
  }
  return nullptr;
}

} // namespace

void Inbox::Start(Napi::Object shared) {
  env_ = shared.Env();
  napi_value slab;
  void *data = nullptr;
  NAPI_THROW_IF_FAILED_VOID(
      env_, napi_create_buffer(env_, kSlabLength, &data, &slab));
  slab_ = static_cast<uint8_t *>(data);
  source_ = uvws_slice(slab_, kSlabLength);
  slab_ref_ = Napi::Persistent(Napi::Object(env_, slab));
  shared.Set("slab", Napi::Value(env_, slab));
  Napi::Array owned = Napi::Array::New(env_);
  owned_ = Napi::Persistent(owned.As<Napi::Object>());
  shared.Set("owned", owned);
  Napi::Array pools = Napi::Array::New(env_);
  pools_ = Napi::Persistent(pools.As<Napi::Object>());
  shared.Set("pools", pools);
  shared_ = Napi::Persistent(shared);
  Grow();
}

// JavaScript reads shared.entries anew for each entry, so it may be replaced.
bool Inbox::Grow() {
  uint32_t capacity = capacity_ == 0 ? kFirstCapacity : capacity_ * 2;
  size_t words = static_cast<size_t>(capacity + 1) * kWordsPerEntry;
  napi_value buffer;
  napi_value array;
  napi_value shared;
  void *data = nullptr;
  if (napi_create_arraybuffer(env_, words * sizeof(int32_t), &data, &buffer) !=
          napi_ok ||
      napi_create_typedarray(env_, napi_int32_array, words, buffer, 0,
                             &array) != napi_ok ||
      napi_get_reference_value(env_, shared_, &shared) != napi_ok ||
      napi_set_named_property(env_, shared, "entries", array) != napi_ok) {
    return false;
  }
  if (words_ != nullptr) {
    std::memcpy(data, words_,
                static_cast<size_t>(count_ + 1) * kWordsPerEntry *
                    sizeof(int32_t));
  }
  words_ = static_cast<int32_t *>(data);
  capacity_ = capacity;
  return true;
}

bool Inbox::Push(const Entry &entry) {
  if (count_ == capacity_) {
    Napi::HandleScope scope(env_);
    if (!Grow()) {
      return false;
    }
  }
  std::memcpy(words_ + static_cast<size_t>(count_ + 1) * kWordsPerEntry, &entry,
              sizeof(entry));
  count_++;
  return true;
}

bool Inbox::HoldsSource(uvws_slice_t payload) const {
  return payload.len == 0 || (payload.data >= source_.data &&
                              payload.data < source_.data + source_.len);
}

bool Inbox::SetOwned(uvws_slice_t payload, uvws_buffer_t *owned) {
  Napi::HandleScope scope(env_);
  napi_value array;
  napi_value value = owned != nullptr ? TakeBuffer(env_, owned) : nullptr;
  if (value == nullptr &&
      napi_create_buffer_copy(env_, payload.len, payload.data, nullptr,
                              &value) != napi_ok) {
    return false;
  }
  return napi_get_reference_value(env_, owned_, &array) == napi_ok &&
         napi_set_element(env_, array, count_, value) == napi_ok;
}

// An index is given anew only when no entry can point to its pool any more.
bool Inbox::RenewPool() {
  Napi::HandleScope scope(env_);
  napi_value buffer;
  napi_value pools;
  void *data = nullptr;
  uint32_t index = count_ == 0 ? 0 : pool_index_ + 1;
  if (napi_create_arraybuffer(env_, kPoolLength, &data, &buffer) != napi_ok ||
      napi_get_reference_value(env_, pools_, &pools) != napi_ok ||
      napi_set_element(env_, pools, index, buffer) != napi_ok) {
    return false;
  }
  pool_ = static_cast<uint8_t *>(data);
  pool_used_ = 0;
  pool_index_ = index;
  return true;
}

// Payloads begin at multiples of 8, for those who view them as wider types.
bool Inbox::AddPooled(Entry *entry, uvws_slice_t payload) {
  if ((pool_ == nullptr || payload.len > kPoolLength - pool_used_) &&
      !RenewPool()) {
    return false;
  }
  std::memcpy(pool_ + pool_used_, payload.data, payload.len);
  entry->kind |= kEntryPooled;
  entry->offset = static_cast<int32_t>(pool_used_);
  entry->detail = static_cast<int32_t>(pool_index_);
  pool_used_ = std::min(kPoolLength, (pool_used_ + payload.len + 7) & ~7UL);
  return true;
}

bool Inbox::Add(EntryKind kind, uvws_slice_t payload, uvws_buffer_t *owned,
                uint32_t detail) {
  Entry entry = {static_cast<int32_t>(kind), 0,
                 static_cast<int32_t>(payload.len),
                 static_cast<int32_t>(detail)};
  bool is_message = kind != EntryKind::kClose;
  if (payload.len > 0 && payload.len <= kPooledMax && is_message) {
    if (!AddPooled(&entry, payload)) {
      return false;
    }
  } else if (!HoldsSource(payload)) {
    entry.kind |= kEntryOwned;
    if (!SetOwned(payload, owned)) {
      return false;
    }
  } else if (payload.len > 0) {
    entry.offset = static_cast<int32_t>(payload.data - source_.data);
  }
  return Push(entry);
}

bool Inbox::AddFailure(int32_t status, uint32_t detail) {
  return Push({static_cast<int32_t>(EntryKind::kFailure), status, 0,
               static_cast<int32_t>(detail)});
}

} // namespace uvws
