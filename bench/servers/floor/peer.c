#include "peer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "frame.h"
#include "handshake.h"

#define SLAB_BYTES (256 * 1024)
#define OPCODE_BITS 0x0f
#define OPCODE_CLOSE 0x8
#define OPCODE_PING 0x9
#define OPCODE_PONG 0xa
#define FIN 0x80

/* All reading goes through one slab; a peer keeps only an unfinished frame. */
static uint8_t slab[SLAB_BYTES];

static void *must_realloc(void *memory, size_t size) {
  memory = realloc(memory, size);
  if (memory == NULL) {
    perror("floor");
    abort();
  }

  return memory;
}

static void make_room(uint8_t **bytes, size_t *cap, size_t wanted) {
  if (wanted > *cap) {
    *cap = wanted > 2 * *cap ? wanted : 2 * *cap;
    *bytes = must_realloc(*bytes, *cap);
  }
}

static void watch(const server_t *server, peer_t *peer, int operation,
                  uint32_t events) {
  struct epoll_event event = {.events = events, .data.ptr = peer};

  if (epoll_ctl(server->epoll, operation, peer->fd, &event) != 0) {
    perror("epoll_ctl");
    abort();
  }
}

void peer_new(server_t *server, int fd) {
  peer_t *peer = must_realloc(NULL, sizeof *peer);

  *peer = (peer_t){.fd = fd, .index = (uint32_t)server->count};
  if (server->count == server->cap) {
    server->cap = server->cap == 0 ? 64 : 2 * server->cap;
    server->peers =
        must_realloc(server->peers, server->cap * sizeof *server->peers);
    server->dirty =
        must_realloc(server->dirty, server->cap * sizeof *server->dirty);
  }
  server->peers[server->count++] = peer;
  watch(server, peer, EPOLL_CTL_ADD, EPOLLIN);
}

static void forget_dirty(server_t *server, const peer_t *peer) {
  for (size_t i = 0; i < server->dirty_count; i++) {
    if (server->dirty[i] == peer) {
      server->dirty[i] = server->dirty[--server->dirty_count];
      return;
    }
  }
}

static void peer_free(server_t *server, peer_t *peer) {
  peer_t *last = server->peers[--server->count];

  server->peers[peer->index] = last;
  last->index = peer->index;
  if (peer->is_dirty) {
    forget_dirty(server, peer);
  }

  close(peer->fd);
  free(peer->in);
  free(peer->out);
  free(peer);
}

static void append_out(peer_t *peer, const uint8_t *bytes, size_t len) {
  make_room(&peer->out, &peer->out_cap, peer->out_len + len);
  memcpy(peer->out + peer->out_len, bytes, len);
  peer->out_len += len;
}

static void set_blocked(const server_t *server, peer_t *peer, bool is_blocked) {
  if (peer->is_blocked != is_blocked) {
    peer->is_blocked = is_blocked;
    watch(server, peer, EPOLL_CTL_MOD, is_blocked ? EPOLLOUT : EPOLLIN);
  }
}

/* Writes the pending bytes. A broken connection is left for its own event to
   find, so that no peer is freed while others are being served. */
static void flush(const server_t *server, peer_t *peer) {
  while (peer->out_at < peer->out_len) {
    ssize_t n = send(peer->fd, peer->out + peer->out_at,
                     peer->out_len - peer->out_at, MSG_NOSIGNAL);

    if (n < 0) {
      if (errno == EAGAIN) {
        set_blocked(server, peer, true);
        return;
      }
      break;
    }
    peer->out_at += (size_t)n;
  }

  peer->out_at = peer->out_len = 0;
  set_blocked(server, peer, false);
}

/* Writes at once what can be; only the rest is copied. */
static void write_now(const server_t *server, peer_t *peer,
                      const uint8_t *bytes, size_t len) {
  ssize_t n = 0;

  if (len == 0) {
    return;
  }
  if (peer->out_len == 0) {
    n = send(peer->fd, bytes, len, MSG_NOSIGNAL);
    if ((n < 0 && errno != EAGAIN) || (size_t)n == len) {
      return;
    }
    n = n < 0 ? 0 : n;
  }

  append_out(peer, bytes + n, len - (size_t)n);
  set_blocked(server, peer, true);
}

static void send_to_all(server_t *server, const uint8_t *frame, size_t len) {
  for (size_t i = 0; i < server->count; i++) {
    peer_t *peer = server->peers[i];

    if (!peer->is_upgraded || peer->is_ending) {
      continue;
    }
    append_out(peer, frame, len);
    if (!peer->is_dirty) {
      peer->is_dirty = true;
      server->dirty[server->dirty_count++] = peer;
    }
  }
}

void peers_flush(server_t *server) {
  for (size_t i = 0; i < server->dirty_count; i++) {
    peer_t *peer = server->dirty[i];

    peer->is_dirty = false;
    if (!peer->is_blocked) {
      flush(server, peer);
    }
  }
  server->dirty_count = 0;
}

/* Answers one frame: writes the reply at `reply` and gives its length, 0 if
   there is none for this peer alone. */
static size_t answer(server_t *server, peer_t *peer, const frame_t *frame,
                     const uint8_t *bytes, uint8_t *reply) {
  uint8_t opcode = frame->first & OPCODE_BITS;
  size_t len;

  if (opcode == OPCODE_PONG) {
    return 0;
  }
  if (opcode == OPCODE_PING) {
    return frame_unmask(frame, bytes, FIN | OPCODE_PONG, reply);
  }

  len = frame_unmask(frame, bytes, frame->first, reply);
  if (opcode == OPCODE_CLOSE) {
    peer->is_ending = true;
    return len;
  }
  if (server->is_fanout) {
    send_to_all(server, reply, len);
    return 0;
  }

  return len;
}

/* Serves all complete frames. The replies, shorter than the requests by their
   masking keys, are gathered in place and written with one call. Gives the
   number of bytes used. */
static size_t serve_frames(server_t *server, peer_t *peer, uint8_t *bytes,
                           size_t len) {
  size_t used = 0;
  size_t replies = 0;
  frame_t frame;

  peer->in_need = 0;
  while (!peer->is_ending && frame_decode(bytes + used, len - used, &frame)) {
    size_t frame_len = frame.header_len + frame.payload_len;

    if (len - used < frame_len) {
      peer->in_need = frame_len;
      break;
    }
    replies += answer(server, peer, &frame, bytes + used, bytes + replies);
    used += frame_len;
  }

  write_now(server, peer, bytes, replies);

  return peer->is_ending ? len : used;
}

static size_t serve_upgrade(server_t *server, peer_t *peer, uint8_t *bytes,
                            size_t len) {
  char response[HANDSHAKE_RESPONSE_MAX];
  size_t response_len;
  long used =
      handshake_answer((const char *)bytes, len, response, &response_len);

  if (used < 0) {
    peer->is_ending = true;
    return len;
  }
  if (used > 0) {
    peer->is_upgraded = true;
    write_now(server, peer, (const uint8_t *)response, response_len);
  }

  return (size_t)used;
}

/* Serves the bytes and keeps what is left of them. */
static void serve(server_t *server, peer_t *peer, uint8_t *bytes, size_t len) {
  size_t used = 0;

  if (!peer->is_upgraded) {
    used = serve_upgrade(server, peer, bytes, len);
  }
  if (peer->is_upgraded) {
    used += serve_frames(server, peer, bytes + used, len - used);
  }

  peer->in_len = len - used;
  if (peer->in_len > 0) {
    make_room(&peer->in, &peer->in_cap,
              peer->in_need > peer->in_len ? peer->in_need : peer->in_len);
    memcpy(peer->in, bytes + used, peer->in_len);
  }
}

/* Reads the rest of a large frame straight to its place, and what follows it
   into the slab. */
static ssize_t read_rest(server_t *server, peer_t *peer) {
  size_t missing = peer->in_need - peer->in_len;
  struct iovec parts[2] = {{peer->in + peer->in_len, missing},
                           {slab, SLAB_BYTES}};
  ssize_t n = readv(peer->fd, parts, 2);

  if (n <= 0) {
    return n;
  }
  if ((size_t)n < missing) {
    peer->in_len += (size_t)n;
    return n;
  }

  serve_frames(server, peer, peer->in, peer->in_need);
  peer->in_len = 0;
  serve(server, peer, slab, (size_t)n - missing);

  return n;
}

/* Reads behind what there is of a frame of yet unknown length. */
static ssize_t read_slab(server_t *server, peer_t *peer) {
  size_t kept = peer->in_len;
  ssize_t n = recv(peer->fd, slab + kept, SLAB_BYTES - kept, 0);

  if (n > 0) {
    if (kept > 0) {
      memcpy(slab, peer->in, kept);
    }
    serve(server, peer, slab, kept + (size_t)n);
  }

  return n;
}

void peer_on_readable(server_t *server, peer_t *peer) {
  ssize_t n = peer->in_len > 0 && peer->in_need > 0 ? read_rest(server, peer)
                                                    : read_slab(server, peer);

  if (n == 0 || (n < 0 && errno != EAGAIN) ||
      (peer->is_ending && peer->out_len == 0)) {
    peer_free(server, peer);
  }
}

void peer_on_writable(server_t *server, peer_t *peer) {
  flush(server, peer);
  if (peer->is_ending && peer->out_len == 0) {
    peer_free(server, peer);
  }
}
