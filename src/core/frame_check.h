/* What of a frame header is legal where it stands (RFC 6455 5, RFC 7692 6.1),
 * as far as its first two bytes tell. */
#ifndef UVWS_CORE_FRAME_CHECK_H
#define UVWS_CORE_FRAME_CHECK_H

#include "core/frame.h"

typedef struct uvws_frame_rules {
  bool is_server; /* we are: frames must be masked; else they must not be */
  bool is_compressing; /* RSV1 was agreed on */
  bool is_in_message;  /* a fragment without FIN came last */
} uvws_frame_rules_t;

/* Checks what uvws_frame_decode_start gave. On a failure *detail is the number
 * in its message. The order is ws's: it decides which of several faults is
 * reported. */
UVWS_MUST_USE uvws_status_t uvws_frame_check(const uvws_frame_t *frame,
                                             const uvws_frame_rules_t *rules,
                                             uint32_t *detail);

#endif
