// The memory that payloads are handed to JavaScript in: those that fill a good
// part of the slab are left where they were received, large ones of their own
// are taken as they are, others are copied into pools.
#ifndef UVWS_BINDING_PAYLOAD_MEMORY_H
#define UVWS_BINDING_PAYLOAD_MEMORY_H

#include <napi.h>

#include <vector>

extern "C" {
#include "core/blocks.h"
#include "core/frame.h"
#include "core/slice.h"
#include "net/loop.h"
}

namespace uvws {

// Memory that C writes and JavaScript has an array buffer over. It lives until
// both have let go: JavaScript may transfer its array buffer away at any time.
class SharedMemory {
public:
  // Of `len` bytes, never uninitialised; nullptr without memory. Some runtimes
  // allow no array buffer over memory that is not their own: it is NULL then.
  static SharedMemory *Create(napi_env env, uvws_blocks_t *blocks, size_t len,
                              napi_value *array_buffer);
  uint8_t *data() const { return buffer_.data; }
  size_t length() const { return buffer_.cap; }
  void Release();

private:
  SharedMemory(uvws_blocks_t *blocks, uvws_buffer_t buffer)
      : blocks_(blocks), buffer_(buffer) {}
  static void OnFinalized(napi_env env, void *data, void *hint);

  uvws_blocks_t *blocks_;
  uvws_buffer_t buffer_;
  int holders_ = 2;
};

// Where a payload is: at `offset` of the array buffer at `index` of the array
// `pools`.
struct Place {
  uint32_t index;
  uint32_t offset;
};

class PayloadMemory {
public:
  // Allocates the slab and adds the array `pools` to `shared`. loop is
  // borrowed. False without memory.
  bool Start(Napi::Object shared, const uvws_loop_t *loop);
  ~PayloadMemory();

  uint8_t *slab() const { return memories_[slab_index_]->data() + slab_start_; }
  size_t slab_len() const {
    return memories_[slab_index_]->length() - slab_start_;
  }

  // Whether a payload of that length is copied into a pool.
  static bool IsSmall(size_t len) { return len <= kPooledMax; }

  // Whether a longer one is, unless it may stay where it is.
  static bool IsMedium(size_t len) { return len >= kLendAt && len < kTakeAt; }

  // No entry points to any pool any more. Without being told each read would
  // leave pools behind.
  void ReusePools() {
    if (next_index_ > kFirstPool + kPoolsKept) {
      DropPools();
    }
    short_pool_.first_index = short_pool_.index;
    long_pool_.first_index = long_pool_.index;
    next_index_ = kFirstPool;
  }

  // Copies a small payload, or a medium one. False without memory.
  bool Copy(uvws_slice_t payload, Place *place);

  // Leaves a payload in the slab, if it lies there, and the slab to JavaScript
  // up to the payload's end. False if it can't.
  bool Lend(uvws_slice_t payload, Place *place);

  // Called when no entry points to the slab any more: what was lent is not
  // received into again.
  void EndRead(uvws_loop_t *loop);

  // A Buffer of the payload, which is `owned`, if that is not NULL: it is then
  // moved out or copied. nullptr without memory.
  napi_value MakeBuffer(uvws_slice_t payload, uvws_buffer_t *owned);

  const uint8_t *At(Place place) const {
    return memories_[place.index]->data() + place.offset;
  }

  // A Buffer with a copy of what lies there: for when JavaScript's array buffer
  // is gone.
  napi_value Recover(Place place, size_t len);

private:
  // The slab is at one of the first two indices, the next one at the other.
  static constexpr uint32_t kFirstPool = 2;

  // Shorter messages are copied: an echo of them is copied anyway. So is what
  // came alone and is shorter than a tenth of the slab: who keeps it keeps no
  // more than ten times its length. Where the read brings so much besides, who
  // keeps a message keeps the read.
  static constexpr size_t kSlabLength = 81920;
  static constexpr size_t kLendAt = 8192;
  static constexpr size_t kKeptTimes = 10;
  static constexpr size_t kLendBeside = 16384;
  // The next slab's length when a read has brought a message as long as that,
  // or several: what does not fit as a whole must be copied.
  static constexpr size_t kLongSlabLength = 278528;
  static constexpr size_t kLongAt = 32768;
  // Less room than this, and a header's, is not received into.
  static constexpr size_t kRoomMin = 16384;

  // Small payloads share memory, as those of Buffer.allocUnsafe() do: making a
  // view of it costs JavaScript a tenth of what a Buffer of its own would. A
  // message that is kept keeps no more than this from being freed.
  static constexpr size_t kPoolLength = 16384;
  static constexpr size_t kPooledMax = 4096;

  // A read that was inflated may bring thousands: no more than these are held
  // for the next one.
  static constexpr uint32_t kPoolsKept = 16;

  // Medium ones that can't be left, as they came in pieces or are written to a
  // stream, have pools that are as long as the slab.
  struct Pool {
    explicit Pool(size_t len) : length(len), used(len) {}
    size_t length;
    size_t used;
    uint32_t index = 0;
    uint32_t first_index = 0; // the pool that the entries begin in
  };

  // Above this a payload that is ours already becomes a Buffer as it is; below,
  // a copy is cheaper than an external Buffer's finalizer.
  static constexpr size_t kTakeAt = 32768;

  // How often V8 is reminded; see Remind.
  static constexpr size_t kRemindAt = 4UL * 1024 * 1024;

  bool Put(uint32_t index, size_t len);
  uint32_t OtherSlab() const { return 1 - slab_index_; }
  bool RenewPool(Pool *pool);
  void DropPools();
  bool PrepareNextSlab();
  bool Take(uvws_buffer_t *owned, napi_value *buffer);
  void Remind(size_t len);

  napi_env env_ = nullptr;
  const uvws_loop_t *loop_ = nullptr;
  Napi::ObjectReference pools_;
  uvws_blocks_t *blocks_ = nullptr;
  std::vector<SharedMemory *> memories_; // what stands in JavaScript's `pools`
  bool can_lend_ = false;
  bool is_next_ready_ = false; // the next slab is there before one is lent
  uint32_t slab_index_ = 0;
  size_t slab_start_ = 0; // where to receive to
  size_t lent_end_ = 0;   // 0: nothing was lent in this read
  size_t lent_count_ = 0; // messages that were lent in this read
  size_t lent_len_ = 0;   // the length of the last one
  bool is_next_long_ = false;
  bool is_too_long_ = false; // a message was not lent for the slab's length
  Pool short_pool_{kPoolLength};
  Pool long_pool_{kSlabLength};
  uint32_t next_index_ = kFirstPool; // where the next pool is put
  size_t taken_ = 0; // bytes given to JavaScript since the last reminder
};

} // namespace uvws

#endif
