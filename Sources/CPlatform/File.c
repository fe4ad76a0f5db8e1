// File operations of the journal: gathered writes, reservation of blocks, locks.
#if defined(__linux__)
#define _GNU_SOURCE
#include "File.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/uio.h>
#include <unistd.h>

int portals_write_gathered(int descriptor, const void *head, size_t head_count, const void *body,
                           size_t body_count, const void *tail, size_t tail_count,
                           int64_t offset) {
    struct iovec parts[3] = {{(void *)head, head_count},
                             {(void *)body, body_count},
                             {(void *)tail, tail_count}};
    int first = 0;
    while (first < 3) {
        if (parts[first].iov_len == 0) {
            first++;
            continue;
        }
        ssize_t written = pwritev(descriptor, parts + first, 3 - first, offset);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return errno;
        // A write of nothing that is no error would repeat for ever.
        if (written == 0) return EIO;
        offset += written;
        size_t left = (size_t)written;
        while (first < 3 && left >= parts[first].iov_len) left -= parts[first++].iov_len;
        if (first < 3) {
            parts[first].iov_base = (char *)parts[first].iov_base + left;
            parts[first].iov_len -= left;
        }
    }
    return 0;
}

int portals_read_at(int descriptor, void *buffer, size_t count, int64_t offset,
                    size_t *read_count) {
    *read_count = 0;
    while (*read_count < count) {
        ssize_t got = pread(descriptor, (char *)buffer + *read_count, count - *read_count,
                            offset + (int64_t)*read_count);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return errno;
        if (got == 0) return 0;
        *read_count += (size_t)got;
    }
    return 0;
}

int portals_reserve(int descriptor, int64_t size) {
    if (size == 0) return 0;
    int result;
    do {
        result = fallocate(descriptor, 0, 0, size);
    } while (result < 0 && errno == EINTR);
    if (result == 0) return 0;
    if (errno != EOPNOTSUPP) return errno;
    return ftruncate(descriptor, size) < 0 ? errno : 0;
}

int portals_next_data(int descriptor, int64_t offset, int64_t *found) {
    off_t place = lseek(descriptor, offset, SEEK_DATA);
    *found = place;
    if (place >= 0) return 0;
    // No data up to the end, or an offset that is behind it.
    if (errno == ENXIO) return 0;
    *found = offset;
    return errno == EINVAL || errno == EOPNOTSUPP ? 0 : errno;
}

int portals_synchronize_data(int descriptor) {
    int result;
    do {
        result = fdatasync(descriptor);
    } while (result < 0 && errno == EINTR);
    return result < 0 ? errno : 0;
}

int portals_write_back(int descriptor, int64_t offset, int64_t count) {
    int result;
    do {
        result = sync_file_range(descriptor, offset, count,
                                 SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE |
                                     SYNC_FILE_RANGE_WAIT_AFTER);
    } while (result < 0 && errno == EINTR);
    if (result == 0 || errno == EINVAL || errno == ENOSYS || errno == ESPIPE) return 0;
    return errno;
}

int portals_lock_exclusive(int descriptor) {
    int result;
    do {
        result = flock(descriptor, LOCK_EX | LOCK_NB);
    } while (result < 0 && errno == EINTR);
    return result < 0 ? errno : 0;
}
#endif
