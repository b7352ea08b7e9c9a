#include "binding/hub_wrap.h"

#include <cstring>

#include "binding/connection_wrap.h"
#include "binding/convert.h"
#include "binding/string_bytes.h"

extern "C" {
#include "net/hub.h"
}

namespace uvws {
namespace {

// Topics are UTF-16 here: strings that differ are different topics.
napi_value TopicString(napi_env env, const uvws_topic_t *topic) {
  uvws_slice_t name = uvws_topic_name(topic);
  napi_value string = nullptr;
  napi_create_string_utf16(env, reinterpret_cast<const char16_t *>(name.data),
                           name.len / sizeof(char16_t), &string);
  return string;
}

napi_value Int32(napi_env env, size_t value) {
  napi_value number = nullptr;
  napi_create_uint32(env, static_cast<uint32_t>(value), &number);
  return number;
}

napi_value ThrowNoMemory(napi_env env) {
  napi_throw_error(env, "ENOMEM", "Out of memory");
  return nullptr;
}

uvws_hub_t *HubOf(napi_env env, napi_value external) {
  void *hub = nullptr;
  napi_get_value_external(env, external, &hub);
  return static_cast<uvws_hub_t *>(hub);
}

// A connection that has joined a hub, or nullptr.
template <size_t kCount>
uvws_connection_t *Member(const Arguments<kCount> &args, size_t index) {
  uvws_connection_t *connection = args.Connection(index);
  return connection == nullptr || connection->hub == nullptr ? nullptr
                                                             : connection;
}

// ---- Hubs ----

// May run after the environment's state is gone.
void OnCollected(napi_env, void *hub, void *) {
  uvws_hub_unref(static_cast<uvws_hub_t *>(hub));
}

void OnRefused(uvws_connection_t *connection) {
  static_cast<EnvState *>(connection->user)
      ->refused()
      .push_back(connection->id);
}

// (maxBackpressure, heartbeatInterval, messages, bytes, interval, whether to
// pause, bytes of what JavaScript compresses apart), 0 for none.
napi_value NewHub(napi_env env, napi_callback_info info) {
  Arguments<7> args(env, info);
  uvws_limits_t limits = {};
  limits.max_buffered = args.Double(0);
  limits.heartbeat_ms = static_cast<uint32_t>(args.Int32(1));
  limits.rate.rate.messages = args.Double(2);
  limits.rate.rate.bytes = args.Double(3);
  limits.rate.rate.interval_ms = static_cast<uint32_t>(args.Int32(4));
  limits.rate.is_pausing = args.Int32(5) != 0;
  limits.deflate_apart_at = static_cast<size_t>(args.Int32(6));
  uvws_hub_t *hub = uvws_hub_new(args.state()->loop(), &limits, OnRefused);
  napi_value external = nullptr;
  if (hub == nullptr) {
    return ThrowNoMemory(env);
  }
  if (napi_create_external(env, hub, OnCollected, nullptr, &external) !=
      napi_ok) {
    uvws_hub_unref(hub);
  }
  return external;
}

// (hub, slot)
napi_value JoinHub(napi_env env, napi_callback_info info) {
  Arguments<2> args(env, info);
  uvws_connection_t *connection = args.Connection(1);
  if (connection != nullptr && connection->hub == nullptr) {
    uvws_hub_join(HubOf(env, args[0]), connection);
  }
  return nullptr;
}

// (hub, Float64Array): fills in what uvws_totals_t holds.
napi_value HubTotals(napi_env env, napi_callback_info info) {
  Arguments<2> args(env, info);
  uvws_totals_t totals = uvws_hub_totals(HubOf(env, args[0]));
  void *data = nullptr;
  size_t length = 0;
  napi_get_typedarray_info(env, args[1], nullptr, &length, &data, nullptr,
                           nullptr);
  if (length == sizeof(totals) / sizeof(double)) {
    memcpy(data, &totals, sizeof(totals));
  }
  return nullptr;
}

// ---- Topics ----

// What subscribe and unsubscribe return; lib/topics.js repeats them.
constexpr uint32_t kUnchanged = 0;
constexpr uint32_t kChanged = 1;
constexpr uint32_t kChangedTopics = 2; // the first of a topic came, or the last
                                       // one left

// (slot, topic)
napi_value Subscribe(napi_env env, napi_callback_info info) {
  Arguments<2> args(env, info);
  uvws_connection_t *connection = Member(args, 0);
  StringBytes topic;
  bool is_first = false;
  if (connection == nullptr) {
    return Int32(env, kUnchanged);
  }
  if (!topic.TakeUtf16(env, args[1]) ||
      uvws_hub_subscribe(connection, topic.slice(), &is_first) != UVWS_OK) {
    return ThrowNoMemory(env);
  }
  return Int32(env, is_first ? kChangedTopics : kChanged);
}

// (slot, topic)
napi_value Unsubscribe(napi_env env, napi_callback_info info) {
  Arguments<2> args(env, info);
  uvws_connection_t *connection = Member(args, 0);
  StringBytes topic;
  bool is_last = false;
  if (connection == nullptr) {
    return Int32(env, kUnchanged);
  }
  if (!topic.TakeUtf16(env, args[1])) {
    return ThrowNoMemory(env);
  }
  if (!uvws_hub_unsubscribe(connection, topic.slice(), &is_last)) {
    return Int32(env, kUnchanged);
  }
  return Int32(env, is_last ? kChangedTopics : kChanged);
}

// (slot, topic)
napi_value IsSubscribed(napi_env env, napi_callback_info info) {
  Arguments<2> args(env, info);
  uvws_connection_t *connection = Member(args, 0);
  StringBytes topic;
  napi_value result = nullptr;
  if (connection != nullptr && !topic.TakeUtf16(env, args[1])) {
    return ThrowNoMemory(env);
  }
  napi_get_boolean(env,
                   connection != nullptr &&
                       uvws_topics_is_subscribed(&connection->hub->topics,
                                                 &connection->subscriber,
                                                 topic.slice()),
                   &result);
  return result;
}

// (slot): the topics it subscribes to, in the order in which it did.
napi_value Subscriptions(napi_env env, napi_callback_info info) {
  Arguments<1> args(env, info);
  uvws_connection_t *connection = Member(args, 0);
  napi_value names = nullptr;
  uint32_t count = 0;
  napi_create_array(env, &names);
  if (connection == nullptr) {
    return names;
  }
  uvws_list_t *end = &connection->subscriber.subscriptions;
  for (uvws_list_t *link = end->next; link != end; link = link->next) {
    uvws_topic_t *topic =
        UVWS_CONTAINER_OF(link, uvws_subscription_t, of_subscriber)->topic;
    napi_set_element(env, names, count++, TopicString(env, topic));
  }
  return names;
}

// (hub): all topics that have a subscriber.
napi_value HubTopics(napi_env env, napi_callback_info info) {
  Arguments<1> args(env, info);
  const uvws_topics_t *topics = &HubOf(env, args[0])->topics;
  const uvws_topic_t *topic = nullptr;
  napi_value names = nullptr;
  uint32_t count = 0;
  napi_create_array(env, &names);
  while ((topic = uvws_topics_next(topics, topic)) != nullptr) {
    napi_set_element(env, names, count++, TopicString(env, topic));
  }
  return names;
}

// (hub, topic)
napi_value CountSubscribers(napi_env env, napi_callback_info info) {
  Arguments<2> args(env, info);
  StringBytes name;
  if (!name.TakeUtf16(env, args[1])) {
    return ThrowNoMemory(env);
  }
  const uvws_topic_t *topic =
      uvws_topics_find(&HubOf(env, args[0])->topics, name.slice());
  return Int32(env, topic == nullptr ? 0 : topic->subscriber_count);
}

// ---- Publishing ----

bool IsString(napi_env env, napi_value value) {
  napi_valuetype type = napi_undefined;
  napi_typeof(env, value, &type);
  return type == napi_string;
}

// How many took it; an array with that number and the slots of those whom it
// was not sent to, if there are any: JavaScript has to see to them.
napi_value TakeResult(napi_env env, EnvState *state, size_t count,
                      size_t start) {
  std::vector<uint32_t> &refused = state->refused();
  if (refused.size() == start) {
    return Int32(env, count);
  }
  napi_value result = nullptr;
  uint32_t length = 0;
  napi_create_array(env, &result);
  napi_set_element(env, result, length++, Int32(env, count));
  for (size_t i = start; i < refused.size(); i++) {
    napi_set_element(env, result, length++, Int32(env, refused[i]));
  }
  refused.resize(start);
  return result;
}

// (hub, slot of the one that is left out or -1, topic or undefined for all,
// string or bytes, flags); see TakeResult.
napi_value Publish(napi_env env, napi_callback_info info) {
  Arguments<5> args(env, info);
  uvws_hub_t *hub = HubOf(env, args[0]);
  uvws_connection_t *except = args.Connection(1);
  uvws_outgoing_t what = ToOutgoing(args.Int32(4));
  StringBytes text;
  StringBytes topic;
  bool is_text = IsString(env, args[3]);
  bool is_topic = IsString(env, args[2]);
  if ((is_text && !text.TakeUtf8(env, args[3])) ||
      (is_topic && !topic.TakeUtf16(env, args[2]))) {
    return ThrowNoMemory(env);
  }
  uvws_slice_t payload = is_text ? text.slice() : args.Bytes(3);
  size_t start = args.state()->refused().size();
  size_t count =
      is_topic ? uvws_hub_publish(hub, topic.slice(), except, what, payload)
               : uvws_hub_broadcast(hub, except, what, payload);
  return TakeResult(env, args.state(), count, start);
}

} // namespace

void ExportHubs(Napi::Object exports, EnvState *state) {
  ExportFunctions(exports, state,
                  {{"newHub", NewHub},
                   {"joinHub", JoinHub},
                   {"leaveHub", ActOn<uvws_hub_leave>},
                   {"hubTotals", HubTotals},
                   {"subscribe", Subscribe},
                   {"unsubscribe", Unsubscribe},
                   {"isSubscribed", IsSubscribed},
                   {"subscriptions", Subscriptions},
                   {"hubTopics", HubTopics},
                   {"countSubscribers", CountSubscribers},
                   {"publish", Publish}});
}

} // namespace uvws
