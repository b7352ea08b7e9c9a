#include "net/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "kit.h"

typedef struct pair {
  int near;
  int far;
} pair_t;

static pair_t open_pair(void) {
  int fds[2];
  fault_reset();
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
  return (pair_t){fds[0], fds[1]};
}

static void close_pair(pair_t pair) {
  close(pair.near);
  close(pair.far);
}

static ssize_t write_text(int fd, const char *text) {
  struct iovec part = {(void *)(uintptr_t)text, strlen(text)};
  return uvws_socket_write(fd, &part, 1);
}

static ssize_t read_some(int fd, char *into, size_t len) {
  struct iovec part = {into, len};
  return uvws_socket_read(fd, &part, 1);
}

static void reads_and_writes_one_part_and_several(void **state) {
  pair_t pair = open_pair();
  char a[3];
  char b[8];
  struct iovec out[2] = {{(void *)(uintptr_t) "abcd", 4},
                         {(void *)(uintptr_t) "ef", 2}};
  struct iovec in[2] = {{a, sizeof(a)}, {b, sizeof(b)}};
  (void)state;
  assert_int_equal(uvws_socket_write(pair.near, out, 2), 6);
  assert_int_equal(uvws_socket_read(pair.far, in, 2), 6);
  assert_memory_equal(a, "abc", 3);
  assert_memory_equal(b, "def", 3);
  assert_int_equal(write_text(pair.near, "xyz"), 3);
  assert_int_equal(read_some(pair.far, b, sizeof(b)), 3);
  close_pair(pair);
}

static void nothing_there_is_eagain_and_the_end_is_zero(void **state) {
  pair_t pair = open_pair();
  char byte;
  (void)state;
  assert_int_equal(read_some(pair.near, &byte, 1), UV_EAGAIN);
  uvws_socket_end(pair.far);
  assert_int_equal(read_some(pair.near, &byte, 1), 0);
  close_pair(pair);
}

static void interrupted_calls_are_made_again(void **state) {
  pair_t pair = open_pair();
  char byte;
  (void)state;
  fault.on_write = (fault_errors_t){3, EINTR};
  assert_int_equal(write_text(pair.near, "x"), 1);
  assert_int_equal(fault.writes, 4);
  fault.on_read = (fault_errors_t){3, EINTR};
  assert_int_equal(read_some(pair.far, &byte, 1), 1);
  assert_int_equal(fault.reads, 4);
  close_pair(pair);
}

/* As libuv takes it: the kernel has no memory for it at the moment. */
static void a_kernel_short_of_buffers_takes_none_now(void **state) {
  pair_t pair = open_pair();
  (void)state;
  fault.on_write = (fault_errors_t){1, ENOBUFS};
  assert_int_equal(write_text(pair.near, "x"), UV_EAGAIN);
  assert_int_equal(write_text(pair.near, "x"), 1);
  close_pair(pair);
}

static void a_peer_that_is_gone_raises_no_signal(void **state) {
  pair_t pair = open_pair();
  struct iovec parts[2] = {{(void *)(uintptr_t) "a", 1},
                           {(void *)(uintptr_t) "b", 1}};
  (void)state;
  close(pair.far);
  assert_int_equal(write_text(pair.near, "x"), UV_EPIPE);
  assert_int_equal(uvws_socket_write(pair.near, parts, 2), UV_EPIPE);
  uvws_socket_end(pair.near);
  close(pair.near);
}

/* ---- Listening ---- */

static int listen_on(const char *host, uint16_t port) {
  uvws_listen_options_t options = {.host = host, .port = port, .backlog = 1};
  return uvws_socket_listen(&options);
}

static int connect_to(const uvws_address_t *address) {
  struct sockaddr_in target = {.sin_family = AF_INET,
                               .sin_port = htons(address->port),
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  assert_int_equal(connect(fd, (struct sockaddr *)&target, sizeof(target)), 0);
  return fd;
}

static void listens_where_it_is_told(void **state) {
  uvws_address_t address;
  (void)state;
  int fd = listen_on("127.0.0.1", 0);
  assert_true(fd >= 0);
  assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
  assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
  assert_int_equal(uvws_socket_local_address(fd, &address), 0);
  assert_string_equal(address.host, "127.0.0.1");
  assert_int_equal(address.family, 4);
  assert_true(address.port > 0);
  assert_int_equal(listen_on("127.0.0.1", address.port), UV_EADDRINUSE);
  uvws_socket_close(fd);
}

static int share(const char *host, uint16_t port) {
  uvws_listen_options_t options = {
      .host = host, .port = port, .backlog = 1, .is_port_shared = true};
  return uvws_socket_listen(&options);
}

static void shares_a_port_with_those_who_share_it(void **state) {
  uvws_address_t address;
  (void)state;
  int one = share("127.0.0.1", 0);
  assert_true(one >= 0);
  assert_int_equal(uvws_socket_local_address(one, &address), 0);
  int two = share("127.0.0.1", address.port);
  assert_true(two >= 0);
  assert_int_equal(listen_on("127.0.0.1", address.port), UV_EADDRINUSE);
  uvws_socket_close(one);
  uvws_socket_close(two);
}

static void refuses_what_is_no_numeric_address(void **state) {
  (void)state;
  assert_int_equal(listen_on("localhost", 0), UV_EINVAL);
  assert_int_equal(listen_on("", 0), UV_EINVAL);
  assert_int_equal(listen_on("127.0.0.1.1", 0), UV_EINVAL);
  assert_int_equal(listen_on("192.0.2.1", 0), UV_EADDRNOTAVAIL);
}

static void accepts_without_blocking_and_without_delay(void **state) {
  uvws_address_t address;
  int on = 0;
  socklen_t len = sizeof(on);
  (void)state;
  fault_reset();
  int fd = listen_on("127.0.0.1", 0);
  assert_int_equal(uvws_socket_accept(fd), UV_EAGAIN);
  assert_int_equal(uvws_socket_local_address(fd, &address), 0);
  int peer = connect_to(&address);
  fault.on_accept = (fault_errors_t){2, EINTR};
  int accepted = uvws_socket_accept(fd);
  assert_true(accepted >= 0);
  assert_true(fcntl(accepted, F_GETFL) & O_NONBLOCK);
  assert_true(fcntl(accepted, F_GETFD) & FD_CLOEXEC);
  assert_int_equal(getsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &on, &len),
                   0);
  assert_int_equal(on, 1);
  fault.on_accept = (fault_errors_t){1, EMFILE};
  assert_int_equal(uvws_socket_accept(fd), UV_EMFILE);
  uvws_socket_close(accepted);
  uvws_socket_close(fd);
  close(peer);
}

static void tells_no_address_of_what_is_no_internet_socket(void **state) {
  pair_t pair = open_pair();
  uvws_address_t address;
  (void)state;
  assert_int_equal(uvws_socket_local_address(pair.near, &address), UV_EINVAL);
  assert_int_equal(uvws_socket_local_address(-1, &address), UV_EBADF);
  close_pair(pair);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_and_writes_one_part_and_several),
      cmocka_unit_test(nothing_there_is_eagain_and_the_end_is_zero),
      cmocka_unit_test(interrupted_calls_are_made_again),
      cmocka_unit_test(a_kernel_short_of_buffers_takes_none_now),
      cmocka_unit_test(a_peer_that_is_gone_raises_no_signal),
      cmocka_unit_test(listens_where_it_is_told),
      cmocka_unit_test(shares_a_port_with_those_who_share_it),
      cmocka_unit_test(refuses_what_is_no_numeric_address),
      cmocka_unit_test(accepts_without_blocking_and_without_delay),
      cmocka_unit_test(tells_no_address_of_what_is_no_internet_socket),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
