// What a copy of lib/ in a Node environment (the main thread, or a worker) has
// of uvws: its loop, its table of connections and listeners, the JavaScript
// functions that are called back. Nothing of the binding is static.
#ifndef UVWS_BINDING_ENV_STATE_H
#define UVWS_BINDING_ENV_STATE_H

#include <napi.h>

#include <utility>
#include <vector>

extern "C" {
#include "net/connection.h"
#include "net/listener.h"
}

#include "binding/compression_set.h"
#include "binding/inbox.h"
#include "binding/mask_source.h"
#include "binding/upgrade_table.h"

namespace uvws {

// Functions that lib/native.js hands over, in the order of their names there.
enum class Callback : unsigned {
  kOnRead,
  kOnWritten,
  kOnDeflated,
  kOnOutput,
  kOnClosed,
  kOnRequest,
  kOnCount,
  kOnAbandoned,
  kOnListenerClosed,
  kLength
};

// Options of the connections made with equal options, shared by them.
struct SharedOptions {
  uvws_session_options_t session;
  size_t ref_count;
};

class EnvState {
public:
  // Makes a state and ties its life to that of the environment.
  static EnvState *Create(Napi::Env env);

  // The state that the called function was made for.
  static EnvState *From(const Napi::CallbackInfo &info) {
    return static_cast<EnvState *>(info.Data());
  }

  // Takes the callbacks and returns what JavaScript shares with C.
  Napi::Value Start(const Napi::CallbackInfo &info);

  napi_env env() const { return env_; }
  uvws_loop_t *loop() { return &loop_; }
  Inbox &inbox() { return inbox_; }
  MaskSource &mask_source() { return mask_source_; }
  CompressionSet &compressions() { return compressions_; }
  bool is_torn_down() const { return is_torn_down_; }
  napi_value callback(Callback which) const;

  // The connection of a slot, or nullptr once it is closed.
  uvws_connection_t *connection(uint32_t slot) const {
    return slot < connections_.size() ? connections_[slot] : nullptr;
  }

  // Fills config's id, counters, user and options, makes the connection with
  // `make` and gives it its slot; nullptr where that fails.
  template <typename Make>
  uvws_connection_t *AddConnection(const uvws_session_options_t &options,
                                   uvws_connection_config_t *config, Make make);

  // The slot is free again. Called from the connection's on_closed.
  void RemoveConnection(uvws_connection_t *connection);

  // Changes the limit of one connection, which then shares other options.
  void SetMaxPayload(uvws_connection_t *connection, uint64_t max_payload);

  // The object that stands for a slot in async_hooks; nullptr once JavaScript
  // has given the slot up and wants to hear nothing of it any more.
  napi_value resource(uint32_t slot);

  std::vector<uvws_listener_t *> &listeners() { return listeners_; }

  UpgradeTable &upgrades() { return upgrades_; }

  // The slots of those whom what is being published was not sent to; see
  // uvws_hub_t::on_refused. A stack: publishing may nest.
  std::vector<uint32_t> &refused() { return refused_; }

  // Where the output of streams begins in the inbox, while the loop flushes.
  bool has_output() const { return output_start_ != kNoOutput; }
  void set_output_start(uint32_t start) { output_start_ = start; }
  uint32_t TakeOutputStart() { return std::exchange(output_start_, kNoOutput); }

private:
  static constexpr uint32_t kNoOutput = UINT32_MAX;

  explicit EnvState(Napi::Env env) : env_(env) {}
  static void OnCleanup(napi_async_cleanup_hook_handle handle, void *arg);
  static void OnLoopClosed(uvws_loop_t *loop);
  void DropAll();
  uvws_counters_t *CountersOf(uint32_t slot);
  void UnshareOptions(const uvws_session_options_t *options);
  SharedOptions *ShareOptions(const uvws_session_options_t &options);
  uint32_t TakeSlot();

  napi_env env_;
  uvws_loop_t loop_ = {};
  Inbox inbox_;
  MaskSource mask_source_;
  CompressionSet compressions_;
  bool is_started_ = false;
  bool is_torn_down_ = false;
  napi_async_cleanup_hook_handle cleanup_handle_ = nullptr;
  Napi::FunctionReference callbacks_[static_cast<unsigned>(Callback::kLength)];
  Napi::ObjectReference resources_;
  Napi::ObjectReference counter_pages_;
  std::vector<uvws_counters_t *> pages_;
  std::vector<uvws_connection_t *> connections_;
  std::vector<napi_ref> resource_refs_; // by slot; NULL: not asked for
  std::vector<uint32_t> free_slots_;
  std::vector<uvws_listener_t *> listeners_;
  UpgradeTable upgrades_;
  std::vector<uint32_t> refused_;
  uint32_t output_start_ = kNoOutput;
  std::vector<SharedOptions *> options_;
};

template <typename Make>
uvws_connection_t *
EnvState::AddConnection(const uvws_session_options_t &options,
                        uvws_connection_config_t *config, Make make) {
  uint32_t slot = TakeSlot();
  SharedOptions *shared = ShareOptions(options);
  config->id = slot;
  config->user = this;
  config->counters = CountersOf(slot);
  config->options = &shared->session;
  uvws_connection_t *connection = make(config);
  if (connection == nullptr) {
    shared->ref_count--;
    free_slots_.push_back(slot);
    return nullptr;
  }
  connections_[slot] = connection;
  return connection;
}

} // namespace uvws

#endif
