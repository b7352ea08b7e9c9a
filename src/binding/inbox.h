// What one read brought, as JavaScript finds it: an Int32Array of entries, and
// the bytes they point to. A read's entries are handed over in one call. Reads
// nest (a stream fed from within a handler), so the array is used as a stack.
#ifndef UVWS_BINDING_INBOX_H
#define UVWS_BINDING_INBOX_H

#include <napi.h>

#include "binding/payload_memory.h"

extern "C" {
#include "core/buffer.h"
#include "core/slice.h"
}

namespace uvws {

// Kinds of entries; lib/constants.js repeats them.
enum class EntryKind : int32_t {
  kText = 1,
  kBinary = 2,
  kEnd = 3,       // the peer ended its side
  kFailure = 4,   // `detail` is the number in its text, `offset` the status
  kFragment = 5,  // a message goes on behind `detail` bytes
  kInflating = 6, // a thread inflates what comes next: `detail` is 1, or 0: no
  kThrottled = 7, // too much came: `detail` is 1, or 0: not any more
  kClose = 8,     // its code is in the upper half of `kind`
  kPing = 9,
  kPong = 10,
  kOutput = 11 // the next entry is to be written to the stream of the slot
               // `offset`, and its end behind it if `detail` is 1
};

// Where the bytes of an entry are: at `offset` of the chunk that is being fed;
// or, if one of these is set, in a Buffer of their own, at the entry's own
// index in JavaScript's array `owned`; or at `offset` of the array buffer that
// stands at index `detail` in its array `pools`.
constexpr int32_t kEntryOwned = 16;
constexpr int32_t kEntryPooled = 32;
constexpr int kEntryCodeShift = 16;

struct Entry {
  int32_t kind;
  int32_t offset;
  int32_t length;
  int32_t detail;
};

class Inbox {
public:
  // Allocates the shared memory; adds `entries`, `owned` and `pools` to
  // `shared`. loop is borrowed. False without memory.
  bool Start(Napi::Object shared, const uvws_loop_t *loop);

  PayloadMemory &memory() { return memory_; }

  // The chunk of JavaScript's own that is being fed, if any.
  void set_chunk(uvws_slice_t chunk) { chunk_ = chunk; }
  uvws_slice_t chunk() const { return chunk_; }

  // How many entries there are; setting it drops the ones above.
  uint32_t count() const { return count_; }
  void set_count(uint32_t count) {
    count_ = count;
    if (count == 0) {
      memory_.ReusePools();
    }
  }

  // The entry behind the one that JavaScript began to deal with last.
  uint32_t position() const { return static_cast<uint32_t>(words_[0]); }
  void set_position(uint32_t at) { words_[0] = static_cast<int32_t>(at); }

  // What the entry before the position, a pooled one, holds.
  uvws_slice_t CurrentPayload() const;

  // Notes an entry. Its payload stays where it is if nothing is received there
  // again; if `owned`, it is moved out or copied. False without memory.
  bool Add(EntryKind kind, uvws_slice_t payload, uvws_buffer_t *owned,
           uint16_t code);

  // Notes an entry without a payload.
  bool AddNumber(EntryKind kind, int32_t status, uint32_t number);

private:
  bool Store(Entry *entry, uvws_slice_t payload, uvws_buffer_t *owned);
  bool IsInChunk(uvws_slice_t payload) const;
  bool Push(const Entry &entry);
  bool Grow();
  bool SetOwned(uvws_slice_t payload, uvws_buffer_t *owned);

  napi_env env_ = nullptr;
  PayloadMemory memory_;
  uvws_slice_t chunk_ = {};
  int32_t *words_ = nullptr; // [0] is the position, then the entries
  uint32_t capacity_ = 0;
  uint32_t count_ = 0;
  Napi::ObjectReference shared_; // the object that lib/inbox.js reads
  Napi::ObjectReference owned_;
};

} // namespace uvws

#endif
