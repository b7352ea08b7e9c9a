/* Private to listener.c and upgrade.c: an accepted descriptor until its request
 * is decided. */
#ifndef UVWS_NET_UPGRADE_H
#define UVWS_NET_UPGRADE_H

#include "net/listener.h"

/* Starts reading the request; takes the descriptor over and closes it where
 * memory fails. */
void uvws_upgrade_start(uvws_listener_t *listener, int fd);

/* Ends an undecided upgrade and closes its descriptor. */
void uvws_upgrade_abort(uvws_upgrade_t *upgrade);

/* The upgrade of which `link` is the node in listener->upgrades. */
uvws_upgrade_t *uvws_upgrade_of(uvws_list_t *link);

#endif
