// The ring on one thread: every small world against an array, refusals, layout, ownership.
import PortalsCore
import Testing

@Suite("Ring")
struct RingTests {
    enum Push: CaseIterable { case oneByOne, batch, staged, stagedBatch }
    enum Pop: CaseIterable { case oneByOne, into, all }

    /// Starts on both sides of the wrap-around of the 64-bit indices, and at each slot.
    static let firstIndices: [UInt64] =
        Array(0..<8) + (0..<8).map { UInt64.max - $0 } + [1 << 63, (1 << 32) - 1]

    @Test(
        "every small world behaves as a bounded queue",
        arguments: [1, 2, 4], [Push.oneByOne, .batch, .staged, .stagedBatch])
    func smallWorlds(capacity: Int, push: Push) {
        let counts = Array(0...(capacity + 1))
        for firstIndex in Self.firstIndices {
            for pop in Pop.allCases {
                for a in counts {
                    for b in counts {
                        for c in counts {
                            for d in counts {
                                play(
                                    capacity: capacity, firstIndex: firstIndex, push: push,
                                    pop: pop, counts: [a, b, c, d])
                            }
                        }
                    }
                }
            }
        }
    }

    /// Pushes and pops by turns, and compares each answer with an array's.
    func play(capacity: Int, firstIndex: UInt64, push: Push, pop: Pop, counts: [Int]) {
        let ring = SPSCRing<UInt32>(capacity: capacity, memory: .heap, firstIndex: firstIndex)
        var producer = ring.producer
        var consumer = ring.consumer
        var model: [UInt32] = []
        var next: UInt32 = 1
        for (turn, count) in counts.enumerated() {
            if turn % 2 == 0 {
                let items = (0..<count).map { next + UInt32($0) }
                let fitting = min(count, capacity - model.count)
                let pushed = put(
                    items, into: &producer, seenBy: &consumer, push, known: model.count)
                #expect(pushed == fitting)
                model += items.prefix(fitting)
                next += UInt32(count)
            } else {
                let expected = Array(model.prefix(count))
                let popped = take(count, from: &consumer, pop)
                #expect(popped == expected)
                model.removeFirst(expected.count)
            }
            let (left, hasItems, isEmpty) = (consumer.count, consumer.hasItems, consumer.isEmpty)
            let (hasRoom, taken) = (producer.hasRoom, producer.isEmpty)
            #expect(left == model.count)
            #expect(hasItems == !model.isEmpty)
            #expect(isEmpty == model.isEmpty)
            #expect(taken == model.isEmpty)
            #expect(hasRoom == (model.count < capacity))
        }
    }

    func put(
        _ items: [UInt32], into producer: inout RingProducer<UInt32>,
        seenBy consumer: inout RingConsumer<UInt32>, _ form: Push, known: Int
    ) -> Int {
        var count = 0
        switch form {
        case .oneByOne:
            for item in items where producer.tryPush(item) { count += 1 }
        case .batch:
            count = unsafe items.withUnsafeBufferPointer { unsafe producer.push(contentsOf: $0) }
        case .staged:
            for item in items where producer.stage(item) { count += 1 }
        case .stagedBatch:
            count = unsafe items.withUnsafeBufferPointer { unsafe producer.stage(contentsOf: $0) }
        }
        if form == .staged || form == .stagedBatch {
            let visible = consumer.count
            #expect(visible == known, "staged items are not seen before they are published")
            producer.publish()
        }
        return count
    }

    func take(_ count: Int, from consumer: inout RingConsumer<UInt32>, _ form: Pop) -> [UInt32] {
        var items: [UInt32] = []
        switch form {
        case .oneByOne:
            for _ in 0..<count {
                if let item = consumer.tryPop() { items.append(item) }
            }
        case .into:
            items = [UInt32](repeating: 0, count: count)
            let taken = unsafe items.withUnsafeMutableBufferPointer {
                unsafe consumer.pop(into: $0)
            }
            items.removeLast(count - taken)
        case .all:
            let taken = consumer.popAll(max: count) { items.append($0) }
            #expect(taken == items.count)
        }
        return items
    }

    @Test("a full ring refuses and keeps its contents")
    func full() {
        let ring = SPSCRing<Int>(capacity: 2, memory: .heap)
        var producer = ring.producer
        var consumer = ring.consumer
        let answers = [producer.tryPush(1), producer.tryPush(2), producer.tryPush(3)]
        #expect(answers == [true, true, false])
        let items = [consumer.tryPop(), consumer.tryPop(), consumer.tryPop()]
        #expect(items == [1, 2, nil])
    }

    @Test("a pushed item publishes those staged before it")
    func pushAfterStage() {
        let ring = SPSCRing<Int>(capacity: 4, memory: .heap)
        var producer = ring.producer
        var consumer = ring.consumer
        let staged = producer.stage(1)
        let before = consumer.hasItems
        let pushed = producer.tryPush(2)
        let items = [consumer.tryPop(), consumer.tryPop(), consumer.tryPop()]
        #expect(staged && pushed && !before)
        #expect(items == [1, 2, nil])
    }

    struct Wide: BitwiseCopyable, Equatable {
        var words = (UInt64(0), UInt64(0), UInt64(0), UInt64(0), UInt64(0))
        init(_ word: UInt64) { words = (word, word &+ 1, word &+ 2, word &+ 3, word &+ 4) }
        static func == (a: Wide, b: Wide) -> Bool { a.words == b.words }
    }

    @Test("items wider than a word and empty items pass whole")
    func shapes() {
        let wide = SPSCRing<Wide>(capacity: 4, memory: .heap)
        var producer = wide.producer
        var consumer = wide.consumer
        for word in 0..<9 as Range<UInt64> {
            let pushed = producer.tryPush(Wide(word))
            let item = consumer.tryPop()
            #expect(pushed)
            #expect(item == Wide(word))
        }
        let empty = SPSCRing<Void>(capacity: 2, memory: .heap)
        var tokens = empty.producer
        var takes = empty.consumer
        let pushes = [tokens.tryPush(()), tokens.tryPush(()), tokens.tryPush(())]
        let pops = [takes.tryPop() != nil, takes.tryPop() != nil, takes.tryPop() != nil]
        #expect(pushes == [true, true, false])
        #expect(pops == [true, true, false])
    }

    @Test(
        "the block is freed when both handles are gone, in either order", arguments: [true, false])
    func freed(producerFirst: Bool) {
        let memory = CountedMemory()
        var ring: SPSCRing<UInt64>? = SPSCRing(capacity: 8, memory: memory.source)
        #expect(memory.blocksOut == 1)
        #expect(memory.bytesOut == 3 * 128 + 128)
        let taken = ring.take()!
        var producer: RingProducer<UInt64>? = taken.producer
        var consumer: RingConsumer<UInt64>? = taken.consumer
        let pushed = producer!.tryPush(7)
        #expect(pushed)
        if producerFirst { producer = nil } else { consumer = nil }
        #expect(memory.blocksOut == 1)
        if producerFirst {
            let item = consumer!.tryPop()
            #expect(item == 7, "what was published outlives the producer")
        }
        producer = nil
        consumer = nil
        #expect(memory.blocksOut == 0)
        #expect(memory.bytesOut == 0)
        #expect(memory.allocationCount == 1)
    }

    @Test("passing items allocates nothing")
    func allocatesNothing() {
        let memory = CountedMemory()
        let ring = SPSCRing<UInt64>(capacity: 4, memory: memory.source)
        var producer = ring.producer
        var consumer = ring.consumer
        for item in 0..<1000 as Range<UInt64> {
            let pushed = producer.tryPush(item)
            let popped = consumer.tryPop()
            #expect(pushed && popped == item)
        }
        #expect(memory.allocationCount == 1)
    }

    @Test("a capacity that is no power of two is refused", arguments: [0, -1, 3, 6, 1000])
    func badCapacity(capacity: Int) async {
        await #expect(processExitsWith: .failure) { [capacity] in
            _ = SPSCRing<UInt64>(capacity: capacity, memory: .heap)
        }
    }
}
