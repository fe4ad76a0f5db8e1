// Instructions of the processor that Swift has no name for.
#ifndef CPLATFORM_PROCESSOR_H
#define CPLATFORM_PROCESSOR_H

// Tells the core that this is a spin loop: saves power, and the memory-order flush at its end.
static inline void portals_pause(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("isb" ::: "memory");
#endif
}

#endif
