/* Preloaded into a server, makes the disk under one directory fail as disks do, at the border of the C library.
 *
 * DISKFAULT_CONTROL names a file that holds one line for each faulty directory: "MODE DIRECTORY". It is read again
 * every few milliseconds. Modes: hang (nothing returns until the line is gone), error (EIO), gone (ENOENT on names,
 * EIO on what is open), full (ENOSPC on writes), readonly (EROFS on writes), slow (5 s for each call), flip (one bit
 * of what is read is wrong), badread, badwrite, badsync (EIO, on calls of that kind only). A descriptor belongs to the
 * directory it was opened under, also after a rename.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { MODE_OK, MODE_HANG, MODE_ERROR, MODE_GONE, MODE_FULL, MODE_READONLY, MODE_SLOW, MODE_FLIP,
       MODE_BADREAD, MODE_BADWRITE, MODE_BADSYNC, MODES };
enum { DIRECTORIES_MAX = 8, DESCRIPTORS_MAX = 65536 };
enum kind { READS, WRITES, SYNCS, NAMES };

static const char *const kModeNames[] = {"ok", "hang", "error", "gone", "full", "readonly", "slow", "flip",
                                         "badread", "badwrite", "badsync"};
static char g_directory[DIRECTORIES_MAX][PATH_MAX];
static atomic_int g_mode[DIRECTORIES_MAX];
static atomic_int g_directories;
/* 1 + index of the directory that a descriptor was opened under; 0: none. */
static atomic_uchar g_owner[DESCRIPTORS_MAX];
static char g_control[PATH_MAX];
static char g_roots[PATH_MAX];

static void nap(long milliseconds) {
    struct timespec t = {milliseconds / 1000, (milliseconds % 1000) * 1000000L};
    syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &t, NULL);
}

static int find_directory(const char *name, int make) {
    int count = atomic_load(&g_directories);
    for (int i = 0; i < count; ++i)
        if (strcmp(g_directory[i], name) == 0) return i;
    if (!make || count == DIRECTORIES_MAX) return -1;
    snprintf(g_directory[count], PATH_MAX, "%s", name);
    atomic_store(&g_directories, count + 1);
    return count;
}

/* Raw system calls, so that watching the control file is not itself faulty. */
static void read_control(void) {
    char text[8192];
    int next[DIRECTORIES_MAX] = {0};
    long fd = syscall(SYS_openat, AT_FDCWD, g_control, O_RDONLY | O_CLOEXEC);
    long size = fd < 0 ? 0 : syscall(SYS_read, fd, text, sizeof text - 1);
    if (fd >= 0) syscall(SYS_close, fd);
    text[size < 0 ? 0 : size] = 0;
    char *rest = NULL;
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        char *space = strchr(line, ' ');
        if (!space) continue;
        *space = 0;
        int directory = find_directory(space + 1, 0);
        for (int m = 0; m < MODES && directory >= 0; ++m)
            if (strcmp(line, kModeNames[m]) == 0) next[directory] = m;
    }
    for (int i = 0; i < atomic_load(&g_directories); ++i) atomic_store(&g_mode[i], next[i]);
}

static void *watch(void *unused) {
    (void)unused;
    for (;;) {
        read_control();
        nap(5);
    }
    return NULL;
}

/* DISKFAULT_DIRECTORIES, separated by ':', are the ones that can be made faulty. */
__attribute__((constructor)) static void begin(void) {
    const char *control = getenv("DISKFAULT_CONTROL");
    const char *roots = getenv("DISKFAULT_DIRECTORIES");
    if (!control || !roots) return;
    snprintf(g_control, sizeof g_control, "%s", control);
    snprintf(g_roots, sizeof g_roots, "%s", roots);
    char *rest = NULL;
    for (char *name = strtok_r(g_roots, ":", &rest); name; name = strtok_r(NULL, ":", &rest)) find_directory(name, 1);
    read_control();
    pthread_t thread;
    pthread_create(&thread, NULL, watch, NULL);
    pthread_detach(thread);
}

static int owner_of_path(int at, const char *path) {
    int count = atomic_load(&g_directories);
    if (count == 0 || !path) return -1;
    char full[PATH_MAX * 2];
    if (path[0] != '/') {
        if (at != AT_FDCWD) {
            if (at >= 0 && at < DESCRIPTORS_MAX) return (int)atomic_load(&g_owner[at]) - 1;
            return -1;
        }
        if (!getcwd(full, PATH_MAX)) return -1;
        strcat(full, "/");
        strncat(full, path, PATH_MAX - 1);
        path = full;
    }
    for (int i = 0; i < count; ++i) {
        size_t length = strlen(g_directory[i]);
        if (strncmp(path, g_directory[i], length) == 0 && (path[length] == 0 || path[length] == '/')) return i;
    }
    return -1;
}

static int owner_of_fd(int fd) { return fd >= 0 && fd < DESCRIPTORS_MAX ? (int)atomic_load(&g_owner[fd]) - 1 : -1; }

/* Returns the errno to fail with, or 0 to go on. */
static int trouble(int owner, enum kind kind) {
    if (owner < 0) return 0;
    int mode = atomic_load(&g_mode[owner]);
    if (mode == MODE_SLOW) nap(5000);
    while (mode == MODE_HANG) {
        nap(5);
        mode = atomic_load(&g_mode[owner]);
    }
    switch (mode) {
        case MODE_ERROR: return EIO;
        case MODE_GONE: return kind == NAMES ? ENOENT : EIO;
        case MODE_FULL: return kind == WRITES || kind == SYNCS ? ENOSPC : 0;
        case MODE_READONLY: return kind == WRITES || kind == SYNCS ? EROFS : 0;
        case MODE_BADREAD: return kind == READS ? EIO : 0;
        case MODE_BADWRITE: return kind == WRITES ? EIO : 0;
        case MODE_BADSYNC: return kind == SYNCS ? EIO : 0;
        default: return 0;
    }
}

static int flips(int owner) { return owner >= 0 && atomic_load(&g_mode[owner]) == MODE_FLIP; }

#define NEXT(name) \
    static __typeof__(&name) next; \
    if (!next) next = (__typeof__(&name))dlsym(RTLD_NEXT, #name)
#define FAIL_IF(owner, kind, value) \
    do { \
        int wrong = trouble(owner, kind); \
        if (wrong) { \
            errno = wrong; \
            return value; \
        } \
    } while (0)

static int note(int fd, int owner) {
    if (fd >= 0 && fd < DESCRIPTORS_MAX) atomic_store(&g_owner[fd], (unsigned char)(owner + 1));
    return fd;
}

#define OPEN_KIND(flags) ((flags) & (O_CREAT | O_TRUNC) ? WRITES : NAMES)
#define MODE_ARGUMENT \
    va_list list; \
    va_start(list, flags); \
    mode_t mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(list, mode_t) : 0; \
    va_end(list)

#define DEFINE_OPEN(name) \
    int name(const char *path, int flags, ...) { \
        NEXT(name); \
        MODE_ARGUMENT; \
        int owner = owner_of_path(AT_FDCWD, path); \
        FAIL_IF(owner, OPEN_KIND(flags), -1); \
        return note(next(path, flags, mode), owner); \
    }
DEFINE_OPEN(open)
DEFINE_OPEN(open64)

#define DEFINE_OPENAT(name) \
    int name(int at, const char *path, int flags, ...) { \
        NEXT(name); \
        MODE_ARGUMENT; \
        int owner = owner_of_path(at, path); \
        FAIL_IF(owner, OPEN_KIND(flags), -1); \
        return note(next(at, path, flags, mode), owner); \
    }
DEFINE_OPENAT(openat)
DEFINE_OPENAT(openat64)

#define DEFINE_FOPEN(name) \
    FILE *name(const char *path, const char *how) { \
        NEXT(name); \
        int owner = owner_of_path(AT_FDCWD, path); \
        FAIL_IF(owner, how[0] == 'r' ? NAMES : WRITES, NULL); \
        FILE *file = next(path, how); \
        if (file) note(fileno(file), owner); \
        return file; \
    }
DEFINE_FOPEN(fopen)
DEFINE_FOPEN(fopen64)

int close(int fd) {
    NEXT(close);
    if (fd >= 0 && fd < DESCRIPTORS_MAX) atomic_store(&g_owner[fd], 0);
    return next(fd);
}

static ssize_t spoil(int owner, ssize_t size, void *buffer) {
    if (size > 0 && flips(owner)) ((unsigned char *)buffer)[size / 2] ^= 0x10;
    return size;
}

ssize_t read(int fd, void *buffer, size_t size) {
    NEXT(read);
    int owner = owner_of_fd(fd);
    FAIL_IF(owner, READS, -1);
    return spoil(owner, next(fd, buffer, size), buffer);
}

#define DEFINE_PREAD(name, offset_type) \
    ssize_t name(int fd, void *buffer, size_t size, offset_type offset) { \
        NEXT(name); \
        int owner = owner_of_fd(fd); \
        FAIL_IF(owner, READS, -1); \
        return spoil(owner, next(fd, buffer, size, offset), buffer); \
    }
DEFINE_PREAD(pread, off_t)
DEFINE_PREAD(pread64, off64_t)

#define DEFINE_PREADV(name, offset_type) \
    ssize_t name(int fd, const struct iovec *vector, int count, offset_type offset) { \
        NEXT(name); \
        int owner = owner_of_fd(fd); \
        FAIL_IF(owner, READS, -1); \
        ssize_t size = next(fd, vector, count, offset); \
        if (size > 0 && count > 0 && (size_t)size >= vector[0].iov_len) \
            spoil(owner, (ssize_t)vector[0].iov_len, vector[0].iov_base); \
        return size; \
    }
DEFINE_PREADV(preadv, off_t)
DEFINE_PREADV(preadv64, off64_t)

ssize_t write(int fd, const void *buffer, size_t size) {
    NEXT(write);
    FAIL_IF(owner_of_fd(fd), WRITES, -1);
    return next(fd, buffer, size);
}

#define DEFINE_PWRITE(name, offset_type) \
    ssize_t name(int fd, const void *buffer, size_t size, offset_type offset) { \
        NEXT(name); \
        FAIL_IF(owner_of_fd(fd), WRITES, -1); \
        return next(fd, buffer, size, offset); \
    }
DEFINE_PWRITE(pwrite, off_t)
DEFINE_PWRITE(pwrite64, off64_t)

#define DEFINE_PWRITEV(name, offset_type) \
    ssize_t name(int fd, const struct iovec *vector, int count, offset_type offset) { \
        NEXT(name); \
        FAIL_IF(owner_of_fd(fd), WRITES, -1); \
        return next(fd, vector, count, offset); \
    }
DEFINE_PWRITEV(pwritev, off_t)
DEFINE_PWRITEV(pwritev64, off64_t)

ssize_t writev(int fd, const struct iovec *vector, int count) {
    NEXT(writev);
    FAIL_IF(owner_of_fd(fd), WRITES, -1);
    return next(fd, vector, count);
}

#define DEFINE_ON_FD(name, kind) \
    int name(int fd) { \
        NEXT(name); \
        FAIL_IF(owner_of_fd(fd), kind, -1); \
        return next(fd); \
    }
DEFINE_ON_FD(fsync, SYNCS)
DEFINE_ON_FD(fdatasync, SYNCS)
DEFINE_ON_FD(syncfs, SYNCS)

#define DEFINE_TRUNCATE(name, offset_type) \
    int name(int fd, offset_type size) { \
        NEXT(name); \
        FAIL_IF(owner_of_fd(fd), WRITES, -1); \
        return next(fd, size); \
    }
DEFINE_TRUNCATE(ftruncate, off_t)
DEFINE_TRUNCATE(ftruncate64, off64_t)

int fallocate(int fd, int how, off_t offset, off_t size) {
    NEXT(fallocate);
    FAIL_IF(owner_of_fd(fd), WRITES, -1);
    return next(fd, how, offset, size);
}

int posix_fallocate(int fd, off_t offset, off_t size) {
    NEXT(posix_fallocate);
    int wrong = trouble(owner_of_fd(fd), WRITES);
    return wrong ? wrong : next(fd, offset, size);
}

int fstat(int fd, struct stat *out) {
    NEXT(fstat);
    FAIL_IF(owner_of_fd(fd), READS, -1);
    return next(fd, out);
}

int stat(const char *path, struct stat *out) {
    NEXT(stat);
    FAIL_IF(owner_of_path(AT_FDCWD, path), NAMES, -1);
    return next(path, out);
}

int access(const char *path, int how) {
    NEXT(access);
    FAIL_IF(owner_of_path(AT_FDCWD, path), NAMES, -1);
    return next(path, how);
}

int mkdir(const char *path, mode_t mode) {
    NEXT(mkdir);
    FAIL_IF(owner_of_path(AT_FDCWD, path), WRITES, -1);
    return next(path, mode);
}

int unlink(const char *path) {
    NEXT(unlink);
    FAIL_IF(owner_of_path(AT_FDCWD, path), WRITES, -1);
    return next(path);
}

int rename(const char *from, const char *to) {
    NEXT(rename);
    FAIL_IF(owner_of_path(AT_FDCWD, from), WRITES, -1);
    return next(from, to);
}

DIR *opendir(const char *path) {
    NEXT(opendir);
    FAIL_IF(owner_of_path(AT_FDCWD, path), NAMES, NULL);
    return next(path);
}
