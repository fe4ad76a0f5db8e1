// Waiting in the kernel until a 32-bit word changes (futex(2)), for threads of one process.
#ifndef CPLATFORM_FUTEX_H
#define CPLATFORM_FUTEX_H
#include <stdint.h>

// Sleeps while *word == expected, at most `timeout_nanoseconds` (negative: without end).
// 0 when woken, else EAGAIN (the word differed), EINTR or ETIMEDOUT.
int portals_futex_wait(const void *word, uint32_t expected, int64_t timeout_nanoseconds);

// Wakes at most `count` sleepers on `word`.
void portals_futex_wake(const void *word, int count);

#endif
