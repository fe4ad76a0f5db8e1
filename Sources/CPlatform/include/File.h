// File operations of the journal that Swift cannot name or would have to repeat at each call: they
// go on after signals and short writes, and return 0 or the errno.
#ifndef CPLATFORM_FILE_H
#define CPLATFORM_FILE_H
#include <stddef.h>
#include <stdint.h>

// Writes three buffers one after another from `offset` on, as one gathered write.
int portals_write_gathered(int descriptor, const void *head, size_t head_count, const void *body,
                           size_t body_count, const void *tail, size_t tail_count, int64_t offset);

// Reads until `count` bytes or the end of the file; `*read_count` says how many came.
int portals_read_at(int descriptor, void *buffer, size_t count, int64_t offset,
                    size_t *read_count);

// Reserves the blocks of `size` bytes and makes that the file's size, without writing zeros; only
// sets the size where the file system cannot reserve.
int portals_reserve(int descriptor, int64_t size);

// Sets `found` to where from `offset` on the file may hold something else than zeros; to -1 if
// nowhere. Where the file system can't tell that is `offset` itself.
int portals_next_data(int descriptor, int64_t offset, int64_t *found);

// fdatasync, repeated after signals only: after any other error the kernel has forgotten which
// pages it failed to write, and trying again would lie.
int portals_synchronize_data(int descriptor);

// Has the bytes of a range go to the disk, and waits until they are there; nothing is durable by
// it: neither the size nor the disk's own cache. The kernel tells an error of writing once, here or
// to fdatasync. Does nothing where the file system cannot do it.
int portals_write_back(int descriptor, int64_t offset, int64_t count);

// An exclusive lock of the open file, without waiting; EWOULDBLOCK when another one has it.
int portals_lock_exclusive(int descriptor);

#endif
