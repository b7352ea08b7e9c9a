/* A listening socket: accepts, reads the upgrade requests and hands each to the
 * owner's decision. What is not a plain upgrade is handed out with its
 * descriptor, for a fuller HTTP implementation to answer. */
#ifndef UVWS_NET_LISTENER_H
#define UVWS_NET_LISTENER_H

#include "core/handshake.h"
#include "net/connection.h"
#include "net/loop.h"
#include "net/socket.h"

/* One accepted descriptor whose request head is being read. */
typedef struct uvws_upgrade uvws_upgrade_t;

typedef struct uvws_listener uvws_listener_t;

/* What an accepted descriptor asks for. Slices are valid until on_request
 * returns. */
typedef struct uvws_upgrade_request {
  uvws_status_t verdict; /* see uvws_handshake_check; DEFER also for what is no
                            request, NEED_MORE for one that ended early */
  uvws_slice_t head;     /* the request head with its empty line; where verdict
                            is DEFER or NEED_MORE: everything received */
  uvws_slice_t rest;     /* what was received behind the head */
  uvws_request_t *request;    /* valid where verdict is OK or an error */
  uvws_handshake_t handshake; /* valid where verdict is OK */
} uvws_upgrade_request_t;

typedef struct uvws_listener_callbacks {
  /* A head is whole, or cannot become one. The callee decides before it
   * returns: uvws_upgrade_accept, _refuse, _answer or _release; or it puts the
   * decision off with _wait. Else the descriptor is closed. */
  void (*on_request)(uvws_listener_t *listener, uvws_upgrade_t *upgrade,
                     const uvws_upgrade_request_t *request);
  /* A descriptor was accepted, or one that was accepted ended without
   * on_request: change is +1 or -1. */
  void (*on_count)(uvws_listener_t *listener, int change);
  /* A waiting upgrade is over: its client is gone, or the listener is closed.
   * id is that of uvws_upgrade_wait; the upgrade must not be used any more. */
  void (*on_abandoned)(uvws_listener_t *listener, uint32_t id);
  /* The last callback: the listener is freed on return. */
  void (*on_closed)(uvws_listener_t *listener);
} uvws_listener_callbacks_t;

struct uvws_listener {
  uvws_watcher_t watcher;
  uvws_loop_t *loop;
  const uvws_listener_callbacks_t *callbacks;
  void *user;                    /* the owner's */
  uint32_t handshake_timeout_ms; /* from accept to a whole head */
  bool is_unrefed;               /* does not keep the loop alive */
  bool is_closed;
  bool reads_all;          /* of its connections; see uvws_socket_reads_all */
  uvws_list_t upgrades;    /* whose head is not whole yet, and waiting ones */
  uvws_deadline_t backoff; /* out of descriptors: accept again then */
  uvws_corpse_t corpse;
};

/* Takes over a listening descriptor (see uvws_socket_listen) and starts to
 * accept; keeps the loop alive. callbacks are borrowed until on_closed. NULL
 * without memory: the descriptor is then still the caller's. */
uvws_listener_t *uvws_listener_new(uvws_loop_t *loop, int fd,
                                   uint32_t handshake_timeout_ms,
                                   const uvws_listener_callbacks_t *callbacks,
                                   void *user);

/* Stops accepting, closes the descriptor and those whose head is not whole yet
 * or whose decision is put off. on_closed follows from the loop's closing
 * phase. */
void uvws_listener_close(uvws_listener_t *listener);

/* Whether the listener keeps the loop alive. */
void uvws_listener_ref(uvws_listener_t *listener);
void uvws_listener_unref(uvws_listener_t *listener);

/* Only from on_request, where the verdict is OK: puts the decision off. What
 * the client sends meanwhile is left to the kernel. Ends in a decision or in
 * on_abandoned. False where the listener is closed or memory fails: the
 * decision is then due at once. */
UVWS_MUST_USE bool uvws_upgrade_wait(uvws_upgrade_t *upgrade, uint32_t id);

bool uvws_upgrade_is_waiting(const uvws_upgrade_t *upgrade);

/* Where the client connects from. Returns 0 or a negative error. */
int uvws_upgrade_peer_address(const uvws_upgrade_t *upgrade,
                              uvws_address_t *address);

/* The decisions; each ends the upgrade, which must not be used after. */

/* Makes the connection and queues the 101. config->transport and ->fd are set
 * here. NULL without memory: the descriptor is closed. Bytes behind the head
 * are not fed: on_request had them. The verdict must have been OK. */
uvws_connection_t *uvws_upgrade_accept(uvws_upgrade_t *upgrade,
                                       uvws_connection_config_t *config,
                                       const uvws_handshake_answer_t *answer);

/* Writes an HTTP response, as far as the kernel takes it, and closes. */
void uvws_upgrade_answer(uvws_upgrade_t *upgrade, uvws_slice_t response);

/* Writes ws's refusal for an ERR_HANDSHAKE_* status and closes. */
void uvws_upgrade_refuse(uvws_upgrade_t *upgrade, uvws_status_t why);

/* Hands the descriptor out: the caller owns it. */
int uvws_upgrade_release(uvws_upgrade_t *upgrade);

#endif
