#include "members.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const uvws_transport_t members_transports[3] = {
    UVWS_TRANSPORT_OWNED, UVWS_TRANSPORT_PARKED, UVWS_TRANSPORT_STREAM};

static const uvws_outgoing_t text = {.opcode = UVWS_OPCODE_TEXT,
                                     .is_final = true};

static void on_refused(uvws_connection_t *connection) {
  kit_end_t *end = connection->user;
  ((members_t *)end->arg)->refused++;
}

static void join(members_t *members, size_t i) {
  members->ends[i] = kit_connect(members->kit, members->transport);
  members->ends[i]->arg = members;
  uvws_hub_join(members->hub, members->ends[i]->connection);
}

members_t *members_begin(uvws_transport_t transport,
                         const uvws_limits_t *limits) {
  const uvws_limits_t none = {0};
  members_t *members = calloc(1, sizeof(*members));
  assert_non_null(members);
  members->kit = kit_new(65536);
  members->transport = transport;
  members->hub = uvws_hub_new(&members->kit->loop,
                              limits == NULL ? &none : limits, on_refused);
  assert_non_null(members->hub);
  for (size_t i = 0; i < MEMBERS; i++) {
    join(members, i);
  }
  return members;
}

void members_replace(members_t *members, size_t i,
                     const uvws_session_options_t *options) {
  uvws_session_options_t others = members->kit->options;
  kit_disconnect(members->ends[i]);
  members->kit->options = *options;
  join(members, i);
  members->kit->options = others;
  uvws_session_set_options(&members->ends[i]->connection->session, options);
}

/* The descriptor of a parked one that is closed already is left to us. */
void members_disconnect(members_t *members) {
  uvws_hub_unref(members->hub);
  for (size_t i = 0; i < MEMBERS; i++) {
    if (members->transport == UVWS_TRANSPORT_PARKED &&
        members->ends[i]->connection == NULL) {
      close(members->ends[i]->fd);
    }
    kit_disconnect(members->ends[i]);
  }
}

void members_finish(members_t *members) {
  members_disconnect(members);
  kit_free(members->kit);
  free(members);
}

void members_subscribe(members_t *members, size_t i, const char *topic) {
  bool is_first = false;
  assert_int_equal(
      uvws_topics_subscribe(&members->hub->topics,
                            &members->ends[i]->connection->subscriber,
                            uvws_slice(topic, strlen(topic)), &is_first),
      UVWS_OK);
}

size_t members_publish(members_t *members, const char *topic, const void *bytes,
                       size_t len) {
  return uvws_hub_publish(members->hub, uvws_slice(topic, strlen(topic)), NULL,
                          text, uvws_slice(bytes, len));
}

void members_expect(kit_end_t *end, const void *bytes, size_t len) {
  if (end->peer >= 0) {
    peer_expect(end, bytes, len);
    return;
  }
  kit_turn(end->kit, 3);
  assert_int_equal(end->streamed.len, len);
  assert_memory_equal(end->streamed.data, bytes, len);
  end->streamed.len = 0;
}

void members_expect_nothing(kit_end_t *end) {
  kit_turn(end->kit, 3);
  if (end->peer >= 0) {
    peer_expect_nothing(end);
  } else {
    assert_int_equal(end->streamed.len, 0);
  }
}
