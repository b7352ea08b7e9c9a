/* Several pairs of sessions whose servers share what they agreed on. */
#ifndef UVWS_TEST_CORE_CROWD_H
#define UVWS_TEST_CORE_CROWD_H

#include "compressing_pair.h"

#define PAIRS 4

/* Servers that share what they agreed on, each with a client of its own. */
typedef struct crowd {
  fixture_t fixture; /* the first pair */
  uvws_session_t servers[PAIRS];
  side_t clients[PAIRS];
} crowd_t;

static inline void gather(crowd_t *crowd, agreed_t agreed) {
  begin(&crowd->fixture, agreed);
  side_t *server = &crowd->fixture.server;
  for (int i = 0; i < PAIRS; i++) {
    uvws_session_init(&crowd->servers[i], &server->options,
                      &event_log_callbacks, &server->log);
    begin_side(&crowd->clients[i], &crowd->fixture.counter.mem, agreed, false);
  }
}

static inline void disperse(crowd_t *crowd) {
  for (int i = 0; i < PAIRS; i++) {
    uvws_session_deinit(&crowd->servers[i]);
    end_side(&crowd->clients[i]);
  }
  end(&crowd->fixture);
}

static inline void send_to(crowd_t *crowd, int i, uvws_slice_t payload) {
  uvws_outgoing_t what = {
      .opcode = UVWS_OPCODE_BINARY, .is_final = true, .is_compressed = true};
  assert_int_equal(
      uvws_session_send(&crowd->servers[i], &crowd->fixture.out, what, payload),
      UVWS_OK);
  expect_message(&crowd->fixture, &crowd->clients[i], "binary", payload);
}

#endif
