/* uvws_utf8_is_valid against a naive decoder. */
#include <stdlib.h>

#include "core/utf8.h"
#include "naive_utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (uvws_utf8_is_valid(data, size) != naive_is_valid(data, size)) {
    abort();
  }
  return 0;
}
