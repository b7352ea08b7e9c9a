#ifndef BENCH_CHANNEL_H
#define BENCH_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inflater.h"
#include "script.h"
#include "wire.h"

/* One open connection that sends a script's requests in order and checks that
   what comes back are the script's replies in order, byte for byte. Compressed
   ones are inflated first. */

typedef struct {
  const script_t *script;
  wire_t wire;
  inflater_t *inflater; /* NULL without compression */
  int epoll;
  uint64_t id;       /* the epoll data of this connection */
  bool is_blocked;   /* waiting for EPOLLOUT */
  size_t next;       /* message of the cycle that is due next */
  size_t send_at;    /* position in script->requests */
  size_t owed;       /* bytes that are due to be sent */
  size_t receive_at; /* position in script->replies, without compression */
  size_t partial;    /* bytes of the reply that is not complete yet */
} channel_t;

/* Takes over an upgraded connection and watches it for input. Both directions
   begin at message `first` of the cycle. */
void channel_init(channel_t *channel, const script_t *script, wire_t wire,
                  int epoll, uint64_t id, size_t first);

/* Makes `count` more messages due, and sends what the socket takes. */
void channel_send(channel_t *channel, size_t count);

/* To be called on EPOLLOUT: sends the rest of what is due. */
void channel_resume(channel_t *channel);

/* Reads what there is, checks every byte and gives the number of replies that
   became complete. fail()s on a wrong byte and when the server ended. */
size_t channel_receive(channel_t *channel);

#endif
