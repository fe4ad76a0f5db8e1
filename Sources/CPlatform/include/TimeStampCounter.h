// The counter of the processor that ticks at a fixed rate, and whether there is one.
#ifndef CPLATFORM_TIME_STAMP_COUNTER_H
#define CPLATFORM_TIME_STAMP_COUNTER_H
#include <stdint.h>

static inline uint64_t portals_time_stamp_counter(void) {
#if defined(__x86_64__)
    return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
    uint64_t ticks;
    __asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
    return ticks;
#else
    return 0;
#endif
}

#endif
