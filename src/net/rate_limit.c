#include "net/rate_limit.h"

void uvws_bucket_init(uvws_bucket_t *bucket, const uvws_rate_t *rate,
                      uint64_t now_ms) {
  bucket->messages = rate->messages;
  bucket->bytes = rate->bytes;
  bucket->filled_at_ms = now_ms;
}

static double refill(double tokens, double limit, double intervals) {
  tokens += limit * intervals;
  return tokens < limit ? tokens : limit;
}

bool uvws_bucket_take(uvws_bucket_t *bucket, const uvws_rate_t *rate,
                      double messages, double bytes, uint64_t now_ms) {
  if (now_ms != bucket->filled_at_ms) {
    double intervals =
        (double)(now_ms - bucket->filled_at_ms) / (double)rate->interval_ms;
    bucket->messages = refill(bucket->messages, rate->messages, intervals);
    bucket->bytes = refill(bucket->bytes, rate->bytes, intervals);
    bucket->filled_at_ms = now_ms;
  }
  bucket->messages -= rate->messages > 0 ? messages : 0;
  bucket->bytes -= rate->bytes > 0 ? bytes : 0;
  return bucket->messages >= 0 && bucket->bytes >= 0;
}

static double debt(double tokens, double limit) {
  return tokens < 0 ? -tokens / limit : 0;
}

uint64_t uvws_bucket_debt_ms(const uvws_bucket_t *bucket,
                             const uvws_rate_t *rate) {
  double messages = debt(bucket->messages, rate->messages);
  double bytes = debt(bucket->bytes, rate->bytes);
  double intervals = messages > bytes ? messages : bytes;
  return (uint64_t)(intervals * (double)rate->interval_ms) + 1;
}
