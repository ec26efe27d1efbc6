/* Makes calls that change files fail, and notes all of them. Loaded by LD_PRELOAD.
 *
 * Only paths under $FAULT_ROOT count. $FAULT_LOG gets a line "call<TAB>path<TAB>result" for each
 * call: "ok", "short" or the number of an error. Of the calls $FAULT_CALL whose path matches
 * $FAULT_PATH (as fnmatch has it, * also matching a slash) the $FAULT_NTH fails with
 * $FAULT_ERROR; with $FAULT_ALL all later ones too. With $FAULT_SHORT that one writes half
 * and succeeds, and the next fails, unless $FAULT_ERROR is 0.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { GO_ON = -1, SHORT = 0 };

static int count;

static int number(const char *name) {
    const char *text = getenv(name);
    return text ? atoi(text) : 0;
}

static void note(const char *call, const char *path, int verdict) {
    const char *log = getenv("FAULT_LOG");
    if (!log) return;
    char line[2 * PATH_MAX], result[16] = "ok";
    if (verdict == SHORT) strcpy(result, "short");
    if (verdict > 0) snprintf(result, sizeof result, "%d", verdict);
    int length = snprintf(line, sizeof line, "%s\t%s\t%s\n", call, path, result);
    int fd = (int)syscall(SYS_open, log, O_WRONLY | O_CREAT | O_APPEND, 0666);
    if (fd < 0) return;
    syscall(SYS_write, fd, line, length);
    syscall(SYS_close, fd);
}

/* The error of a call, SHORT, or GO_ON. */
static int verdict(const char *call, const char *path) {
    const char *root = getenv("FAULT_ROOT");
    if (!root || strncmp(path, root, strlen(root))) return GO_ON;
    const char *wanted = getenv("FAULT_CALL"), *pattern = getenv("FAULT_PATH");
    int found = GO_ON;
    if (wanted && pattern && !strcmp(call, wanted) && !fnmatch(pattern, path, 0)) {
        int nth = number("FAULT_NTH"), error = number("FAULT_ERROR");
        int is_short = getenv("FAULT_SHORT") != NULL;
        count++;
        if (is_short && count == nth) found = SHORT;
        else if (error && count == nth + is_short) found = error;
        else if (error && count > nth + is_short && getenv("FAULT_ALL")) found = error;
    }
    note(call, path, found);
    return found;
}

static int at_path(const char *call, int folder, const char *path) {
    if (!getenv("FAULT_ROOT")) return GO_ON;
    char start[PATH_MAX] = "", whole[2 * PATH_MAX];
    if (path[0] == '/') return verdict(call, path);
    if (folder == AT_FDCWD) {
        if (!getcwd(start, sizeof start)) return GO_ON;
    } else {
        char link[64];
        snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
        if (readlink(link, start, sizeof start - 1) < 0) return GO_ON;
    }
    snprintf(whole, sizeof whole, "%s/%s", start, path);
    return verdict(call, whole);
}

static int at_file(const char *call, int fd) {
    if (!getenv("FAULT_ROOT")) return GO_ON;
    char link[64], path[PATH_MAX] = "";
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY) return GO_ON;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    if (readlink(link, path, sizeof path - 1) < 0) return GO_ON;
    return verdict(call, path);
}

#define REAL(type, name, ...) \
    static type (*real)(__VA_ARGS__); \
    if (!real) real = (type (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)
#define REFUSE(found) \
    do { int error = (found); if (error > 0) { errno = error; return -1; } } while (0)
#define HALF(size, found) ((found) == SHORT && (size) > 1 ? (size) / 2 : (size))

#define WRITES(flags) (((flags) & O_ACCMODE) != O_RDONLY || ((flags) & O_CREAT))
#define MODE(flags) \
    mode_t mode = 0; \
    if ((flags) & (O_CREAT | __O_TMPFILE)) { \
        va_list rest; va_start(rest, flags); mode = va_arg(rest, mode_t); va_end(rest); \
    }

#define OPEN(name) \
    int name(const char *path, int flags, ...) { \
        MODE(flags) \
        REAL(int, #name, const char *, int, ...); \
        if (WRITES(flags)) REFUSE(at_path("open", AT_FDCWD, path)); \
        return real(path, flags, mode); \
    }
#define OPENAT(name) \
    int name(int folder, const char *path, int flags, ...) { \
        MODE(flags) \
        REAL(int, #name, int, const char *, int, ...); \
        if (WRITES(flags)) REFUSE(at_path("open", folder, path)); \
        return real(folder, path, flags, mode); \
    }
OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)

#define FOPEN(name) \
    FILE *name(const char *path, const char *mode) { \
        REAL(FILE *, #name, const char *, const char *); \
        if (mode[0] != 'r' || strchr(mode, '+')) { \
            int found = at_path("open", AT_FDCWD, path); \
            if (found > 0) { errno = found; return NULL; } \
        } \
        return real(path, mode); \
    }
FOPEN(fopen)
FOPEN(fopen64)

ssize_t write(int fd, const void *data, size_t size) {
    REAL(ssize_t, "write", int, const void *, size_t);
    int found = at_file("write", fd);
    REFUSE(found);
    return real(fd, data, HALF(size, found));
}

#define PWRITE(name, offset_type) \
    ssize_t name(int fd, const void *data, size_t size, offset_type offset) { \
        REAL(ssize_t, #name, int, const void *, size_t, offset_type); \
        int found = at_file("write", fd); \
        REFUSE(found); \
        return real(fd, data, HALF(size, found), offset); \
    }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

ssize_t writev(int fd, const struct iovec *parts, int number_of_parts) {
    REAL(ssize_t, "writev", int, const struct iovec *, int);
    int found = at_file("write", fd);
    REFUSE(found);
    return real(fd, parts, found == SHORT ? 1 : number_of_parts);
}

#define SENDFILE(name, offset_type) \
    ssize_t name(int to, int from, offset_type *offset, size_t size) { \
        REAL(ssize_t, #name, int, int, offset_type *, size_t); \
        int found = at_file("write", to); \
        REFUSE(found); \
        return real(to, from, offset, HALF(size, found)); \
    }
SENDFILE(sendfile, off_t)
SENDFILE(sendfile64, off64_t)

#define ON_FILE(name, call) \
    int name(int fd) { \
        REAL(int, #name, int); \
        REFUSE(at_file(call, fd)); \
        return real(fd); \
    }
ON_FILE(fsync, "fsync")
ON_FILE(fdatasync, "fsync")

/* As on Linux, the file is closed even so. */
int close(int fd) {
    REAL(int, "close", int);
    int found = at_file("close", fd);
    int done = real(fd);
    REFUSE(found);
    return done;
}

#define FTRUNCATE(name, offset_type) \
    int name(int fd, offset_type size) { \
        REAL(int, #name, int, offset_type); \
        REFUSE(at_file("ftruncate", fd)); \
        return real(fd, size); \
    }
FTRUNCATE(ftruncate, off_t)
FTRUNCATE(ftruncate64, off64_t)

int mkdir(const char *path, mode_t mode) {
    REAL(int, "mkdir", const char *, mode_t);
    if (access(path, F_OK)) REFUSE(at_path("mkdir", AT_FDCWD, path));
    return real(path, mode);
}

int rename(const char *from, const char *to) {
    REAL(int, "rename", const char *, const char *);
    REFUSE(at_path("rename", AT_FDCWD, to));
    return real(from, to);
}

int renameat(int from_folder, const char *from, int to_folder, const char *to) {
    REAL(int, "renameat", int, const char *, int, const char *);
    REFUSE(at_path("rename", to_folder, to));
    return real(from_folder, from, to_folder, to);
}

#define REMOVE(name) \
    int name(const char *path) { \
        REAL(int, #name, const char *); \
        REFUSE(at_path("unlink", AT_FDCWD, path)); \
        return real(path); \
    }
REMOVE(unlink)
REMOVE(rmdir)

int unlinkat(int folder, const char *path, int flags) {
    REAL(int, "unlinkat", int, const char *, int);
    REFUSE(at_path("unlink", folder, path));
    return real(folder, path, flags);
}
