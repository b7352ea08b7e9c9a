#include "binding/connection_wrap.h"

#include "binding/connection_events.h"
#include "binding/convert.h"

extern "C" {
#include "net/socket.h"
}

namespace uvws {
namespace {

// ---- From JavaScript, hot: (slot, data, flags) ----

bool CanSend(const uvws_connection_t *connection) {
  return connection != nullptr && !connection->is_dead &&
         !connection->is_write_failed && !connection->session.is_close_sent;
}

// Half a message must not go out: without memory the connection ends.
void EndUnlessOk(uvws_connection_t *connection, uvws_status_t status) {
  if (status != UVWS_OK) {
    uvws_connection_terminate(connection);
  }
}

// What the calls that send return: nothing, which costs nothing, or true if
// output waits for the peer to read.
napi_value IsWaiting(napi_env env, const uvws_connection_t *connection) {
  if (!uvws_connection_is_waiting(connection)) {
    return nullptr;
  }
  napi_value result = nullptr;
  napi_get_boolean(env, true, &result);
  return result;
}

napi_value Send(napi_env env, uvws_connection_t *connection, int32_t flags,
                uvws_slice_t payload) {
  if (!CanSend(connection)) {
    return nullptr;
  }
  EndUnlessOk(connection,
              uvws_connection_send(connection, ToOutgoing(flags), payload));
  return IsWaiting(env, connection);
}

napi_value SendBuffer(napi_env env, napi_callback_info info) {
  Arguments<3> args(env, info);
  return Send(env, args.Connection(0), args.Int32(2), args.Bytes(1));
}

// (slot, flags): the payload of the entry that JavaScript deals with.
napi_value SendGiven(napi_env env, napi_callback_info info) {
  Arguments<2> args(env, info);
  return Send(env, args.Connection(0), args.Int32(1),
              args.state()->inbox().CurrentPayload());
}

// Up to here the room for the longest encoding is taken without asking for the
// exact one, which costs another pass.
constexpr size_t kGuessUpTo = 4096;

// The encoder ends what it writes with a zero.
size_t RoomFor(napi_env env, napi_value string) {
  size_t length = 0;
  napi_get_value_string_utf16(env, string, nullptr, 0, &length);
  if (length <= kGuessUpTo) {
    return length * 3 + 1;
  }
  napi_get_value_string_utf8(env, string, nullptr, 0, &length);
  return length + 1;
}

// Encodes the string apart, to be compressed where it is long enough.
void SendCompressible(napi_env env, uvws_connection_t *connection,
                      uvws_outgoing_t what, napi_value string) {
  uint8_t small[kGuessUpTo * 3 + 1];
  size_t room = RoomFor(env, string);
  const uvws_mem_t *mem = uvws_mem_default();
  void *large = room > sizeof(small) ? uvws_mem_alloc(mem, room) : nullptr;
  if (room > sizeof(small) && large == nullptr) {
    uvws_connection_terminate(connection);
    return;
  }
  auto *text = static_cast<char *>(large != nullptr ? large : small);
  size_t length = 0;
  napi_get_value_string_utf8(env, string, text, room, &length);
  EndUnlessOk(connection,
              uvws_connection_send(connection, what, uvws_slice(text, length)));
  uvws_mem_free(mem, large);
}

napi_value SendString(napi_env env, napi_callback_info info) {
  Arguments<3> args(env, info);
  uvws_connection_t *connection = args.Connection(0);
  if (!CanSend(connection)) {
    return nullptr;
  }
  uint8_t key[UVWS_MASK_KEY_LEN];
  uvws_outgoing_t what = ToOutgoing(args.Int32(2));
  if (uvws_session_compresses(&connection->session, &what, SIZE_MAX)) {
    SendCompressible(env, connection, what, args[1]);
    return IsWaiting(env, connection);
  }
  size_t room = RoomFor(env, args[1]);
  uint8_t *out = uvws_connection_prepare(connection, &what, key, room);
  if (out == nullptr) {
    uvws_connection_terminate(connection);
    return nullptr;
  }
  size_t length = 0;
  napi_get_value_string_utf8(env, args[1], reinterpret_cast<char *>(out), room,
                             &length);
  uvws_connection_commit(connection, &what, room, length);
  return IsWaiting(env, connection);
}

// (slot, length, flags): whether a payload of that length is to be compressed.
napi_value Compresses(napi_env env, napi_callback_info info) {
  Arguments<3> args(env, info);
  uvws_connection_t *connection = args.Connection(0);
  uvws_outgoing_t what = ToOutgoing(args.Int32(2));
  napi_value result = nullptr;
  napi_get_boolean(
      env,
      CanSend(connection) &&
          uvws_session_compresses(&connection->session, &what,
                                  static_cast<size_t>(args.Int32(1))),
      &result);
  return result;
}

// (slot, data, flags): begins to compress a message on a thread, if it is to be
// compressed at all; whether it did. The bytes are copied: JavaScript may
// change them or give them away before the thread has read them.
napi_value Deflate(napi_env env, napi_callback_info info) {
  Arguments<3> args(env, info);
  uvws_connection_t *connection = args.Connection(0);
  uvws_outgoing_t what = ToOutgoing(args.Int32(2));
  uvws_slice_t data = args.Bytes(1);
  bool is_begun = false;
  if (CanSend(connection) &&
      uvws_session_compresses(&connection->session, &what, data.len)) {
    uvws_status_t status = uvws_connection_deflate(connection, what, data);
    is_begun = status == UVWS_OK;
    EndUnlessOk(connection, status);
  }
  napi_value result = nullptr;
  napi_get_boolean(env, is_begun, &result);
  return result;
}

// (slot): the message that onDeflated has told of.
napi_value SendDeflated(napi_env env, napi_callback_info info) {
  Arguments<1> args(env, info);
  uvws_connection_t *connection = args.Connection(0);
  if (connection != nullptr && uvws_connection_is_deflating(connection)) {
    EndUnlessOk(connection, uvws_connection_send_deflated(connection));
    return IsWaiting(env, connection);
  }
  return nullptr;
}

// (count): how many jobs run on threads at a time; 0: any number.
napi_value LimitJobs(napi_env env, napi_callback_info info) {
  Arguments<1> args(env, info);
  int32_t limit = args.Int32(0);
  args.state()->loop()->jobs.limit =
      limit > 0 ? static_cast<size_t>(limit) : SIZE_MAX;
  return nullptr;
}

// (slot, header, payload): bytes that are framed already, in one piece or two.
napi_value Write(napi_env env, napi_callback_info info) {
  Arguments<3> args(env, info);
  uvws_connection_t *connection = args.Connection(0);
  if (connection != nullptr) {
    EndUnlessOk(connection, uvws_connection_write(connection, args.Bytes(1),
                                                  args.Bytes(2)));
  }
  return nullptr;
}

// (index, offset, length): a Buffer of an entry whose array buffer is gone.
napi_value Recover(napi_env env, napi_callback_info info) {
  Arguments<3> args(env, info);
  Place place = {static_cast<uint32_t>(args.Int32(0)),
                 static_cast<uint32_t>(args.Int32(1))};
  return args.state()->inbox().memory().Recover(
      place, static_cast<size_t>(args.Int32(2)));
}

// Whether the ends of fragments are told from now on.
void TellFragments(uvws_connection_t *connection, bool is_told) {
  connection->tells_fragments = is_told;
}

// (slot, bytes): what a stream holds that wants no more, or -1 once it does.
napi_value SetFull(napi_env env, napi_callback_info info) {
  Arguments<2> args(env, info);
  uvws_connection_t *connection = args.Connection(0);
  double buffered = args.Double(1);
  if (connection != nullptr) {
    uvws_connection_set_full(connection, buffered >= 0,
                             buffered >= 0 ? static_cast<size_t>(buffered) : 0);
  }
  return nullptr;
}

// (slot): whether it is in the middle of a message that it sends in fragments.
napi_value IsInMessage(napi_env env, napi_callback_info info) {
  Arguments<1> args(env, info);
  uvws_connection_t *connection = args.Connection(0);
  napi_value result = nullptr;
  napi_get_boolean(
      env, connection != nullptr && connection->session.sender.is_in_message,
      &result);
  return result;
}

// (slot, key): what the frame that is sent next is masked with.
napi_value UseKey(napi_env env, napi_callback_info info) {
  Arguments<2> args(env, info);
  uvws_slice_t key = args.Bytes(1);
  if (CanSend(args.Connection(0)) && key.len == UVWS_MASK_KEY_LEN) {
    args.state()->mask_source().Use(key.data);
  }
  return nullptr;
}

// (slot, maxPayload)
napi_value SetMaxPayload(napi_env env, napi_callback_info info) {
  Arguments<2> args(env, info);
  uvws_connection_t *connection = args.Connection(0);
  int64_t max_payload = 0;
  napi_get_value_int64(env, args[1], &max_payload);
  if (connection != nullptr) {
    args.state()->SetMaxPayload(connection, static_cast<uint64_t>(max_payload));
  }
  return nullptr;
}

// The process is ending: the loop will not come to flush any more, and what
// threads still do would keep it from ending.
napi_value FlushForGood(napi_env env, napi_callback_info info) {
  Arguments<1> args(env, info);
  uvws_loop_t *loop = args.state()->loop();
  loop->is_immediate = true;
  uvws_loop_flush(loop);
  uvws_jobs_cancel_all(&loop->jobs);
  return nullptr;
}

// (slot, code, reason)
napi_value Close(napi_env env, napi_callback_info info) {
  Arguments<3> args(env, info);
  uvws_connection_t *connection = args.Connection(0);
  if (connection != nullptr) {
    EndUnlessOk(connection,
                uvws_connection_close(connection,
                                      static_cast<uint16_t>(args.Int32(1)),
                                      args.Bytes(2)));
  }
  return nullptr;
}

// (slot, chunk): the chunk is rewritten; its entries are delivered at once.
napi_value Feed(napi_env env, napi_callback_info info) {
  Arguments<2> args(env, info);
  uvws_connection_t *connection = args.Connection(0);
  if (connection == nullptr) {
    return nullptr;
  }
  Inbox &inbox = args.state()->inbox();
  uvws_slice_t chunk = args.Bytes(1);
  uvws_slice_t outer_chunk = inbox.chunk();
  uint32_t start = inbox.count();
  inbox.set_chunk(chunk);
  uvws_connection_feed(connection, const_cast<uint8_t *>(chunk.data),
                       chunk.len);
  inbox.set_chunk(outer_chunk);
  Deliver(connection, start, connection->is_stream);
  return nullptr;
}

napi_value FeedEnd(napi_env env, napi_callback_info info) {
  Arguments<1> args(env, info);
  uvws_connection_t *connection = args.Connection(0);
  if (connection != nullptr) {
    uint32_t start = args.state()->inbox().count();
    uvws_connection_feed_end(connection);
    Deliver(connection, start, connection->is_stream);
  }
  return nullptr;
}

// ---- From JavaScript, once per connection ----

// (fd, ...session): parks a descriptor; fd -1: a stream. The slot, or -1.
Napi::Value Adopt(const Napi::CallbackInfo &info) {
  EnvState *state = EnvState::From(info);
  uvws_connection_config_t config = {};
  config.fd = info[0].As<Napi::Number>().Int32Value();
  config.transport =
      config.fd < 0 ? UVWS_TRANSPORT_STREAM : UVWS_TRANSPORT_PARKED;
  config.reads_all = config.fd >= 0 && uvws_socket_reads_all(config.fd);
  config.callbacks = ConnectionCallbacks();
  uvws_connection_t *connection = state->AddConnection(
      ToSessionOptions(info, 1), &config, [&](auto *complete) {
        return uvws_connection_new(state->loop(), complete);
      });
  return Napi::Number::New(info.Env(), connection == nullptr
                                           ? -1
                                           : static_cast<int>(connection->id));
}

// (slot): the descriptor, now the caller's to close; -1 once it is closed.
Napi::Value Disown(const Napi::CallbackInfo &info) {
  uvws_connection_t *connection = EnvState::From(info)->connection(
      info[0].As<Napi::Number>().Uint32Value());
  return Napi::Number::New(
      info.Env(),
      connection == nullptr ? -1 : uvws_connection_disown(connection));
}

} // namespace

uvws_outgoing_t ToOutgoing(int32_t flags) {
  uvws_outgoing_t what = {};
  what.opcode = static_cast<uvws_opcode_t>(flags & 15);
  what.is_final = (flags & kFlagFinal) != 0;
  what.is_compressed = (flags & kFlagCompressed) != 0;
  if (flags & kFlagMasked) {
    what.masking = UVWS_MASKING_ALWAYS;
  } else if (flags & kFlagUnmasked) {
    what.masking = UVWS_MASKING_NEVER;
  }
  return what;
}

void ExportConnections(Napi::Object exports, EnvState *state) {
  ExportFunctions(exports, state,
                  {{"sendBuffer", SendBuffer},
                   {"sendGiven", SendGiven},
                   {"sendString", SendString},
                   {"compresses", Compresses},
                   {"deflate", Deflate},
                   {"sendDeflated", SendDeflated},
                   {"limitJobs", LimitJobs},
                   {"write", Write},
                   {"useKey", UseKey},
                   {"setQueueing", Set<uvws_connection_set_queueing>},
                   {"setFull", SetFull},
                   {"isInMessage", IsInMessage},
                   {"setMaxPayload", SetMaxPayload},
                   {"tellFragments", Set<TellFragments>},
                   {"close", Close},
                   {"expectClose", ActOn<uvws_connection_expect_close>},
                   {"conclude", ActOn<uvws_connection_conclude>},
                   {"end", ActOn<uvws_connection_end>},
                   {"pause", ActOn<uvws_connection_pause>},
                   {"resume", ActOn<uvws_connection_resume>},
                   {"hold", ActOn<uvws_connection_hold>},
                   {"release", ActOn<uvws_connection_release>},
                   {"ref", ActOn<uvws_connection_ref>},
                   {"unref", ActOn<uvws_connection_unref>},
                   {"flush", ActOn<uvws_connection_flush>},
                   {"terminate", ActOn<uvws_connection_terminate>},
                   {"flushForGood", FlushForGood},
                   {"feed", Feed},
                   {"feedEnd", FeedEnd},
                   {"recover", Recover}});
  exports.Set("adopt",
              Napi::Function::New<Adopt>(exports.Env(), "adopt", state));
  exports.Set("disown",
              Napi::Function::New<Disown>(exports.Env(), "disown", state));
}

} // namespace uvws
