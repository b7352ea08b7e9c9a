/* A token bucket for what one connection receives: messages and bytes, each of
 * which may come in a burst of an interval's worth. Time is an argument. */
#ifndef UVWS_NET_RATE_LIMIT_H
#define UVWS_NET_RATE_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

typedef struct uvws_rate {
  double messages;      /* for each interval; 0: no limit */
  double bytes;         /* the same */
  uint32_t interval_ms; /* at least 1 where one of them is limited */
} uvws_rate_t;

typedef struct uvws_bucket {
  double messages; /* that may come now; negative: so many too many came */
  double bytes;
  uint64_t filled_at_ms;
} uvws_bucket_t;

static inline bool uvws_rate_is_limited(const uvws_rate_t *rate) {
  return rate->messages > 0 || rate->bytes > 0;
}

/* Full. */
void uvws_bucket_init(uvws_bucket_t *bucket, const uvws_rate_t *rate,
                      uint64_t now_ms);

/* Takes what came, be it there or not. False if it was not. */
bool uvws_bucket_take(uvws_bucket_t *bucket, const uvws_rate_t *rate,
                      double messages, double bytes, uint64_t now_ms);

/* ms until the bucket is in debt no more, at least 1. */
uint64_t uvws_bucket_debt_ms(const uvws_bucket_t *bucket,
                             const uvws_rate_t *rate);

#endif
