#ifndef FLOOR_PEER_H
#define FLOOR_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One connection of the floor server, and the list of all. */

typedef struct peer {
  int fd;
  uint32_t index; /* in server_t.peers */
  bool is_upgraded;
  bool is_ending;  /* close frame answered: ends when all is written */
  bool is_dirty;   /* in server_t.dirty */
  bool is_blocked; /* waits for EPOLLOUT and is not read meanwhile */
  uint8_t *in;     /* the beginning of what is not complete yet */
  size_t in_len;
  size_t in_cap;
  size_t in_need; /* length of the whole frame, if known */
  uint8_t *out;   /* what is to be written */
  size_t out_at;
  size_t out_len;
  size_t out_cap;
} peer_t;

typedef struct {
  int epoll;
  bool is_fanout;
  peer_t **peers;
  size_t count;
  size_t cap;
  peer_t **dirty; /* as many slots as peers */
  size_t dirty_count;
} server_t;

/* Takes over an accepted, nonblocking descriptor. */
void peer_new(server_t *server, int fd);

/* Reads once and does all that the bytes ask for. May free the peer. */
void peer_on_readable(server_t *server, peer_t *peer);

/* Writes what is pending. May free the peer. */
void peer_on_writable(server_t *server, peer_t *peer);

/* Writes what the events of this batch left to all dirty peers. */
void peers_flush(server_t *server);

#endif
