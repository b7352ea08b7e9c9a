/* Ways to feed a receiver that must not make a difference. */
#ifndef UVWS_TEST_CORE_FEEDING_H
#define UVWS_TEST_CORE_FEEDING_H

#include "event_log.h"

/* Feeds a heap copy of exactly len bytes: it is rewritten, and one byte read
 * beyond it dies under the address sanitizer. */
static inline uvws_status_t feed_copy(uvws_receiver_t *receiver,
                                      const uint8_t *data, size_t len) {
  uint8_t *copy = malloc(len > 0 ? len : 1);
  if (copy == NULL) {
    abort();
  }
  if (len > 0) {
    memcpy(copy, data, len);
  }
  uvws_status_t status = uvws_receiver_feed(receiver, copy, len);
  free(copy);
  return status;
}

/* Gives the first bytes to the receiver's room if it offers some, else feeds
 * them; at most max. Returns how many. */
static inline size_t fill_or_feed(uvws_receiver_t *receiver,
                                  const uint8_t *data, size_t max,
                                  uvws_status_t *status) {
  size_t room_len;
  uint8_t *room = uvws_receiver_room(receiver, &room_len);
  if ((room == NULL) != (room_len == 0)) {
    abort();
  }
  if (room == NULL) {
    *status = feed_copy(receiver, data, max);
    return max;
  }
  size_t len = room_len < max ? room_len : max;
  memcpy(room, data, len);
  *status = uvws_receiver_filled(receiver, len);
  return len;
}

/* Feeds all bytes in pieces of at most piece_len, through the room where
 * by_room, and logs a failure. */
static inline void feed_in_pieces(uvws_receiver_t *receiver, event_log_t *log,
                                  uvws_slice_t bytes, size_t piece_len,
                                  bool by_room) {
  for (size_t done = 0; done < bytes.len;) {
    const uint8_t *data = bytes.data + done;
    size_t rest = bytes.len - done;
    size_t len = rest < piece_len ? rest : piece_len;
    uvws_status_t status;
    if (by_room) {
      len = fill_or_feed(receiver, data, len, &status);
    } else {
      status = feed_copy(receiver, data, len);
    }
    if (status != UVWS_OK) {
      event_log_failure(log, status, receiver->detail);
    }
    done += len;
  }
}

#endif
