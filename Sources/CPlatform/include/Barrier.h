// A fence paid by the rare side alone: membarrier(2) makes every other thread of the process fence.
#ifndef CPLATFORM_BARRIER_H
#define CPLATFORM_BARRIER_H

// Registers the process; 1 when portals_barrier_heavy works from now on, 0 when it is refused.
int portals_barrier_register(void);

// Every running thread of the process passes a full memory fence before this returns; 0 or errno.
int portals_barrier_heavy(void);

// Keeps the compiler (not the processor) from moving memory accesses across this line.
static inline void portals_barrier_light(void) { __asm__ volatile("" ::: "memory"); }

#endif
