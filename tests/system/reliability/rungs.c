/* Every call of this process that makes something lasting below one folder, counted; and the one asked for fails, or
   waits. Loaded in front of the C library (LD_PRELOAD), so it sees Python, Arrow, DuckDB, SQLite, libxml2 and Rust
   alike.

   rungs_arm(folder, nth, mode, tell, hear) begins a count at 0; rungs_count() gives it. The modes, as in rungs.py:
     COUNT  the kind and the file of every call go to the descriptor tell, a line each
     FULL   from the nth call on there is no room (ENOSPC) for what needs room; when the nth is a write it still puts
            half of its bytes down, and who then comes with the other half finds none
     TELL   before every call the same goes there, and the call waits for one byte from hear

   One call at a time: what another thread does waits, so whoever looks while one waits sees a state that a kill at that
   call leaves. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { COUNT, FULL, TELL };

static pthread_mutex_t one = PTHREAD_MUTEX_INITIALIZER;
static char below[4096];
static long nth, count;
static int mode, tell = -1, hear = -1;

void rungs_arm(const char *folder, long at, int how, int to, int from)
{
    pthread_mutex_lock(&one);
    snprintf(below, sizeof below, "%s", folder);
    nth = at, mode = how, tell = to, hear = from, count = 0;
    pthread_mutex_unlock(&one);
}

long rungs_count(void) { return count; }

static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_read)(int, void *, size_t);

static __thread char touched_last[4096]; /* what this thread is about to touch */

static int is_below(const char *path)
{
    if (!below[0] || !path || strncmp(path, below, strlen(below))) return 0;
    snprintf(touched_last, sizeof touched_last, "%s", path);
    return 1;
}

static int is_open_below(int fd)
{
    char link[64], path[4096];
    if (!below[0]) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t size = readlink(link, path, sizeof path - 1);
    if (size < 0) return 0;
    path[size] = 0;
    return is_below(path);
}

/* Whether this call finds no room. Held from here until leave(). */
enum { GOES_ON, NO_ROOM, HALF };
static int enter(char kind)
{
    pthread_mutex_lock(&one);
    count++;
    if (mode != FULL && tell >= 0) {
        char line[4200];
        real_write(tell, line, snprintf(line, sizeof line, "%c %s\n", kind, touched_last));
    }
    if (mode == TELL) real_read(hear, &kind, 1);
    if (mode != FULL || count < nth) return GOES_ON;
    return count == nth && kind == 'w' ? HALF : NO_ROOM;
}
static void leave(void)
{
    int kept = errno;
    pthread_mutex_unlock(&one);
    errno = kept;
}

#define REAL(name) \
    static __typeof__(&name) real; \
    if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)
#define GUARD(touched, kind, call, none) \
    if (!(touched)) return call; \
    if (enter(kind) != GOES_ON) { leave(); errno = ENOSPC; return none; } \
    __typeof__(call) got = call; \
    leave(); \
    return got

__attribute__((constructor)) static void begin(void)
{
    real_write = (__typeof__(real_write))dlsym(RTLD_NEXT, "write");
    real_read = (__typeof__(real_read))dlsym(RTLD_NEXT, "read");
}

#define WRITES(name, args, given, half) \
    ssize_t name args \
    { \
        REAL(name); \
        if (!is_open_below(fd)) return real given; \
        int found = enter('w'); \
        ssize_t got = -1; \
        if (found == GOES_ON) got = real given; \
        else if (found == HALF && size > 1) got = half; \
        else errno = ENOSPC; \
        leave(); \
        return got; \
    }
WRITES(write, (int fd, const void *data, size_t size), (fd, data, size), real(fd, data, size / 2))
WRITES(pwrite, (int fd, const void *data, size_t size, off_t at), (fd, data, size, at), real(fd, data, size / 2, at))
WRITES(pwrite64, (int fd, const void *data, size_t size, off64_t at), (fd, data, size, at), real(fd, data, size / 2, at))
WRITES(writev, (int fd, const struct iovec *data, int size), (fd, data, size), real(fd, data, size / 2))
WRITES(pwritev, (int fd, const struct iovec *data, int size, off_t at), (fd, data, size, at), real(fd, data, size / 2, at))
WRITES(pwritev64, (int fd, const struct iovec *data, int size, off64_t at), (fd, data, size, at), real(fd, data, size / 2, at))
WRITES(copy_file_range, (int in, off64_t *from, int fd, off64_t *to, size_t size, unsigned flags), (in, from, fd, to, size, flags), real(in, from, fd, to, size / 2, flags))

ssize_t sendfile(int fd, int in, off_t *from, size_t size) { REAL(sendfile); GUARD(is_open_below(fd), 'w', real(fd, in, from, size), -1); }
ssize_t sendfile64(int fd, int in, off64_t *from, size_t size) { REAL(sendfile64); GUARD(is_open_below(fd), 'w', real(fd, in, from, size), -1); }
size_t fwrite(const void *data, size_t size, size_t items, FILE *file) { REAL(fwrite); GUARD(is_open_below(fileno(file)), 'w', real(data, size, items, file), 0); }
int fsync(int fd) { REAL(fsync); GUARD(is_open_below(fd), 's', real(fd), -1); }
int fdatasync(int fd) { REAL(fdatasync); GUARD(is_open_below(fd), 's', real(fd), -1); }
int rename(const char *old, const char *new) { REAL(rename); GUARD(is_below(new), 'r', real(old, new), -1); }
int renameat(int a, const char *old, int b, const char *new) { REAL(renameat); GUARD(is_below(new), 'r', real(a, old, b, new), -1); }
int renameat2(int a, const char *old, int b, const char *new, unsigned flags) { REAL(renameat2); GUARD(is_below(new), 'r', real(a, old, b, new, flags), -1); }
int link(const char *old, const char *new) { REAL(link); GUARD(is_below(new) && access(new, F_OK), 'l', real(old, new), -1); }
int linkat(int a, const char *old, int b, const char *new, int flags) { REAL(linkat); GUARD(is_below(new) && faccessat(b, new, F_OK, 0), 'l', real(a, old, b, new, flags), -1); }
int symlink(const char *to, const char *path) { REAL(symlink); GUARD(is_below(path), 'l', real(to, path), -1); }
int mkdir(const char *path, mode_t mode_) { REAL(mkdir); GUARD(is_below(path) && access(path, F_OK), 'm', real(path, mode_), -1); }
int mkdirat(int fd, const char *path, mode_t mode_) { REAL(mkdirat); GUARD(is_below(path) && faccessat(fd, path, F_OK, 0), 'm', real(fd, path, mode_), -1); }
int posix_fallocate(int fd, off_t at, off_t size) { REAL(posix_fallocate); GUARD(is_open_below(fd), 'a', real(fd, at, size), ENOSPC); }
int posix_fallocate64(int fd, off64_t at, off64_t size) { REAL(posix_fallocate64); GUARD(is_open_below(fd), 'a', real(fd, at, size), ENOSPC); }
int fallocate(int fd, int how, off_t at, off_t size) { REAL(fallocate); GUARD(is_open_below(fd), 'a', real(fd, how, at, size), -1); }
int fallocate64(int fd, int how, off64_t at, off64_t size) { REAL(fallocate64); GUARD(is_open_below(fd), 'a', real(fd, how, at, size), -1); }

/* What only gives room back or changes no size finds room always, and is a place to be killed at all the same. */
#define FREES(name, args, given, touched) \
    int name args \
    { \
        REAL(name); \
        if (mode != TELL || !(touched)) return real given; \
        enter('u'); \
        int got = real given; \
        leave(); \
        return got; \
    }
FREES(unlink, (const char *path), (path), is_below(path))
FREES(unlinkat, (int fd, const char *path, int flags), (fd, path, flags), is_below(path))
FREES(rmdir, (const char *path), (path), is_below(path))
FREES(ftruncate, (int fd, off_t size), (fd, size), is_open_below(fd))
FREES(ftruncate64, (int fd, off64_t size), (fd, size), is_open_below(fd))

static int makes(const char *path, int flags) { return (flags & O_CREAT) && is_below(path); }
#define OPENS(name, args, given, dir) \
    int name args \
    { \
        REAL(name); \
        mode_t mode_ = 0; \
        if (flags & (O_CREAT | __O_TMPFILE)) { va_list more; va_start(more, flags); mode_ = va_arg(more, mode_t); va_end(more); } \
        GUARD(makes(path, flags) && faccessat(dir, path, F_OK, 0), 'o', real given, -1); \
    }
OPENS(open, (const char *path, int flags, ...), (path, flags, mode_), AT_FDCWD)
OPENS(open64, (const char *path, int flags, ...), (path, flags, mode_), AT_FDCWD)
OPENS(openat, (int dir, const char *path, int flags, ...), (dir, path, flags, mode_), dir)
OPENS(openat64, (int dir, const char *path, int flags, ...), (dir, path, flags, mode_), dir)
int creat(const char *path, mode_t mode_) { REAL(creat); GUARD(is_below(path), 'o', real(path, mode_), -1); }
FILE *fopen(const char *path, const char *how) { REAL(fopen); GUARD(is_below(path) && how[0] != 'r', 'o', real(path, how), NULL); }
FILE *fopen64(const char *path, const char *how) { REAL(fopen64); GUARD(is_below(path) && how[0] != 'r', 'o', real(path, how), NULL); }
