#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "cases.h"
#include "net/hub.h"

/* What a server's hub does for its connections. They are streams, which need no
   descriptors, so that there can be as many as a large server has. */

#define CONNECTIONS 100000
#define SUBSCRIBERS 100
#define TOPICS_EACH 1000
#define HEARTBEAT_MS 10
#define NAME_MAX_LEN 32

static uv_loop_t uv;
static uvws_loop_t loop;
static uvws_hub_t *hub;
static uvws_counters_t counters[CONNECTIONS];
static uvws_connection_t *connections[CONNECTIONS];
static uint8_t slab[65536];

static void require(bool is_true) {
  if (!is_true) {
    abort();
  }
}

static void on_pong(void *user, uvws_slice_t payload) {
  (void)user;
  (void)payload;
}

static void on_output(uvws_connection_t *connection, uvws_buffer_t *bytes,
                      bool is_end) {
  (void)connection;
  (void)bytes;
  (void)is_end;
}

static void on_refused(uvws_connection_t *connection) { (void)connection; }

static void set_up_hub(size_t count) {
  static const uvws_connection_callbacks_t callbacks = {
      .receiver = {.on_pong = on_pong}, .on_output = on_output};
  static const uvws_limits_t limits = {.heartbeat_ms = HEARTBEAT_MS};
  static uvws_session_options_t options;

  options.receiver = (uvws_receiver_options_t){
      .mem = uvws_mem_default(), .max_payload = 1024, .is_server = true};
  require(uv_loop_init(&uv) == 0 &&
          uvws_loop_init(&loop, &uv, uvws_mem_default(), slab, sizeof slab) ==
              0);
  hub = uvws_hub_new(&loop, &limits, on_refused);
  require(hub != NULL);
  for (size_t i = 0; i < count; i++) {
    uvws_connection_config_t config = {.transport = UVWS_TRANSPORT_STREAM,
                                       .fd = -1,
                                       .options = &options,
                                       .callbacks = &callbacks,
                                       .counters = &counters[i]};

    connections[i] = uvws_connection_new(&loop, &config);
    require(connections[i] != NULL);
    uvws_hub_join(hub, connections[i]);
  }
}

/* --- heartbeats: what one loop turn does of them --- */

#define PORTION 1024 /* as in net/heartbeat.c */

static void set_up_silent(size_t bytes) {
  (void)bytes;
  set_up_hub(CONNECTIONS);
}

static void set_up_heard(size_t bytes) {
  set_up_silent(bytes);
  for (size_t i = 0; i < CONNECTIONS; i++) {
    uint8_t pong[] = {0x8a, 0x80, 0, 0, 0, 0};

    uvws_connection_feed(connections[i], pong, sizeof pong);
  }
}

static void wait_until_due(size_t bytes) {
  (void)bytes;
  uv_sleep(HEARTBEAT_MS);
  uv_update_time(&uv);
}

static void run_heartbeat(size_t bytes) {
  (void)bytes;
  hub->heartbeat.on_expired(&hub->heartbeat);
  uvws_loop_flush(&loop);
}

/* --- topics --- */

static char names[2][NAME_MAX_LEN];
static uvws_slice_t known; /* the topic of the last subscriber */
static uvws_slice_t fresh; /* of none */

static uvws_slice_t name_topic(char *name, size_t topic) {
  int len = snprintf(name, NAME_MAX_LEN, "room/%zu/messages", topic);

  return uvws_slice(name, (size_t)len);
}

static void subscribe(size_t subscriber, uvws_slice_t topic) {
  bool is_first;

  require(uvws_topics_subscribe(&hub->topics,
                                &connections[subscriber]->subscriber, topic,
                                &is_first) == UVWS_OK);
}

static void unsubscribe(size_t subscriber, uvws_slice_t topic) {
  bool is_last;

  require(uvws_topics_unsubscribe(
      &hub->topics, &connections[subscriber]->subscriber, topic, &is_last));
}

/* Topics of one subscriber each. */
static void set_up_topics(size_t each) {
  set_up_hub(SUBSCRIBERS);
  for (size_t topic = 0; topic < SUBSCRIBERS * each; topic++) {
    known = name_topic(names[0], topic);
    subscribe(topic / each, known);
  }
  fresh = name_topic(names[1], SUBSCRIBERS * each);
}

static void set_up_few_topics(size_t bytes) {
  (void)bytes;
  set_up_topics(1);
}

static void set_up_many_topics(size_t bytes) {
  (void)bytes;
  set_up_topics(TOPICS_EACH);
}

static void run_subscribe(size_t bytes) {
  (void)bytes;
  subscribe(0, known);
  subscribe(0, fresh);
  unsubscribe(0, known);
  unsubscribe(0, fresh);
}

static void run_publish(size_t bytes) {
  static const uint8_t payload[64];
  uvws_outgoing_t what = {.opcode = UVWS_OPCODE_BINARY, .is_final = true};

  require(uvws_hub_publish(hub, known, NULL, what,
                           uvws_slice(payload, bytes)) == 1);
  uvws_loop_flush(&loop);
}

const core_case_t core_cases[] = {
    {"heartbeat, 100,000 connections: one that was heard", 0, PORTION,
     set_up_heard, run_heartbeat, wait_until_due},
    {"heartbeat, 100,000 connections: one that is pinged", 0, PORTION,
     set_up_silent, run_heartbeat, wait_until_due},
    {"subscribe and unsubscribe, 100 topics", 0, 2, set_up_few_topics,
     run_subscribe, NULL},
    {"subscribe and unsubscribe, 100,000 topics, 1,000 each", 0, 2,
     set_up_many_topics, run_subscribe, NULL},
    {"publish 64 B to one, 100 topics", 64, 1, set_up_few_topics, run_publish,
     NULL},
    {"publish 64 B to one, 100,000 topics, 1,000 each", 64, 1,
     set_up_many_topics, run_publish, NULL}};

const size_t core_case_count = sizeof core_cases / sizeof core_cases[0];
