// Transcribed from RingLayout.swift: the block that two handles share, and how the last one frees
// it. After `//|` stands the Swift line, below it the C++; scripts/test-ring-model compares the
// Swift lines with the Swift file.
#pragma once
#include "Orders.hpp"

typedef unsigned long long Index;
// Every slot is one variable whose unordered accesses Relacy reports as a data race.
typedef rl::var<unsigned> Slot;
// The largest ring modelled: what a race needs fits into two slots.
unsigned const SLOTS_MAX = 2;

// The bytes of a ring. Distances between the lines matter for speed only and are left out.
struct Block {
    rl::atomic<Index> tail;
    rl::atomic<Index> head;
    rl::atomic<unsigned> handlesLeft;
    Slot slots[SLOTS_MAX];
};

// As RingLayout.make and RingControl's initial value; before the threads start, so nothing orders.
inline Block* makeBlock(Index firstIndex) {
    Block* base = new ($) Block;
    base->tail($).store(firstIndex, rl::mo_relaxed);
    base->head($).store(firstIndex, rl::mo_relaxed);
    base->handlesLeft($).store(2, rl::mo_relaxed);
    return base;
}

// Memory that went back belongs to the next who asks, and that one writes it.
inline void deallocate(Block* base) {
    for (unsigned index = 0; index < SLOTS_MAX; ++index) base->slots[index]($) = ~0u;
    rl::delete_impl(base, $);
}

//| static func release(_ base: UnsafeMutableRawPointer) {
inline void releaseHandle(Block* base) {
    //| let control = unsafe (base + controlOffset).assumingMemoryBound(to: RingControl.self)
    //| let left = unsafe control.pointee.handlesLeft
    //| .subtract(1, ordering: .acquiringAndReleasing).newValue
    unsigned left = base->handlesLeft($).fetch_sub(
                        1, acquiringAndReleasing<HANDLES_RELEASE, HANDLES_ACQUIRE>())
                    - 1;
    //| guard left == 0 else { return }
    if (left != 0) return;
    //| let memory = unsafe control.pointee.memory
    //| let byteCount = unsafe control.pointee.byteCount
    //| unsafe control.deinitialize(count: 1)
    //| unsafe memory.deallocate(base, byteCount)
    deallocate(base);
}
