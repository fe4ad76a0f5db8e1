// The ring between two threads, at the capacities where races are likeliest; also run under the
// thread sanitizer: `swift test -c release --sanitize=thread --filter RingStress`. In release mode,
// because only there is the ring specialised: a debug build copies items inside the runtime, which
// the sanitizer does not see (a relaxed store of the tail went unnoticed there, and gave 12 reports
// here).
//
// Forbidden outcomes, each checked:
// 1. an item is lost, comes twice or out of order   → items are numbered, the consumer expects each
//   2. an item is torn or stale                        → its second word is a function of the first
//   3. staged items are seen before their publication  → pairs are published; counts seen are even
//   4. the ring shows more items than its capacity     → checked at each batch
// 5. the block is freed early, twice or never        → counted memory; the sanitizer sees the rest
import Foundation
import PortalsCore
import Testing

@Suite("RingStress", .serialized)
struct RingStressTests {
    struct Item: BitwiseCopyable, Sendable {
        var number: UInt64
        var check: UInt64
        init(_ number: UInt64) {
            self.number = number
            check = number &* 0x9E37_79B9_7F4A_7C15
        }
        var isWhole: Bool { check == number &* 0x9E37_79B9_7F4A_7C15 }
    }

    enum Form: CaseIterable { case oneByOne, batches, stagedPairs, mixed }

    /// One end of a ring on its way to a thread.
    ///
    /// Unchecked: filled before the thread starts, emptied by it, read by nobody between.
    final class Passed<End: ~Copyable>: @unchecked Sendable {
        private var end: End?
        init(_ end: consuming End) { self.end = consume end }
        func take() -> End { end.take()! }
    }

    @Test(
        "two threads never see a forbidden outcome",
        arguments: [1, 2, 4, 64], Form.allCases)
    func twoThreads(capacity: Int, form: Form) {
        // Pairs need room for two.
        guard !(form == .stagedPairs && capacity < 2) else { return }
        let total: UInt64 = 60_000
        let memory = CountedMemory()
        let failures = Failures()
        do {
            let ring = SPSCRing<Item>(
                capacity: capacity, memory: memory.source, firstIndex: UInt64.max - 1000)
            let producerEnd = Passed(ring.producer)
            let consumerEnd = Passed(ring.consumer)
            let finished = DispatchSemaphore(value: 0)
            Thread.detachNewThread {
                do {
                    var producer = producerEnd.take()
                    Self.produce(total, into: &producer, form)
                }
                finished.signal()
            }
            Thread.detachNewThread {
                do {
                    var consumer = consumerEnd.take()
                    Self.consume(total, from: &consumer, form, failures)
                }
                finished.signal()
            }
            finished.wait()
            finished.wait()
        }
        #expect(failures.list == [])
        #expect(memory.blocksOut == 0)
    }

    // Unchecked: written by the consuming thread, read after it has finished.
    final class Failures: @unchecked Sendable {
        var list: [String] = []
    }

    static func produce(_ total: UInt64, into producer: inout RingProducer<Item>, _ form: Form) {
        var next: UInt64 = 0
        var batch: [Item] = []
        var turn = 0
        while next < total {
            turn += 1
            let way = form == .mixed ? [Form.oneByOne, .batches, .stagedPairs][turn % 3] : form
            switch way {
            case .oneByOne, .mixed:
                if producer.tryPush(Item(next)) { next += 1 } else { sched_yield() }
            case .batches:
                batch.removeAll(keepingCapacity: true)
                let count = min(UInt64(1 + turn % 5), total - next)
                for offset in 0..<count { batch.append(Item(next + offset)) }
                let pushed = unsafe batch.withUnsafeBufferPointer {
                    unsafe producer.push(contentsOf: $0)
                }
                next += UInt64(pushed)
                if pushed == 0 { sched_yield() }
            case .stagedPairs:
                var staged: UInt64 = 0
                while staged < 2 && next + staged < total {
                    if producer.stage(Item(next + staged)) {
                        staged += 1
                    } else if form == .mixed {
                        break
                    } else {
                        sched_yield()
                    }
                }
                producer.publish()
                next += staged
                if staged == 0 { sched_yield() }
            }
        }
    }

    static func consume(
        _ total: UInt64, from consumer: inout RingConsumer<Item>, _ form: Form,
        _ failures: Failures
    ) {
        var expected: UInt64 = 0
        var turn = 0
        let capacity = consumer.capacity
        let buffer = UnsafeMutableBufferPointer<Item>.allocate(capacity: 3)
        defer { unsafe buffer.deallocate() }
        func check(_ item: Item) {
            if item.number != expected {
                failures.list.append("expected item \(expected), got \(item.number)")
            }
            if !item.isWhole { failures.list.append("item \(item.number) is torn") }
            expected += 1
        }
        while expected < total && failures.list.isEmpty {
            turn += 1
            var taken = 0
            switch form == .stagedPairs ? 2 : turn % 3 {
            case 0:
                if let item = consumer.tryPop() {
                    check(item)
                    taken = 1
                }
            case 1:
                taken = unsafe consumer.pop(into: buffer)
                for index in 0..<taken { check(unsafe buffer[index]) }
            default:
                taken = consumer.popAll { check($0) }
                if taken > capacity { failures.list.append("saw \(taken) items at once") }
                if form == .stagedPairs && taken % 2 != 0 {
                    failures.list.append("saw \(taken) items, half a pair")
                }
            }
            if taken == 0 { sched_yield() }
        }
        if consumer.hasItems { failures.list.append("an item more than was sent") }
    }
}
