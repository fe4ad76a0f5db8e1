// Transcribed from RingProducer.swift, line by line: after `//|` stands the Swift line, below it
// the C++. scripts/test-ring-model compares the Swift lines with the Swift file.
#pragma once
#include "RingLayout.hpp"

//| public struct RingProducer<Element: BitwiseCopyable>: ~Copyable {
struct RingProducer {
    //| @usableFromInline let base: UnsafeMutableRawPointer
    Block* base;
    //| @usableFromInline let mask: UInt64
    Index mask;
    //| @usableFromInline var tail: UInt64
    Index tail;
    //| @usableFromInline var headSeen: UInt64
    Index headSeen;

    //| init(base: UnsafeMutableRawPointer, mask: UInt64, firstIndex: UInt64) {
    RingProducer(Block* base, Index mask, Index firstIndex)
        //| unsafe self.base = unsafe base
        : base(base),
          //| self.mask = mask
          mask(mask),
          //| tail = firstIndex
          tail(firstIndex),
          //| headSeen = firstIndex
          headSeen(firstIndex) {}

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

    //| mutating func refreshHead() {
    void refreshHead() {
        //| headSeen = unsafe sharedHead.pointee.load(ordering: .acquiring)
        headSeen = sharedHead()($).load(acquiring<PRODUCER_REFRESH_HEAD>());
    }

    //| public var capacity: Int { Int(truncatingIfNeeded: mask) + 1 }
    Index capacity() { return mask + 1; }

    //| public var hasRoom: Bool {
    //| @inline(__always) mutating get {
    bool hasRoom() {
        //| if tail &- headSeen <= mask { return true }
        if (tail - headSeen <= mask) return true;
        //| refreshHead()
        refreshHead();
        //| return tail &- headSeen <= mask
        return tail - headSeen <= mask;
    }

    //| public var isEmpty: Bool {
    //| mutating get {
    bool isEmpty() {
        //| refreshHead()
        refreshHead();
        //| return tail == headSeen
        return tail == headSeen;
    }

    //| public mutating func tryPush(_ item: Element) -> Bool {
    bool tryPush(unsigned item) {
        //| guard stage(item) else { return false }
        if (!stage(item)) return false;
        //| publish()
        publish();
        //| return true
        return true;
    }

    //| public mutating func push(contentsOf items: UnsafeBufferPointer<Element>) -> Int {
    Index push(unsigned const* items, Index wanted) {
        //| let count = unsafe stage(contentsOf: items)
        Index count = stage(items, wanted);
        //| if count > 0 { publish() }
        if (count > 0) publish();
        //| return count
        return count;
    }

    //| public mutating func stage(_ item: Element) -> Bool {
    bool stage(unsigned item) {
        //| guard hasRoom else { return false }
        if (!hasRoom()) return false;
        //| unsafe slots[Int(truncatingIfNeeded: tail & mask)] = item
        slots()[tail & mask]($) = item;
        //| tail &+= 1
        tail += 1;
        //| return true
        return true;
    }

    //| mutating func amendLast(_ change: (inout Element) -> Void) {
    template <typename Change> void amendLast(Change change) {
        //| unsafe change(&slots[Int(truncatingIfNeeded: (tail &- 1) & mask)])
        slots()[(tail - 1) & mask]($) = change(slots()[(tail - 1) & mask]($));
    }

    //| public mutating func stage(contentsOf items: UnsafeBufferPointer<Element>) -> Int {
    //| let wanted = items.count
    Index stage(unsigned const* source, Index wanted) {
        //| guard wanted > 0, let source = items.baseAddress else { return 0 }
        if (wanted == 0) return 0;
        //| var room = capacity &- Int(truncatingIfNeeded: tail &- headSeen)
        Index room = capacity() - (tail - headSeen);
        //| if room < wanted {
        if (room < wanted) {
            //| refreshHead()
            refreshHead();
            //| room = capacity &- Int(truncatingIfNeeded: tail &- headSeen)
            room = capacity() - (tail - headSeen);
            //| if room == 0 { return 0 }
            if (room == 0) return 0;
        }
        //| let count = min(wanted, room)
        Index count = wanted < room ? wanted : room;
        //| let start = Int(truncatingIfNeeded: tail & mask)
        Index start = tail & mask;
        //| let untilEnd = min(count, capacity &- start)
        Index untilEnd = count < capacity() - start ? count : capacity() - start;
        //| unsafe (slots + start).update(from: source, count: untilEnd)
        for (Index i = 0; i < untilEnd; ++i) slots()[start + i]($) = source[i];
        //| if untilEnd < count {
        //| unsafe slots.update(from: source + untilEnd, count: count &- untilEnd)
        for (Index i = untilEnd; i < count; ++i) slots()[i - untilEnd]($) = source[i];
        //| tail &+= UInt64(truncatingIfNeeded: count)
        tail += count;
        //| return count
        return count;
    }

    //| public mutating func publish() {
    void publish() {
        //| unsafe sharedTail.pointee.store(tail, ordering: .releasing)
        sharedTail()($).store(tail, releasing<PRODUCER_PUBLISH>());
    }
};
