#include "binding/inbox.h"

#include <cstring>

namespace uvws {
namespace {

// Entries start behind the position, at a multiple of their own size.
constexpr uint32_t kWordsPerEntry = 4;
constexpr uint32_t kFirstCapacity = 1024;

} // namespace

bool Inbox::Start(Napi::Object shared, const uvws_loop_t *loop) {
  env_ = shared.Env();
  Napi::Array owned = Napi::Array::New(env_);
  owned_ = Napi::Persistent(owned.As<Napi::Object>());
  shared.Set("owned", owned);
  shared_ = Napi::Persistent(shared);
  return memory_.Start(shared, loop) && Grow();
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

uvws_slice_t Inbox::CurrentPayload() const {
  Entry entry;
  std::memcpy(&entry, words_ + static_cast<size_t>(position()) * kWordsPerEntry,
              sizeof(entry));
  Place place = {static_cast<uint32_t>(entry.detail),
                 static_cast<uint32_t>(entry.offset)};
  return uvws_slice(memory_.At(place), static_cast<size_t>(entry.length));
}

bool Inbox::SetOwned(uvws_slice_t payload, uvws_buffer_t *owned) {
  Napi::HandleScope scope(env_);
  napi_value array;
  napi_value value = memory_.MakeBuffer(payload, owned);
  return value != nullptr &&
         napi_get_reference_value(env_, owned_, &array) == napi_ok &&
         napi_set_element(env_, array, count_, value) == napi_ok;
}

// A chunk of JavaScript's own is not received into again: it may stay there.
bool Inbox::IsInChunk(uvws_slice_t payload) const {
  return payload.data >= chunk_.data && payload.data < chunk_.data + chunk_.len;
}

bool Inbox::Store(Entry *entry, uvws_slice_t payload, uvws_buffer_t *owned) {
  Place place = {};
  bool is_small = PayloadMemory::IsSmall(payload.len);
  if (!is_small && IsInChunk(payload)) {
    entry->offset = static_cast<int32_t>(payload.data - chunk_.data);
    return true;
  }
  // A chunk may lie in the slab too, in what was lent before: a message that is
  // fed to another connection.
  if ((!is_small && memory_.Lend(payload, &place)) ||
      ((is_small || PayloadMemory::IsMedium(payload.len)) &&
       memory_.Copy(payload, &place))) {
    entry->kind |= kEntryPooled;
    entry->offset = static_cast<int32_t>(place.offset);
    entry->detail = static_cast<int32_t>(place.index);
    return true;
  }
  entry->kind |= kEntryOwned;
  return SetOwned(payload, owned);
}

bool Inbox::Add(EntryKind kind, uvws_slice_t payload, uvws_buffer_t *owned,
                uint16_t code) {
  Entry entry = {static_cast<int32_t>(kind) | code << kEntryCodeShift, 0,
                 static_cast<int32_t>(payload.len), 0};
  return (payload.len == 0 || Store(&entry, payload, owned)) && Push(entry);
}

bool Inbox::AddNumber(EntryKind kind, int32_t status, uint32_t number) {
  return Push(
      {static_cast<int32_t>(kind), status, 0, static_cast<int32_t>(number)});
}

} // namespace uvws
