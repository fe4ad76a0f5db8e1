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

// Asks for the line of `address`, to be written soon. Any address may be given: none faults.
static inline void portals_prefetch(const void *address) { __builtin_prefetch(address, 1, 3); }

#endif
