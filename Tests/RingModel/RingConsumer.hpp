// Transcribed from RingConsumer.swift, line by line: after `//|` stands the Swift line, below it
// the C++. scripts/test-ring-model compares the Swift lines with the Swift file.
#pragma once
#include "RingLayout.hpp"

//| public struct RingConsumer<Element: BitwiseCopyable>: ~Copyable {
struct RingConsumer {
    //| @usableFromInline let base: UnsafeMutableRawPointer
    Block* base;
    //| @usableFromInline let mask: UInt64
    Index mask;
    //| @usableFromInline var head: UInt64
    Index head;
    //| @usableFromInline var tailSeen: UInt64
    Index tailSeen;

    //| init(base: UnsafeMutableRawPointer, mask: UInt64, firstIndex: UInt64) {
    RingConsumer(Block* base, Index mask, Index firstIndex)
        //| unsafe self.base = unsafe base
        : base(base),
          //| self.mask = mask
          mask(mask),
          //| head = firstIndex
          head(firstIndex),
          //| tailSeen = firstIndex
          tailSeen(firstIndex) {}

    //| deinit { unsafe RingLayout.release(base) }
    // Called by the thread's end: Relacy throws through destructors when it has found something.
    void end() { releaseHandle(base); }

    //| var sharedTail: UnsafeMutablePointer<Atomic<UInt64>> {
    //| unsafe (base + RingLayout.tailOffset).assumingMemoryBound(to: Atomic<UInt64>.self)
    rl::atomic<Index>& sharedTail() { return base->tail; }

    //| var sharedHead: UnsafeMutablePointer<Atomic<UInt64>> {
    //| unsafe (base + RingLayout.headOffset).assumingMemoryBound(to: Atomic<UInt64>.self)
    rl::atomic<Index>& sharedHead() { return base->head; }

    //| var slots: UnsafeMutablePointer<Element> {
    //| unsafe (base + RingLayout.slotsOffset(of: Element.self))
    //| .assumingMemoryBound(to: Element.self)
    Slot* slots() { return base->slots; }

    //| mutating func refreshTail() {
    void refreshTail() {
        //| tailSeen = unsafe sharedTail.pointee.load(ordering: .acquiring)
        tailSeen = sharedTail()($).load(acquiring<CONSUMER_REFRESH_TAIL>());
    }

    //| mutating func release(_ count: Int) {
    void release(Index count) {
        //| head &+= UInt64(truncatingIfNeeded: count)
        head += count;
        //| unsafe sharedHead.pointee.store(head, ordering: .releasing)
        sharedHead()($).store(head, releasing<CONSUMER_RELEASE>());
    }

    //| mutating func ready(max: Int) -> Int {
    Index ready(Index max) {
        //| var known = Int(truncatingIfNeeded: tailSeen &- head)
        Index known = tailSeen - head;
        //| if known < max {
        if (known < max) {
            //| refreshTail()
            refreshTail();
            //| known = Int(truncatingIfNeeded: tailSeen &- head)
            known = tailSeen - head;
        }
        //| return min(known, max)
        return known < max ? known : max;
    }

    //| public var capacity: Int { Int(truncatingIfNeeded: mask) + 1 }
    Index capacity() { return mask + 1; }

    //| public var hasItems: Bool {
    //| @inline(__always) mutating get {
    bool hasItems() {
        //| if head != tailSeen { return true }
        if (head != tailSeen) return true;
        //| refreshTail()
        refreshTail();
        //| return head != tailSeen
        return head != tailSeen;
    }

    //| public var isEmpty: Bool {
    //| @inline(__always) mutating get { !hasItems }
    bool isEmpty() { return !hasItems(); }

    //| public var count: Int {
    //| mutating get { ready(max: .max) }
    Index count() { return ready(~Index(0)); }

    //| public mutating func tryPop() -> Element? {
    bool tryPop(unsigned& taken) {
        //| guard hasItems else { return nil }
        if (!hasItems()) return false;
        //| let item = unsafe slots[Int(truncatingIfNeeded: head & mask)]
        unsigned item = slots()[head & mask]($);
        //| release(1)
        release(1);
        //| return item
        taken = item;
        return true;
    }

    //| public mutating func popAll(max: Int = .max, _ body: (Element) -> Void) -> Int {
    template <typename Body>
    Index popAll(Index max, Body body) {
        //| let count = ready(max: max)
        Index count = ready(max);
        //| guard count > 0 else { return 0 }
        if (count == 0) return 0;
        //| let start = Int(truncatingIfNeeded: head & mask)
        Index start = head & mask;
        //| let untilEnd = min(count, capacity &- start)
        Index untilEnd = count < capacity() - start ? count : capacity() - start;
        //| let slots = unsafe self.slots
        Slot* slots = this->slots();
        //| var index = 0
        Index index = 0;
        //| while index < untilEnd {
        while (index < untilEnd) {
            //| body(unsafe slots[start &+ index])
            body(slots[start + index]($));
            //| index &+= 1
            index += 1;
        }
        //| while index < count {
        while (index < count) {
            //| body(unsafe slots[index &- untilEnd])
            body(slots[index - untilEnd]($));
            //| index &+= 1
            index += 1;
        }
        //| release(count)
        release(count);
        //| return count
        return count;
    }

    //| public mutating func pop(into buffer: UnsafeMutableBufferPointer<Element>) -> Int {
    //| guard let target = buffer.baseAddress else { return 0 }
    Index pop(unsigned* target, Index targetCount) {
        //| let count = ready(max: buffer.count)
        Index count = ready(targetCount);
        //| guard count > 0 else { return 0 }
        if (count == 0) return 0;
        //| let start = Int(truncatingIfNeeded: head & mask)
        Index start = head & mask;
        //| let untilEnd = min(count, capacity &- start)
        Index untilEnd = count < capacity() - start ? count : capacity() - start;
        //| unsafe target.update(from: slots + start, count: untilEnd)
        for (Index i = 0; i < untilEnd; ++i) target[i] = slots()[start + i]($);
        //| if untilEnd < count {
        //| unsafe (target + untilEnd).update(from: slots, count: count &- untilEnd)
        for (Index i = untilEnd; i < count; ++i) target[i] = slots()[i - untilEnd]($);
        //| release(count)
        release(count);
        //| return count
        return count;
    }
};
