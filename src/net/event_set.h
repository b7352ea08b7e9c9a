/* The loop's own set of watched descriptors: one epoll set inside one
 * uv_poll_t. Descriptors that node's net.Socket also knows are watched here
 * and never by a second libuv handle, which libuv does not allow. */
#ifndef UVWS_NET_EVENT_SET_H
#define UVWS_NET_EVENT_SET_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#define UVWS_EVENT_READ 1u
#define UVWS_EVENT_WRITE 2u
#define UVWS_EVENT_ERROR 4u  /* reported whenever anything else is watched */
#define UVWS_EVENT_HANGUP 8u /* the peer ended its side; nothing is read */

/* To be watched for along with READ alone: the set tells once that something
 * came, not for as long as it lies there. A small message costs a twentieth
 * less so. MORE is reported where a read may stop before all was read, though
 * there was room: at the peer's end, at an error, at urgent data. Who has
 * reason to believe that something is left calls _watch_again. */
#define UVWS_EVENT_ONCE 16u
#define UVWS_EVENT_MORE 32u

/* One watched descriptor; embedded by whoever owns the descriptor. Its memory
 * must outlive the batch of events during which it was unwatched. */
typedef struct uvws_watcher {
  void (*on_events)(struct uvws_watcher *watcher, unsigned events);
  int fd;            /* -1: none */
  unsigned interest; /* of _READ, _WRITE, _HANGUP, _ONCE; 0: not in the set */
} uvws_watcher_t;

typedef struct uvws_event_set {
  union {
    uv_poll_t poll;   /* watches `fd` on the libuv loop */
    uv_check_t check; /* in its place where no descriptors are watched */
  };
  int fd; /* the epoll descriptor */
  void (*on_batch_end)(struct uvws_event_set *set);
} uvws_event_set_t;

/* Makes the set and starts watching it, unreferenced. on_batch_end is called
 * after each batch of events. Returns 0 or a negative libuv error, with nothing
 * left to close. */
int uvws_event_set_init(uvws_event_set_t *set, uv_loop_t *loop,
                        void (*on_batch_end)(uvws_event_set_t *set));

/* Closes the set. on_closed is called from the loop; the memory must live until
 * then. */
void uvws_event_set_close(uvws_event_set_t *set, uv_close_cb on_closed);

/* Watches the watcher's descriptor for `interest`, 0 for nothing at all.
 * Returns 0 or a negative libuv error (UV_ENOMEM, UV_ENOSPC). */
int uvws_event_set_watch(uvws_event_set_t *set, uvws_watcher_t *watcher,
                         unsigned interest);

/* The same in the place of another watcher of the descriptor, which watches
 * nothing any more: one system call less. Without success nothing has changed.
 */
int uvws_event_set_replace(uvws_event_set_t *set, uvws_watcher_t *former,
                           uvws_watcher_t *watcher, unsigned interest);

/* Tells of what is there already once more: of what was watched with ONCE. */
void uvws_event_set_watch_again(uvws_event_set_t *set, uvws_watcher_t *watcher);

#endif
