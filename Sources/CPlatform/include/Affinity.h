// The processors a thread may run on; the calls are hidden from Swift behind _GNU_SOURCE.
#ifndef CPLATFORM_AFFINITY_H
#define CPLATFORM_AFFINITY_H
#include <stddef.h>
#include <stdint.h>

// Bit i of word w is processor 64 * w + i. Both act on the calling thread; 0 or an errno.
int portals_affinity_set(const uint64_t *words, size_t word_count);
int portals_affinity_get(uint64_t *words, size_t word_count);

// The processor that runs the calling thread now, or -1 where the kernel does not say.
int portals_current_processor(void);

// Names the calling thread for debuggers and /proc; longer names are cut to 15 bytes.
void portals_thread_name(const char *name);

#endif
