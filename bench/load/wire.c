#include "wire.h"

#include <errno.h>
#include <openssl/ssl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fail.h"
#include "network.h"

/* Bytes of several frames go into one TLS record, as one write would. */
#define GATHER_BYTES 16384

static SSL_CTX *tls_context(void) {
  static SSL_CTX *context;

  if (context == NULL) {
    context = SSL_CTX_new(TLS_client_method());
    if (context == NULL) {
      fail("no TLS context");
    }
    SSL_CTX_set_read_ahead(context, 1);
    SSL_CTX_set_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  }

  return context;
}

void wire_connect(wire_t *wire, const options_t *options, size_t index) {
  *wire = (wire_t){.fd = network_connect(options, index)};
  if (!options->is_tls) {
    return;
  }

  wire->tls = SSL_new(tls_context());
  if (wire->tls == NULL || SSL_set_fd(wire->tls, wire->fd) != 1) {
    fail("no TLS connection");
  }
  SSL_set_connect_state(wire->tls);
}

/* The result of an SSL call in the terms of recv. */
static ssize_t as_system_call(const wire_t *wire, int result) {
  int reason;

  if (result > 0) {
    return result;
  }

  reason = SSL_get_error(wire->tls, result);
  if (reason == SSL_ERROR_ZERO_RETURN) {
    return 0;
  }
  if (reason == SSL_ERROR_WANT_READ || reason == SSL_ERROR_WANT_WRITE) {
    errno = EAGAIN;
  } else if (reason != SSL_ERROR_SYSCALL) {
    errno = EPROTO;
  }

  return -1;
}

bool wire_secure(wire_t *wire) {
  if (wire->tls == NULL || SSL_is_init_finished(wire->tls)) {
    return true;
  }
  if (as_system_call(wire, SSL_do_handshake(wire->tls)) > 0) {
    return true;
  }
  if (errno != EAGAIN && errno != ENOTCONN) {
    fail_errno("TLS handshake");
  }

  return false;
}

ssize_t wire_read(wire_t *wire, void *bytes, size_t cap) {
  if (wire->tls == NULL) {
    return recv(wire->fd, bytes, cap, 0);
  }

  return as_system_call(wire, SSL_read(wire->tls, bytes, (int)cap));
}

static ssize_t write_records(const wire_t *wire, const struct iovec *parts,
                             int count) {
  static unsigned char record[GATHER_BYTES];
  size_t len = 0;

  for (int i = 0; i < count; i++) {
    size_t room = sizeof record - len;
    size_t taken = parts[i].iov_len < room ? parts[i].iov_len : room;

    memcpy(record + len, parts[i].iov_base, taken);
    len += taken;
  }

  return as_system_call(wire, SSL_write(wire->tls, record, (int)len));
}

ssize_t wire_write(wire_t *wire, const struct iovec *parts, int count) {
  struct msghdr message = {.msg_iov = (struct iovec *)(uintptr_t)parts,
                           .msg_iovlen = (size_t)count};

  return wire->tls == NULL ? sendmsg(wire->fd, &message, MSG_NOSIGNAL)
                           : write_records(wire, parts, count);
}

bool wire_has_pending(const wire_t *wire) {
  return wire->tls != NULL && SSL_has_pending(wire->tls);
}

void wire_close(wire_t *wire) {
  SSL_free(wire->tls);
  close(wire->fd);
}
