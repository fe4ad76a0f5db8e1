// The ring between cores 0 and 1, ours and a C++ one of the same layout by turns, each sample
// behind a probe of the cores' round trip.
import CReferenceRing
import PortalsCore

/// A pointer on its way into a thread's closure.
///
/// Unchecked: what it points to is a C++ ring or two words made for threads to share.
@safe private struct Shared: @unchecked Sendable {
    let pointer: UnsafeMutableRawPointer
}

/// One end of a ring on its way to a thread.
///
/// Unchecked: filled before the thread starts, emptied by it, read by nobody between.
private final class Passed<End: ~Copyable>: @unchecked Sendable {
    private var end: End?
    init(_ end: consuming End) { self.end = consume end }
    func take() -> End { end.take()! }
}

/// 32 KiB of slots: both cores' halves stay in the first-level caches.
private let ringCapacity = 4096
/// The size of an atom at which a ring saturates (shared/swift.md, section 1).
private let batchSize: UInt64 = 256
private let probeRoundTrips: UInt64 = 10_000
/// Samples a system; each waits for a sample that had its cores, so many times at most.
private let sampleCount = 15
private let attemptsMax = 4

/// How one system passes items.
private struct RingSubject {
    var name: String
    var run: (_ count: UInt64) throws(MicroError) -> Timing
}

/// Measures all rings whose names `wanted` accepts.
func ringResults(
    wanted: (String) -> Bool, dropped: inout Int, progress: (String) -> Void
) throws(MicroError) -> [MicroResult] {
    var results: [MicroResult] = []
    let shapes:
        [(name: String, count: UInt64, trips: Bool, ours: RingSubject, theirs: RingSubject)] = [
            (
                "ring one by one", 4_000_000, false,
                RingSubject(name: "Swift", run: passOneByOne),
                RingSubject(name: "C++", run: referencePassOneByOne)
            ),
            (
                "ring in batches of 256", 16_000_000, false,
                RingSubject(name: "Swift", run: passBatches),
                RingSubject(name: "C++", run: referencePassBatches)
            ),
            (
                "ring round trip", 50_000, true,
                RingSubject(name: "Swift", run: roundTrips),
                RingSubject(name: "C++", run: referenceRoundTrips)
            ),
        ]
    var probes: [CoreRegime: [Double]] = [:]
    for shape in shapes where wanted(shape.name) {
        progress(shape.name)
        var figures: [[CoreRegime: [Double]]] = [[:], [:]]
        for sample in 0..<sampleCount {
            // By turns, so that neither always runs in the other's wake.
            for turn in 0..<2 {
                let system = (sample + turn) % 2
                let subject = system == 0 ? shape.ours : shape.theirs
                for _ in 0..<attemptsMax {
                    let probe = try probeRoundTripNanoseconds()
                    let timing = try subject.run(shape.count)
                    let expected = shape.count * (shape.count + 1) / 2
                    guard timing.answer == expected else {
                        throw .wrongAnswer(
                            benchmark: "\(shape.name), \(subject.name)", expected: expected,
                            got: timing.answer)
                    }
                    guard timing.processorShare >= processorShareMin else {
                        dropped += 1
                        continue
                    }
                    let regime = CoreRegime(roundTripNanoseconds: probe)
                    probes[regime, default: []].append(probe)
                    let each = timing.nanoseconds / Double(shape.count)
                    figures[system][regime, default: []].append(shape.trips ? each : 1e3 / each)
                    break
                }
            }
        }
        for regime in CoreRegime.allCases {
            let unit = shape.trips ? "ns" : "M items/s"
            let limits = [
                figures[1][regime].map {
                    MicroResult.Limit(
                        text: "C++ ring of the same layout",
                        figure: MicroResult(name: "", unit: "", samples: $0).median)
                },
                shape.trips
                    ? probes[regime].map {
                        MicroResult.Limit(
                            text: "raw cache-line round trip",
                            figure: MicroResult(name: "", unit: "", samples: $0).median)
                    } : nil,
            ]
            for (system, subject) in [shape.ours, shape.theirs].enumerated() {
                guard let samples = figures[system][regime] else { continue }
                results.append(
                    MicroResult(
                        name: "\(shape.name), \(subject.name)", unit: unit, samples: samples,
                        regime: regime, limit: shape.trips ? limits[1] : limits[system]))
            }
        }
    }
    for regime in CoreRegime.allCases {
        guard let samples = probes[regime] else { continue }
        results.append(
            MicroResult(
                name: "raw cache-line round trip", unit: "ns", samples: samples, regime: regime))
    }
    // The limit of a C++ row of passed items is the machine's; none is known better than itself.
    return results.map { result in
        var result = result
        if result.name.hasSuffix(", C++") && result.unit != "ns" { result.limit = nil }
        return result
    }
}

/// Nanoseconds that one cache line takes from core 0 to core 1 and another one back.
func probeRoundTripNanoseconds() throws(MicroError) -> Double {
    let memory = UnsafeMutableRawPointer.allocate(byteCount: 256, alignment: 128)
    defer { unsafe memory.deallocate() }
    unsafe memory.initializeMemory(as: UInt64.self, repeating: 0, count: 32)
    let lines = unsafe Shared(pointer: memory)
    let timing = try onCores([
        {
            unsafe reference_line_pong(lines.pointer, probeRoundTrips)
            return 0
        },
        { unsafe reference_line_ping(lines.pointer, probeRoundTrips) },
    ])
    guard timing.answer == probeRoundTrips else {
        throw .wrongAnswer(
            benchmark: "raw cache-line round trip", expected: probeRoundTrips, got: timing.answer)
    }
    return timing.nanoseconds / Double(probeRoundTrips)
}

private func passOneByOne(_ count: UInt64) throws(MicroError) -> Timing {
    let ring = SPSCRing<UInt64>(capacity: ringCapacity, memory: .heap)
    let producerEnd = Passed(ring.producer)
    let consumerEnd = Passed(ring.consumer)
    return try onCores([
        {
            var producer = producerEnd.take()
            var item: UInt64 = 1
            while item <= count {
                if producer.tryPush(item) { item &+= 1 }
            }
            return 0
        },
        {
            var consumer = consumerEnd.take()
            var sum: UInt64 = 0
            var left = count
            while left > 0 {
                if let item = consumer.tryPop() {
                    sum &+= item
                    left &-= 1
                }
            }
            return sum
        },
    ])
}

private func passBatches(_ count: UInt64) throws(MicroError) -> Timing {
    let ring = SPSCRing<UInt64>(capacity: ringCapacity, memory: .heap)
    let producerEnd = Passed(ring.producer)
    let consumerEnd = Passed(ring.consumer)
    return try onCores([
        {
            var producer = producerEnd.take()
            let items = UnsafeMutablePointer<UInt64>.allocate(capacity: Int(batchSize))
            defer { unsafe items.deallocate() }
            var sent: UInt64 = 0
            while sent < count {
                let wanted = Int(min(batchSize, count - sent))
                for index in 0..<wanted { unsafe items[index] = sent &+ UInt64(index) &+ 1 }
                var pushed = 0
                while pushed < wanted {
                    pushed += unsafe producer.push(
                        contentsOf: UnsafeBufferPointer(
                            start: items + pushed, count: wanted - pushed))
                }
                sent += UInt64(wanted)
            }
            return 0
        },
        {
            var consumer = consumerEnd.take()
            var sum: UInt64 = 0
            var taken: UInt64 = 0
            while taken < count {
                taken += UInt64(consumer.popAll(max: Int(batchSize)) { sum &+= $0 })
            }
            return sum
        },
    ])
}

private func roundTrips(_ count: UInt64) throws(MicroError) -> Timing {
    let there = SPSCRing<UInt64>(capacity: ringCapacity, memory: .heap)
    let back = SPSCRing<UInt64>(capacity: ringCapacity, memory: .heap)
    let thereProducer = Passed(there.producer)
    let thereConsumer = Passed(there.consumer)
    let backProducer = Passed(back.producer)
    let backConsumer = Passed(back.consumer)
    return try onCores([
        {
            var consumer = thereConsumer.take()
            var producer = backProducer.take()
            var left = count
            while left > 0 {
                guard let item = consumer.tryPop() else { continue }
                while !producer.tryPush(item) {}
                left &-= 1
            }
            return 0
        },
        {
            var producer = thereProducer.take()
            var consumer = backConsumer.take()
            var sum: UInt64 = 0
            var number: UInt64 = 1
            while number <= count {
                while !producer.tryPush(number) {}
                while true {
                    guard let item = consumer.tryPop() else { continue }
                    sum &+= item
                    break
                }
                number &+= 1
            }
            return sum
        },
    ])
}

private func referencePassOneByOne(_ count: UInt64) throws(MicroError) -> Timing {
    let ring = unsafe Shared(pointer: reference_ring_make(UInt64(ringCapacity)))
    defer { unsafe reference_ring_free(ring.pointer) }
    return try onCores([
        {
            unsafe reference_ring_produce(ring.pointer, count)
            return 0
        },
        { unsafe reference_ring_consume(ring.pointer, count) },
    ])
}

private func referencePassBatches(_ count: UInt64) throws(MicroError) -> Timing {
    let ring = unsafe Shared(pointer: reference_ring_make(UInt64(ringCapacity)))
    defer { unsafe reference_ring_free(ring.pointer) }
    return try onCores([
        {
            unsafe reference_ring_produce_batches(ring.pointer, count, batchSize)
            return 0
        },
        { unsafe reference_ring_consume_batches(ring.pointer, count, batchSize) },
    ])
}

private func referenceRoundTrips(_ count: UInt64) throws(MicroError) -> Timing {
    let there = unsafe Shared(pointer: reference_ring_make(UInt64(ringCapacity)))
    let back = unsafe Shared(pointer: reference_ring_make(UInt64(ringCapacity)))
    defer {
        unsafe reference_ring_free(there.pointer)
        unsafe reference_ring_free(back.pointer)
    }
    return try onCores([
        {
            unsafe reference_ring_pong(there.pointer, back.pointer, count)
            return 0
        },
        { unsafe reference_ring_ping(there.pointer, back.pointer, count) },
    ])
}
