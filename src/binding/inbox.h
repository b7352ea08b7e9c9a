// What one read brought, as JavaScript finds it: an Int32Array of entries, and
// the bytes they point to. A read's entries are handed over in one call. Reads
// nest (a stream fed from within a handler), so the array is used as a stack.
#ifndef UVWS_BINDING_INBOX_H
#define UVWS_BINDING_INBOX_H

#include <napi.h>

extern "C" {
#include "core/buffer.h"
#include "core/slice.h"
}

namespace uvws {

// Kinds of entries; lib/constants.js repeats them.
enum class EntryKind : int32_t {
  kText = 1,
  kBinary = 2,
  kEnd = 3,      // the peer ended its side
  kFailure = 4,  // `detail` is the number of the message, `offset` the status
  kFragment = 5, // a message goes on behind `detail` bytes
  kClose = 8,    // `detail` is the close code
  kPing = 9,
  kPong = 10
};

// Where the bytes of an entry are: at `offset` of the bytes that were read; or,
// if one of these is set, in a Buffer of their own, at the entry's own index in
// JavaScript's array `owned`; or at `offset` of the array buffer that stands at
// index `detail` in its array `pools`.
constexpr int32_t kEntryOwned = 16;
constexpr int32_t kEntryPooled = 32;

struct Entry {
  int32_t kind;
  int32_t offset;
  int32_t length;
  int32_t detail;
};

class Inbox {
public:
  // Allocates the shared memory; adds `slab`, `entries`, `owned` to `shared`.
  void Start(Napi::Object shared);

  uint8_t *slab() { return slab_; }
  size_t slab_len() const { return kSlabLength; }

  // The bytes that offsets count from: the slab, or, while it is being fed, a
  // chunk of JavaScript's own.
  void set_source(uvws_slice_t source) { source_ = source; }
  uvws_slice_t source() const { return source_; }

  // How many entries there are; setting it drops the ones above.
  uint32_t count() const { return count_; }
  void set_count(uint32_t count) { count_ = count; }

  // The entry behind the one that JavaScript began to deal with last.
  uint32_t position() const { return static_cast<uint32_t>(words_[0]); }
  void set_position(uint32_t at) { words_[0] = static_cast<int32_t>(at); }

  // Notes an entry whose payload lies in the source, or is `owned`, which is
  // then moved out or copied. False without memory.
  bool Add(EntryKind kind, uvws_slice_t payload, uvws_buffer_t *owned,
           uint32_t detail);
  bool AddFailure(int32_t status, uint32_t detail);

private:
  static constexpr size_t kSlabLength = 65536;
  bool AddPooled(Entry *entry, uvws_slice_t payload);
  bool RenewPool();
  bool Push(const Entry &entry);
  bool Grow();
  bool HoldsSource(uvws_slice_t payload) const;
  bool SetOwned(uvws_slice_t payload, uvws_buffer_t *owned);

  napi_env env_ = nullptr;
  uint8_t *slab_ = nullptr;
  uvws_slice_t source_ = {};
  int32_t *words_ = nullptr; // [0] is the position, then the entries
  uint32_t capacity_ = 0;
  uint32_t count_ = 0;
  Napi::ObjectReference shared_; // the object that lib/inbox.js reads
  Napi::ObjectReference slab_ref_;
  Napi::ObjectReference owned_;
  Napi::ObjectReference pools_;
  uint8_t *pool_ = nullptr; // where small payloads are copied to
  size_t pool_used_ = 0;
  uint32_t pool_index_ = 0;
};

} // namespace uvws

#endif
