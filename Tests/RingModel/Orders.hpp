// The memory orders of the ring under Swift's names, and the switch that weakens one of them: what
// is left of an order when one guarantee is gone.
#pragma once
#include <relacy/relacy.hpp>

// The place whose order is weakened in this run, or 0; set by main before the first thread.
inline int weakened = 0;

// A place where the ring orders memory, and what its order becomes when it is weakened.
enum Place {
    PRODUCER_REFRESH_HEAD = 1,  // acquiring -> relaxed
    PRODUCER_PUBLISH = 2,       // releasing -> relaxed
    CONSUMER_REFRESH_TAIL = 3,  // acquiring -> relaxed
    CONSUMER_RELEASE = 4,       // releasing -> relaxed
    HANDLES_RELEASE = 5,        // acquiringAndReleasing -> acquiring
    HANDLES_ACQUIRE = 6,        // acquiringAndReleasing -> releasing
};

template <Place place>
rl::memory_order acquiring() {
    return place == weakened ? rl::mo_relaxed : rl::mo_acquire;
}

template <Place place>
rl::memory_order releasing() {
    return place == weakened ? rl::mo_relaxed : rl::mo_release;
}

template <Place release, Place acquire>
rl::memory_order acquiringAndReleasing() {
    return release == weakened   ? rl::mo_acquire
           : acquire == weakened ? rl::mo_release
                                 : rl::mo_acq_rel;
}
