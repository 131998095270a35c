// A library to preload that counts what a program asks of the system, and lets one of it fail or kills the
// program there. A page that both sides map (FAULTS_PAGE names the file) holds the counts, and says what is to
// fail: tests/faults/points.py is the other side.
//
// Built by points.build_shim: cc -O2 -shared -fPIC shim.c -o shim.so -ldl
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

// In the order of points.KINDS.
enum kind { ALLOC, OPEN, READ, WRITE, FSYNC, RENAME, ACCEPT, MMAP, THREAD, UNLINK, RECV, SEND, KINDS };
static const int kErrors[KINDS] = {ENOMEM, EMFILE, EIO,    ENOSPC, EIO,        EIO,
                                   EMFILE, ENOMEM, EAGAIN, EACCES, ECONNRESET, EPIPE};

struct page {
  uint32_t armed;  // 1 + the kind that is to fail; 0: none
  uint32_t at;     // the how manieth call from now on
  uint32_t seen;   // such calls since it was armed
  uint32_t fired;
  uint32_t kill;   // 1: SIGKILL instead of a failure
  uint32_t in_engine;  // 1: it failed in the engine's own code
  uint32_t unused[2];
  uint64_t counts[KINDS];
};

static struct page *volatile page;
static const char *only;  // calls on other files do not count; NULL: all do
static __thread int busy;

__attribute__((constructor)) static void begin(void) {
  const char *name = getenv("FAULTS_PAGE");
  if (name == NULL) return;
  only = getenv("FAULTS_ONLY");
  void *trace[4];
  backtrace(trace, 4);  // loads what it needs now
  const int fd = (int)syscall(SYS_openat, AT_FDCWD, name, O_RDWR | O_CLOEXEC);
  if (fd < 0) return;
  void *mapped = (void *)syscall(SYS_mmap, NULL, sizeof(struct page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  syscall(SYS_close, fd);
  if (mapped != MAP_FAILED) page = mapped;
}

// Whether the engine's libraries are between the call and the program.
static uint32_t is_engines(void *const *trace, int depth) {
  Dl_info at;
  for (int i = 0; i < depth; ++i) {
    if (dladdr(trace[i], &at) == 0 || at.dli_fname == NULL) continue;
    if (strstr(at.dli_fname, "/libopenvino") != NULL || strstr(at.dli_fname, "/libtbb") != NULL) return 1;
  }
  return 0;
}

static int entered;  // main is: what libraries do before cannot be answered for

// Whether this call is the one that fails; errno is set then.
static int fails(enum kind kind, const char *path) {
  if (page == NULL || busy || !__atomic_load_n(&entered, __ATOMIC_RELAXED)) return 0;
  if (path != NULL && only != NULL && strstr(path, only) == NULL) return 0;
  __atomic_add_fetch(&page->counts[kind], 1, __ATOMIC_RELAXED);
  if (__atomic_load_n(&page->armed, __ATOMIC_ACQUIRE) != 1u + kind) return 0;
  if (__atomic_add_fetch(&page->seen, 1, __ATOMIC_RELAXED) != page->at) return 0;
  page->fired = 1;
  if (page->kill) kill(getpid(), SIGKILL);
  void *trace[40];
  busy = 1;
  const int depth = backtrace(trace, 40);
  page->in_engine = is_engines(trace, depth);
  if (getenv("FAULTS_TRACE") != NULL) backtrace_symbols_fd(trace, depth, 2);
  busy = 0;
  errno = kErrors[kind];
  return 1;
}

static int fd_fails(enum kind kind, int fd) {
  if (page == NULL || busy) return 0;
  if (only == NULL) return fails(kind, NULL);
  char name[64], path[512];
  busy = 1;
  snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
  busy = 0;
  const ssize_t length = readlink(name, path, sizeof path - 1);
  path[length > 0 ? length : 0] = '\0';
  return fails(kind, path);
}

#define REAL(type, name, ...)                                      \
  static type (*real)(__VA_ARGS__);                                \
  if (real == NULL) real = (type(*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

typedef int entry(int, char **, char **);
static entry *program;
static int enter(int count, char **arguments, char **environment) {
  __atomic_store_n(&entered, 1, __ATOMIC_RELAXED);
  return program(count, arguments, environment);
}
int __libc_start_main(entry *main, int count, char **arguments, void (*init)(void), void (*fini)(void),
                      void (*linker)(void), void *stack) {
  REAL(int, "__libc_start_main", entry *, int, char **, void (*)(void), void (*)(void), void (*)(void), void *);
  program = main;
  return real(enter, count, arguments, init, fini, linker, stack);
}

#ifndef FAULTS_NO_MALLOC  // a sanitizer's allocator has to stay in its place
void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);

void *malloc(size_t n) { return fails(ALLOC, NULL) ? NULL : __libc_malloc(n); }
void *calloc(size_t n, size_t m) { return fails(ALLOC, NULL) ? NULL : __libc_calloc(n, m); }
void *realloc(void *p, size_t n) { return fails(ALLOC, NULL) ? NULL : __libc_realloc(p, n); }
void *memalign(size_t a, size_t n) { return fails(ALLOC, NULL) ? NULL : __libc_memalign(a, n); }
void *aligned_alloc(size_t a, size_t n) { return memalign(a, n); }
int posix_memalign(void **p, size_t a, size_t n) {
  if (fails(ALLOC, NULL)) return ENOMEM;
  *p = __libc_memalign(a, n);
  return *p == NULL ? ENOMEM : 0;
}
#endif

#define OPEN_AS(name)                                              \
  int name(const char *path, int flags, ...) {                     \
    REAL(int, #name, const char *, int, ...);                      \
    va_list rest;                                                  \
    va_start(rest, flags);                                         \
    const mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(rest, mode_t) : 0; \
    va_end(rest);                                                  \
    return fails(OPEN, path) ? -1 : real(path, flags, mode);       \
  }
OPEN_AS(open)
OPEN_AS(open64)

#define FOPEN_AS(name)                                             \
  FILE *name(const char *path, const char *mode) {                 \
    REAL(FILE *, #name, const char *, const char *);               \
    return fails(OPEN, path) ? NULL : real(path, mode);            \
  }
FOPEN_AS(fopen)
FOPEN_AS(fopen64)

DIR *opendir(const char *path) {
  REAL(DIR *, "opendir", const char *);
  return fails(OPEN, path) ? NULL : real(path);
}
struct dirent *readdir(DIR *folder) {
  REAL(struct dirent *, "readdir", DIR *);
  return fd_fails(READ, dirfd(folder)) ? NULL : real(folder);
}

ssize_t read(int fd, void *to, size_t n) {
  REAL(ssize_t, "read", int, void *, size_t);
  return fd_fails(READ, fd) ? -1 : real(fd, to, n);
}
ssize_t __read_chk(int fd, void *to, size_t n, size_t room) {
  (void)room;
  return read(fd, to, n);
}
ssize_t write(int fd, const void *from, size_t n) {
  REAL(ssize_t, "write", int, const void *, size_t);
  return fd_fails(WRITE, fd) ? -1 : real(fd, from, n);
}
ssize_t writev(int fd, const struct iovec *from, int n) {
  REAL(ssize_t, "writev", int, const struct iovec *, int);
  return fd_fails(WRITE, fd) ? -1 : real(fd, from, n);
}
int fsync(int fd) {
  REAL(int, "fsync", int);
  return fd_fails(FSYNC, fd) ? -1 : real(fd);
}
int rename(const char *from, const char *to) {
  REAL(int, "rename", const char *, const char *);
  return fails(RENAME, to) ? -1 : real(from, to);
}
int unlink(const char *path) {
  REAL(int, "unlink", const char *);
  return fails(UNLINK, path) ? -1 : real(path);
}
int remove(const char *path) {
  REAL(int, "remove", const char *);
  return fails(UNLINK, path) ? -1 : real(path);
}
int accept(int fd, struct sockaddr *address, socklen_t *length) {
  REAL(int, "accept", int, struct sockaddr *, socklen_t *);
  return fails(ACCEPT, NULL) ? -1 : real(fd, address, length);
}
int accept4(int fd, struct sockaddr *address, socklen_t *length, int flags) {
  REAL(int, "accept4", int, struct sockaddr *, socklen_t *, int);
  return fails(ACCEPT, NULL) ? -1 : real(fd, address, length, flags);
}
ssize_t recv(int fd, void *to, size_t n, int flags) {
  REAL(ssize_t, "recv", int, void *, size_t, int);
  return fails(RECV, NULL) ? -1 : real(fd, to, n, flags);
}
ssize_t recvmsg(int fd, struct msghdr *message, int flags) {
  REAL(ssize_t, "recvmsg", int, struct msghdr *, int);
  return fails(RECV, NULL) ? -1 : real(fd, message, flags);
}
ssize_t send(int fd, const void *from, size_t n, int flags) {
  REAL(ssize_t, "send", int, const void *, size_t, int);
  return fails(SEND, NULL) ? -1 : real(fd, from, n, flags);
}
ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
  REAL(ssize_t, "sendmsg", int, const struct msghdr *, int);
  return fails(SEND, NULL) ? -1 : real(fd, message, flags);
}
#define MMAP_AS(name, offset)                                                 \
  void *name(void *at, size_t n, int rights, int flags, int fd, offset from) { \
    REAL(void *, #name, void *, size_t, int, int, int, offset);               \
    return fails(MMAP, NULL) ? MAP_FAILED : real(at, n, rights, flags, fd, from); \
  }
MMAP_AS(mmap, off_t)
MMAP_AS(mmap64, off64_t)

int pthread_create(pthread_t *thread, const pthread_attr_t *with, void *(*run)(void *), void *of) {
  REAL(int, "pthread_create", pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
  return fails(THREAD, NULL) ? EAGAIN : real(thread, with, run, of);
}
