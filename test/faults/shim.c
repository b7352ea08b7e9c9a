/* Preloaded into node: what the addon asks of the kernel and of the allocator
 * comes through here and can be made to fail, or to be done by halves. Calls of
 * node's own pass untouched, told apart by their return address, unless they
 * are for the one descriptor that the plan may name.
 *
 * The plan is an array of int32_t in the file that UVWS_FAULTS names, mapped
 * here and written by the test at any time; fault_plan_t gives its order,
 * test/faults/plan.js repeats it. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define PARTS_MAX 64

typedef struct fault_plan {
  int32_t read_max;     /* bytes that a read brings at most; 0: any */
  int32_t write_max;    /* bytes that a write takes at most; 0: any */
  int32_t read_every;   /* each n-th read fails; 0: none */
  int32_t read_errno;   /* with this */
  int32_t write_every;  /* each n-th write fails; 0: none */
  int32_t write_errno;  /* with this */
  int32_t accept_fails; /* so many accepts fail */
  int32_t accept_errno; /* with this */
  int32_t watch_fails;  /* so many epoll_ctl fail with ENOMEM */
  int32_t memory_after; /* allocations until one fails; 0: none does */
  int32_t only_fd;      /* whose reads and writes are meant; 0: the addon's */
  int32_t reads;        /* how often each was called */
  int32_t writes;
  int32_t accepts;
  int32_t allocations;
} fault_plan_t;

static fault_plan_t unused_plan;
static fault_plan_t *plan = &unused_plan;

__attribute__((constructor)) static void map_plan(void) {
  const char *name = getenv("UVWS_FAULTS");
  int fd = name == NULL ? -1 : open(name, O_RDWR | O_CLOEXEC);
  if (fd < 0) {
    return;
  }
  void *map =
      mmap(NULL, sizeof(*plan), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  if (map != MAP_FAILED) {
    plan = map;
  }
}

static bool ends_with(const char *text, const char *end) {
  size_t len = strlen(text);
  return len >= strlen(end) && strcmp(text + len - strlen(end), end) == 0;
}

/* Where the addon's code lies, once it is loaded. */
static struct {
  uintptr_t start;
  uintptr_t end;
} addon;

static int find_addon(struct dl_phdr_info *info, size_t size, void *unused) {
  (void)size;
  (void)unused;
  if (!ends_with(info->dlpi_name, "uvws.node")) {
    return 0;
  }
  addon.start = info->dlpi_addr;
  for (int i = 0; i < info->dlpi_phnum; i++) {
    const ElfW(Phdr) *part = &info->dlpi_phdr[i];
    uintptr_t end = info->dlpi_addr + part->p_vaddr + part->p_memsz;
    if (part->p_type == PT_LOAD && end > addon.end) {
      addon.end = end;
    }
  }
  return 1;
}

static bool is_ours(void *address) {
  uintptr_t at = (uintptr_t)address;
  return at >= addon.start && at < addon.end && plan != &unused_plan;
}

#define CALLER_IS_OURS() is_ours(__builtin_return_address(0))

static bool is_meant(int fd, void *address) {
  return plan->only_fd > 0 ? fd == plan->only_fd : is_ours(address);
}

#define IS_MEANT(fd) is_meant(fd, __builtin_return_address(0))
#define NEXT(name) ((__typeof__(&(name)))dlsym(RTLD_NEXT, #name))

void *dlopen(const char *name, int flags) {
  void *library = NEXT(dlopen)(name, flags);
  if (addon.end == 0) {
    (void)dl_iterate_phdr(find_addon, NULL);
  }
  return library;
}

/* Counts a call; whether it is to fail. */
static bool is_due(int32_t *count, int32_t every, int32_t number) {
  (*count)++;
  if (every == 0 || *count % every != 0) {
    return false;
  }
  errno = number;
  return true;
}

static bool is_read_due(void) {
  return is_due(&plan->reads, plan->read_every, plan->read_errno);
}

static bool is_write_due(void) {
  return is_due(&plan->writes, plan->write_every, plan->write_errno);
}

static size_t at_most(size_t len, int32_t max) {
  return max > 0 && len > (size_t)max ? (size_t)max : len;
}

/* The first `max` bytes of the parts; how many parts these are. */
static int cut(struct iovec *into, const struct iovec *parts, int count,
               int32_t max) {
  size_t left = max > 0 ? (size_t)max : SIZE_MAX;
  int used = 0;
  while (used < count && used < PARTS_MAX && left > 0) {
    into[used] = parts[used];
    if (into[used].iov_len > left) {
      into[used].iov_len = left;
    }
    left -= into[used].iov_len;
    used++;
  }
  return used;
}

/* What all that read have in common: how much they may, or -1. */
static ssize_t admit_read(size_t len) {
  return is_read_due() ? -1 : (ssize_t)at_most(len, plan->read_max);
}

static ssize_t admit_write(size_t len) {
  return is_write_due() ? -1 : (ssize_t)at_most(len, plan->write_max);
}

ssize_t recv(int fd, void *data, size_t len, int flags) {
  ssize_t some = IS_MEANT(fd) ? admit_read(len) : (ssize_t)len;
  return some < 0 ? -1 : NEXT(recv)(fd, data, (size_t)some, flags);
}

ssize_t read(int fd, void *data, size_t len) {
  ssize_t some = IS_MEANT(fd) ? admit_read(len) : (ssize_t)len;
  return some < 0 ? -1 : NEXT(read)(fd, data, (size_t)some);
}

ssize_t send(int fd, const void *data, size_t len, int flags) {
  ssize_t some = IS_MEANT(fd) ? admit_write(len) : (ssize_t)len;
  return some < 0 ? -1 : NEXT(send)(fd, data, (size_t)some, flags);
}

ssize_t write(int fd, const void *data, size_t len) {
  ssize_t some = IS_MEANT(fd) ? admit_write(len) : (ssize_t)len;
  return some < 0 ? -1 : NEXT(write)(fd, data, (size_t)some);
}

ssize_t readv(int fd, const struct iovec *parts, int count) {
  struct iovec some[PARTS_MAX];
  if (!IS_MEANT(fd)) {
    return NEXT(readv)(fd, parts, count);
  }
  if (is_read_due()) {
    return -1;
  }
  int used = cut(some, parts, count, plan->read_max);
  return NEXT(readv)(fd, some, used);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
  struct iovec some[PARTS_MAX];
  if (!IS_MEANT(fd)) {
    return NEXT(writev)(fd, parts, count);
  }
  if (is_write_due()) {
    return -1;
  }
  int used = cut(some, parts, count, plan->write_max);
  return NEXT(writev)(fd, some, used);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
  struct iovec some[PARTS_MAX];
  struct msghdr part = *message;
  if (!IS_MEANT(fd)) {
    return NEXT(sendmsg)(fd, message, flags);
  }
  if (is_write_due()) {
    return -1;
  }
  part.msg_iov = some;
  part.msg_iovlen = (size_t)cut(some, message->msg_iov,
                                (int)message->msg_iovlen, plan->write_max);
  return NEXT(sendmsg)(fd, &part, flags);
}

int accept4(int fd, struct sockaddr *address, socklen_t *len, int flags) {
  if (CALLER_IS_OURS()) {
    plan->accepts++;
    if (plan->accept_fails > 0) {
      plan->accept_fails--;
      errno = plan->accept_errno;
      return -1;
    }
  }
  return NEXT(accept4)(fd, address, len, flags);
}

int epoll_ctl(int set, int op, int fd, struct epoll_event *event) {
  if (op != EPOLL_CTL_DEL && CALLER_IS_OURS() && plan->watch_fails > 0) {
    plan->watch_fails--;
    errno = ENOMEM;
    return -1;
  }
  if (op == EPOLL_CTL_DEL || !CALLER_IS_OURS()) {
    return NEXT(epoll_ctl)(set, op, fd, event);
  }
  /* Who is told once of what came may trust that the kernel leaves nothing
   * behind where there was room; our short reads do. */
  struct epoll_event level = *event;
  level.events &= ~(uint32_t)EPOLLET;
  return NEXT(epoll_ctl)(set, op, fd, &level);
}

/* All memory of the C layers comes by realloc; glibc offers its own by another
 * name, which needs no look-up that would itself allocate. */
void *__libc_realloc(void *ptr, size_t size);

void *realloc(void *ptr, size_t size) {
  if (CALLER_IS_OURS()) {
    plan->allocations++;
    if (plan->memory_after > 0 && --plan->memory_after == 0) {
      errno = ENOMEM;
      return NULL;
    }
  }
  return __libc_realloc(ptr, size);
}
