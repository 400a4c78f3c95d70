// Preloaded into om-ops by the tests: records its calls on files below a folder, and makes one of them fail,
// stop short, be the last one, or wait for a command. Switches, all from the environment:
//   OMF_BELOW   the folder
//   OMF_CALLS   names with commas around them (",rename,fsync,"); none: all but `look`
//   OMF_AT      which of these calls, from 1; 0: none
//   OMF_ACT     error:CODE | short | kill-before | kill-after | signal | hook:COMMAND
//   OMF_STICKY  all from there on
//   OMF_LOG     where to write a line a call: "<number> <name> <path>", and "hit" before the one
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

enum act { none, fail, shorten, kill_before, kill_after, send_signal, hook };

static enum act act;
static int failure, sticky, log_fd = -1;
static long at;
static size_t below_length;
static const char *below, *calls, *command;
static atomic_long count;
static long (*real_syscall)(long, ...);

static void find_real(void) {
  if (!real_syscall) *(void **)&real_syscall = dlsym(RTLD_NEXT, "syscall");
}

__attribute__((constructor)) static void begin(void) {
  char program[4096] = "";
  ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
  // Started through a shell: only Node is meant, and none of the programs it starts.
  if (length < 5 || strncmp(program + length - 5, "/node", 5) != 0) return;
  unsetenv("LD_PRELOAD");
  find_real();
  const char *wanted = getenv("OMF_ACT"), *name = getenv("OMF_LOG");
  calls = getenv("OMF_CALLS");
  at = getenv("OMF_AT") ? atol(getenv("OMF_AT")) : 0;
  sticky = getenv("OMF_STICKY") != NULL;
  if (wanted && !strncmp(wanted, "error:", 6)) {
    act = fail;
    failure = atoi(wanted + 6);
  } else if (wanted && !strcmp(wanted, "short")) act = shorten;
  else if (wanted && !strcmp(wanted, "kill-before")) act = kill_before;
  else if (wanted && !strcmp(wanted, "kill-after")) act = kill_after;
  else if (wanted && !strcmp(wanted, "signal")) act = send_signal;
  else if (wanted && !strncmp(wanted, "hook:", 5)) {
    act = hook;
    command = strdup(wanted + 5);
  }
  if (name) log_fd = real_syscall(SYS_openat, AT_FDCWD, name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  below = getenv("OMF_BELOW");
  if (below) {
    below = strdup(below);
    below_length = strlen(below);
  }
}

/** The path with what /proc/self/fd/N in front, or a folder's descriptor, stands for. */
static void resolve(char *out, size_t size, int folder, const char *path) {
  char link[64], base[4096];
  const char *rest = path;
  int fd = folder;
  if (path && !strncmp(path, "/proc/self/fd/", 14)) {
    fd = strtol(path + 14, (char **)&rest, 10);
  } else if (path && *path == '/') {
    snprintf(out, size, "%s", path);
    return;
  }
  if (fd == AT_FDCWD) snprintf(link, sizeof link, "/proc/self/cwd");
  else snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = real_syscall(SYS_readlinkat, AT_FDCWD, link, base, sizeof base - 1);
  base[length < 0 ? 0 : length] = 0;
  snprintf(out, size, "%s%s%s", base, rest && *rest && *rest != '/' ? "/" : "", rest ? rest : "");
}

static int is_below(const char *path) {
  return below && !strncmp(path, below, below_length) && (path[below_length] == '/' || !path[below_length]);
}

static int is_wanted(const char *name) {
  char padded[64];
  if (!calls || !*calls) return strcmp(name, "look") != 0;
  snprintf(padded, sizeof padded, ",%s,", name);
  return strstr(calls, padded) != NULL;
}

static void run_hook(const char *path) {
  pid_t child;
  char *argv[] = {"sh", "-c", (char *)command, "sh", (char *)path, NULL};
  extern char **environ;
  if (posix_spawn(&child, "/bin/sh", NULL, NULL, argv, environ) == 0) waitpid(child, NULL, 0);
}

/** What is to be done about a call: `none`, or `fail`, `shorten`, `kill_after`; the rest is done here. */
static enum act look(const char *name, int folder, const char *path, int other_folder, const char *other) {
  if (!below || !is_wanted(name)) return none;
  int kept = errno;
  char one[8192], two[8192] = "", line[17000];
  resolve(one, sizeof one, folder, path);
  if (other) resolve(two, sizeof two, other_folder, other);
  errno = kept;
  if (!is_below(one) && !(other && is_below(two))) return none;
  long number = ++count;
  int is_hit = at > 0 && (number == at || (sticky && number > at));
  int length = snprintf(line, sizeof line, "%s%ld %s %s%s%s\n", is_hit ? "hit " : "", number, name, one, other ? "\t" : "", two);
  if (log_fd >= 0) real_syscall(SYS_write, log_fd, line, length);
  errno = kept;
  if (!is_hit) return none;
  if (act == kill_before) real_syscall(SYS_kill, getpid(), SIGKILL);
  if (act == send_signal) real_syscall(SYS_kill, getpid(), SIGTERM);
  if (act == hook) run_hook(one);
  if (act == fail) errno = failure;
  return act == fail || act == shorten || act == kill_after ? act : none;
}

static void die(void) { real_syscall(SYS_kill, getpid(), SIGKILL); }

#define CALL(type, function, name, parameters, arguments, ...)        \
  type function parameters {                                          \
    static type(*real) parameters;                                    \
    find_real();                                                      \
    if (!real) *(void **)&real = dlsym(RTLD_NEXT, #function);         \
    enum act todo = look(name, __VA_ARGS__);                          \
    if (todo == fail) return -1;                                      \
    type result = real arguments;                                     \
    if (todo == kill_after) die();                                    \
    return result;                                                    \
  }
#define BY_FD fd, "", 0, NULL
#define BY_PATH AT_FDCWD, path, 0, NULL
#define BY_PATHS AT_FDCWD, from, AT_FDCWD, to

CALL(int, fsync, "fsync", (int fd), (fd), BY_FD)
CALL(int, fdatasync, "fsync", (int fd), (fd), BY_FD)
CALL(int, syncfs, "syncfs", (int fd), (fd), BY_FD)
CALL(int, ftruncate, "truncate", (int fd, off_t to), (fd, to), BY_FD)
CALL(int, ftruncate64, "truncate", (int fd, off64_t to), (fd, to), BY_FD)
CALL(int, fchmod, "chmod", (int fd, mode_t mode), (fd, mode), BY_FD)
CALL(int, fchown, "chown", (int fd, uid_t uid, gid_t gid), (fd, uid, gid), BY_FD)
CALL(int, futimens, "times", (int fd, const struct timespec t[2]), (fd, t), BY_FD)
CALL(int, chmod, "chmod", (const char *path, mode_t mode), (path, mode), BY_PATH)
CALL(int, chown, "chown", (const char *path, uid_t uid, gid_t gid), (path, uid, gid), BY_PATH)
CALL(int, lchown, "chown", (const char *path, uid_t uid, gid_t gid), (path, uid, gid), BY_PATH)
CALL(int, mkdir, "mkdir", (const char *path, mode_t mode), (path, mode), BY_PATH)
CALL(int, rmdir, "rmdir", (const char *path), (path), BY_PATH)
CALL(int, unlink, "unlink", (const char *path), (path), BY_PATH)
CALL(int, rename, "rename", (const char *from, const char *to), (from, to), BY_PATHS)
CALL(int, renameat2, "exchange", (int one, const char *from, int other, const char *to, unsigned int flags), (one, from, other, to, flags), BY_PATHS)
CALL(int, link, "link", (const char *from, const char *to), (from, to), BY_PATHS)
CALL(int, symlink, "symlink", (const char *to, const char *path), (to, path), BY_PATH)

#define WRITE(function, parameters, arguments, half)                  \
  ssize_t function parameters {                                       \
    static ssize_t(*real) parameters;                                 \
    find_real();                                                      \
    if (!real) *(void **)&real = dlsym(RTLD_NEXT, #function);         \
    enum act todo = look("write", BY_FD);                             \
    if (todo == fail) return -1;                                      \
    if (todo == shorten) half;                                        \
    ssize_t result = real arguments;                                  \
    if (todo == kill_after) die();                                    \
    return result;                                                    \
  }
#define HALF if (size > 1) size /= 2
#define FEWER if (size > 1) size = 1
WRITE(write, (int fd, const void *data, size_t size), (fd, data, size), HALF)
WRITE(pwrite, (int fd, const void *data, size_t size, off_t to), (fd, data, size, to), HALF)
WRITE(pwrite64, (int fd, const void *data, size_t size, off64_t to), (fd, data, size, to), HALF)
WRITE(writev, (int fd, const struct iovec *data, int size), (fd, data, size), FEWER)
WRITE(pwritev, (int fd, const struct iovec *data, int size, off_t to), (fd, data, size, to), FEWER)
WRITE(pwritev64, (int fd, const struct iovec *data, int size, off64_t to), (fd, data, size, to), FEWER)

#define OPEN(function, folder, parameters, before)                    \
  int function parameters {                                           \
    static int(*real)(before const char *, int, ...);                 \
    va_list list;                                                     \
    va_start(list, flags);                                            \
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(list, mode_t) : 0; \
    va_end(list);                                                     \
    find_real();                                                      \
    if (!real) *(void **)&real = dlsym(RTLD_NEXT, #function);         \
    int writes = (flags & O_ACCMODE) != O_RDONLY || (flags & O_CREAT);\
    enum act todo = look(writes ? "open" : "look", folder, path, 0, NULL); \
    if (todo == fail) return -1;                                      \
    int result = real(PASS path, flags, mode);                        \
    if (todo == kill_after) die();                                    \
    return result;                                                    \
  }
#define PASS
OPEN(open, AT_FDCWD, (const char *path, int flags, ...), )
OPEN(open64, AT_FDCWD, (const char *path, int flags, ...), )
#undef PASS
#define PASS folder,
#define INT int,
OPEN(openat, folder, (int folder, const char *path, int flags, ...), INT)
OPEN(openat64, folder, (int folder, const char *path, int flags, ...), INT)

/** It closes even when it fails. */
static int close_by(int fd) {
  enum act todo = look("close", BY_FD);
  long result = real_syscall(SYS_close, fd);
  if (todo == kill_after) die();
  if (todo == fail) errno = failure;
  return todo == fail ? -1 : result;
}

int close(int fd) {
  find_real();
  return close_by(fd);
}

// libuv closes by this.
long syscall(long number, ...) {
  long a[6];
  va_list list;
  va_start(list, number);
  for (int i = 0; i < 6; i++) a[i] = va_arg(list, long);
  va_end(list);
  find_real();
  if (number == SYS_close) return close_by(a[0]);
  return real_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
