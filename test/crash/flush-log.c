/*
 * Loaded into a server with LD_PRELOAD by fsync.test.ts: logs, in the order in which they happen, the requests a
 * process reads, the answers it writes, and what of its files it writes and flushes. Nothing else is changed.
 * One line each: kind, file descriptor, thread, and the path of a file.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static int log_fd = -2;

static void note(const char *kind, int fd, const char *path) {
  char line[600];
  if (log_fd == -2) {
    const char *name = getenv("FLUSH_LOG");
    log_fd = name ? open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;
  }
  if (log_fd < 0) return;
  int length = snprintf(line, sizeof line, "%s %d %ld %s\n", kind, fd, syscall(SYS_gettid), path);
  if (length > (int)sizeof line) length = sizeof line;
  syscall(SYS_write, log_fd, line, (size_t)length);
}

static void note_file(const char *kind, int fd) {
  char link[64], path[512];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) length = 0;
  path[length] = 0;
  note(kind, fd, path);
}

static int begins(const void *bytes, ssize_t length, const char *text) {
  return length >= (ssize_t)strlen(text) && memcmp(bytes, text, strlen(text)) == 0;
}

ssize_t read(int fd, void *bytes, size_t size) {
  ssize_t length = syscall(SYS_read, fd, bytes, size);
  if (begins(bytes, length, "POST /webhook")) note("request", fd, "");
  return length;
}

ssize_t write(int fd, const void *bytes, size_t size) {
  if (begins(bytes, (ssize_t)size, "HTTP/1.1 200")) note("answer", fd, "");
  return syscall(SYS_write, fd, bytes, size);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
  if (count > 0 && begins(parts[0].iov_base, (ssize_t)parts[0].iov_len, "HTTP/1.1 200")) note("answer", fd, "");
  return syscall(SYS_writev, fd, parts, count);
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t at) {
  note_file("write", fd);
  return syscall(SYS_pwrite64, fd, bytes, size, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t at) {
  note_file("write", fd);
  return syscall(SYS_pwrite64, fd, bytes, size, at);
}

/* After the call: flushed means that the kernel said so. */
int fsync(int fd) {
  int result = (int)syscall(SYS_fsync, fd);
  if (result == 0) note_file("flush", fd);
  return result;
}

int fdatasync(int fd) {
  int result = (int)syscall(SYS_fdatasync, fd);
  if (result == 0) note_file("flush", fd);
  return result;
}
