/* A part of what is read or written at once, as POSIX has it. */
#ifndef UVWS_NET_IOVEC_H
#define UVWS_NET_IOVEC_H

#ifdef _WIN32
#include <stddef.h>

struct iovec {
  void *iov_base;
  size_t iov_len;
};
#else
#include <sys/uio.h>
#endif

#endif
