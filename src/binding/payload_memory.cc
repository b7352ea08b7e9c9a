#include "binding/payload_memory.h"

#include <algorithm>
#include <cstring>

namespace uvws {
namespace {

// What the finalizer of an external Buffer gives back, and where to.
struct Taken {
  uvws_blocks_t *blocks;
  uvws_buffer_t buffer;
};

void OnTakenFinalized(napi_env, void *, void *hint) {
  auto *taken = static_cast<Taken *>(hint);
  uvws_blocks_give(taken->blocks, &taken->buffer);
  uvws_blocks_unref(taken->blocks);
  delete taken;
}

// Payloads begin at multiples of 8, for those who view them as wider types.
size_t AlignUp(size_t offset) { return (offset + 7) & ~static_cast<size_t>(7); }

} // namespace

SharedMemory *SharedMemory::Create(napi_env env, uvws_blocks_t *blocks,
                                   size_t len, napi_value *array_buffer) {
  uvws_buffer_t buffer = uvws_blocks_take(blocks, len, len);
  if (buffer.data == nullptr) {
    buffer.data = static_cast<uint8_t *>(uvws_mem_calloc(blocks->mem, len));
    buffer.cap = len;
  }
  if (buffer.data == nullptr) {
    return nullptr;
  }
  auto *memory = new SharedMemory(blocks, buffer);
  uvws_blocks_ref(blocks);
  if (napi_create_external_arraybuffer(env, buffer.data, len, OnFinalized,
                                       memory, array_buffer) != napi_ok) {
    *array_buffer = nullptr;
    memory->holders_--;
  }
  return memory;
}

void SharedMemory::Release() {
  if (--holders_ == 0) {
    uvws_blocks_give(blocks_, &buffer_);
    uvws_blocks_unref(blocks_);
    delete this;
  }
}

void SharedMemory::OnFinalized(napi_env, void *, void *hint) {
  static_cast<SharedMemory *>(hint)->Release();
}

bool PayloadMemory::Start(Napi::Object shared, const uvws_loop_t *loop) {
  env_ = shared.Env();
  loop_ = loop;
  blocks_ = loop->blocks;
  Napi::Array pools = Napi::Array::New(env_);
  pools_ = Napi::Persistent(pools.As<Napi::Object>());
  shared.Set("pools", pools);
  can_lend_ = Put(slab_index_, kSlabLength);
  return !memories_.empty();
}

PayloadMemory::~PayloadMemory() {
  for (SharedMemory *memory : memories_) {
    memory->Release();
  }
}

// Puts new memory at an index. False without memory, or where JavaScript can't
// have an array buffer over memory that is not its own.
bool PayloadMemory::Put(uint32_t index, size_t len) {
  Napi::HandleScope scope(env_);
  napi_value array_buffer;
  SharedMemory *memory =
      SharedMemory::Create(env_, blocks_, len, &array_buffer);
  if (memory == nullptr) {
    return false;
  }
  if (index == memories_.size()) {
    memories_.push_back(memory);
  } else {
    memories_[index]->Release();
    memories_[index] = memory;
  }
  Remind(len);
  return array_buffer != nullptr &&
         napi_set_element(env_, pools_.Value(), index, array_buffer) == napi_ok;
}

// V8 looks at the weight of young external memory only when it allocates some
// itself. Without that nothing but a full collection would free payloads.
void PayloadMemory::Remind(size_t len) {
  taken_ += len;
  if (taken_ >= kRemindAt) {
    napi_value buffer;
    void *data = nullptr;
    taken_ = 0;
    napi_create_arraybuffer(env_, 1, &data, &buffer);
  }
}

// An index is given anew only when no entry can point to its pool any more.
bool PayloadMemory::RenewPool(Pool *pool) {
  uint32_t index = next_index_;
  while (index == short_pool_.first_index || index == long_pool_.first_index) {
    index++;
  }
  while (memories_.size() < index) {
    if (!Put(static_cast<uint32_t>(memories_.size()), kPoolLength)) {
      return false;
    }
  }
  if (!Put(index, pool->length)) {
    return false;
  }
  pool->index = index;
  pool->used = 0;
  next_index_ = index + 1;
  return true;
}

// JavaScript's messages keep what they are views of.
void PayloadMemory::DropPools() {
  Napi::HandleScope scope(env_);
  napi_value length;
  for (size_t i = kFirstPool; i < memories_.size(); i++) {
    memories_[i]->Release();
  }
  memories_.resize(kFirstPool);
  for (Pool *pool : {&short_pool_, &long_pool_}) {
    pool->used = pool->length;
    pool->index = 0;
  }
  napi_create_uint32(env_, kFirstPool, &length);
  napi_set_named_property(env_, pools_.Value(), "length", length);
}

bool PayloadMemory::Copy(uvws_slice_t payload, Place *place) {
  Pool *pool = IsSmall(payload.len) ? &short_pool_ : &long_pool_;
  if (!can_lend_ ||
      (payload.len > pool->length - pool->used && !RenewPool(pool))) {
    return false;
  }
  std::memcpy(memories_[pool->index]->data() + pool->used, payload.data,
              payload.len);
  *place = {pool->index, static_cast<uint32_t>(pool->used)};
  pool->used = std::min(pool->length, AlignUp(pool->used + payload.len));
  return true;
}

bool PayloadMemory::PrepareNextSlab() {
  if (!is_next_ready_) {
    is_next_ready_ =
        Put(OtherSlab(), is_next_long_ ? kLongSlabLength : kSlabLength);
  }
  return is_next_ready_;
}

bool PayloadMemory::Lend(uvws_slice_t payload, Place *place) {
  const SharedMemory *slab = memories_[slab_index_];
  if (!can_lend_ || payload.len < kLendAt || payload.data < slab->data() ||
      payload.data >= slab->data() + slab->length()) {
    return false;
  }
  bool is_alone = loop_->slab_filled < payload.len + kLendBeside;
  if (is_alone && payload.len < slab->length() / kKeptTimes) {
    is_too_long_ = true;
    return false;
  }
  if (!PrepareNextSlab()) {
    return false;
  }
  auto offset = static_cast<size_t>(payload.data - slab->data());
  *place = {slab_index_, static_cast<uint32_t>(offset)};
  lent_end_ = AlignUp(offset + payload.len);
  lent_len_ = payload.len;
  lent_count_++;
  return true;
}

// Behind what was lent is received again if one more of its length fits there.
void PayloadMemory::EndRead(uvws_loop_t *loop) {
  if (lent_end_ == 0 && !is_too_long_) {
    return;
  }
  is_next_long_ = lent_count_ > 1 || (lent_end_ > 0 && lent_len_ >= kLongAt);
  slab_start_ = std::max(slab_start_, lent_end_);
  if ((is_too_long_ ||
       slab_len() < std::max(lent_len_, kRoomMin) + UVWS_FRAME_HEADER_MAX) &&
      PrepareNextSlab()) {
    slab_index_ = OtherSlab();
    slab_start_ = 0;
    is_next_ready_ = false;
  }
  lent_end_ = 0;
  lent_count_ = 0;
  is_too_long_ = false;
  uvws_loop_set_slab(loop, slab(), slab_len());
}

// In the midst of making a Buffer Node fails with the finalizer called, or to
// be called later: the memory is gone then too.
bool PayloadMemory::Take(uvws_buffer_t *owned, napi_value *buffer) {
  if (owned->len < kTakeAt) {
    return false;
  }
  auto *taken = new Taken{blocks_, *owned};
  uvws_blocks_ref(blocks_);
  napi_status status = napi_create_external_buffer(
      env_, owned->len, owned->data, OnTakenFinalized, taken, buffer);
  if (status != napi_ok && status != napi_generic_failure) {
    uvws_blocks_unref(blocks_);
    delete taken;
    return false;
  }
  (void)uvws_buffer_take(owned);
  return true;
}

napi_value PayloadMemory::MakeBuffer(uvws_slice_t payload,
                                     uvws_buffer_t *owned) {
  napi_value buffer = nullptr;
  Remind(payload.len);
  if (owned == nullptr || !Take(owned, &buffer)) {
    napi_create_buffer_copy(env_, payload.len, payload.data, nullptr, &buffer);
  }
  return buffer;
}

napi_value PayloadMemory::Recover(Place place, size_t len) {
  napi_value result = nullptr;
  napi_create_buffer_copy(env_, len, At(place), nullptr, &result);
  return result;
}

} // namespace uvws
