// The state table on core 0 against the standard dictionary, the pause of a growth, and the
// histogram.
import Glibc
import PortalsCore

private let updateCount = 2_000_000
private let tableSamples = 7
private let tableSeed: UInt64 = 0x5EED

/// A value of 32 bytes, as the account of a keyed workload.
private struct Account: Sendable {
    var count = 0
    var sum = 0
    var least = 0
    var last = 0
}

/// The keys of the updates: random, of `keyCount` kinds, equal on every run.
private func randomKeys(keyCount: Int) -> [UInt64] {
    var state: UInt64 = 42
    return (0..<updateCount).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return (state >> 33) % UInt64(keyCount) &* 0x9E37_79B9_7F4A_7C15
    }
}

/// Nanoseconds an update of `body`, which returns the number of updates that its state shows.
///
/// Passes during which the thread was off its core are left out and counted in `dropped`.
private func updateSamples(
    _ name: String, dropped: inout Int,
    _ body: @escaping @Sendable (_ timed: (() -> Void) -> Void) -> UInt64
) throws(MicroError) -> [Double] {
    let samples = Samples()
    let timing = try onCores([
        {
            body { pass in
                pass()  // Fills the table and warms the caches.
                for _ in 0..<tableSamples {
                    let busy = nanoseconds(CLOCK_THREAD_CPUTIME_ID)
                    let began = nanoseconds(CLOCK_MONOTONIC)
                    pass()
                    let wall = nanoseconds(CLOCK_MONOTONIC) - began
                    if nanoseconds(CLOCK_THREAD_CPUTIME_ID) - busy >= processorShareMin * wall {
                        samples.list.append(wall / Double(updateCount))
                    }
                }
            }
        }
    ])
    let expected = UInt64(updateCount * (tableSamples + 1))
    guard timing.answer == expected else {
        throw .wrongAnswer(benchmark: name, expected: expected, got: timing.answer)
    }
    dropped += tableSamples - samples.list.count
    return samples.list
}

/// Unchecked: written by the measuring thread, read after it was joined.
private final class Samples: @unchecked Sendable {
    var list: [Double] = []
}

/// Measures tables and histogram whose names `wanted` accepts.
func tableResults(
    wanted: (String) -> Bool, dropped: inout Int, progress: (String) -> Void
) throws(MicroError) -> [MicroResult] {
    var results: [MicroResult] = []
    func add(_ name: String, _ limit: MicroResult.Limit?, _ samples: [Double]) {
        if samples.isEmpty { return }
        results.append(MicroResult(name: name, unit: "ns", samples: samples, limit: limit))
    }
    for (keyCount, size, rust) in [(10_000, "10 k", 2.35), (1_000_000, "1 M", 19.2)] {
        let name = "state table update, \(size) keys"
        guard wanted(name) else { continue }
        progress(name)
        let keys = randomKeys(keyCount: keyCount)
        // shared/swift.md, section 3; another day's figure of the same machine.
        let limit = MicroResult.Limit(text: "Rust HashMap, fast hasher (recorded)", figure: rust)
        add(
            "\(name), Int", limit,
            try updateSamples(name, dropped: &dropped) { timed in
                var table = StateTable<Int>(seed: tableSeed, memory: .heap)
                timed { for key in keys { table.update(key, default: 0) { $0 &+= 1 } } }
                var sum = 0
                table.visit { _, value in sum += value }
                return UInt64(sum)
            })
        add(
            "\(name), 32 bytes", nil,
            try updateSamples(name, dropped: &dropped) { timed in
                var table = StateTable<Account>(seed: tableSeed, memory: .heap)
                timed {
                    for key in keys { table.update(key, default: Account()) { $0.count &+= 1 } }
                }
                var sum = 0
                table.visit { _, value in sum += value.count }
                return UInt64(sum)
            })
        add(
            "Dictionary update, \(size) keys, Int", nil,
            try updateSamples(name, dropped: &dropped) { timed in
                var table: [UInt64: Int] = [:]
                timed { for key in keys { table[key, default: 0] &+= 1 } }
                return UInt64(table.values.reduce(0, +))
            })
        add(
            "Dictionary update, \(size) keys, 32 bytes", nil,
            try updateSamples(name, dropped: &dropped) { timed in
                var table: [UInt64: Account] = [:]
                timed { for key in keys { table[key, default: Account()].count &+= 1 } }
                return UInt64(table.values.reduce(0) { $0 + $1.count })
            })
    }
    if wanted("state table growth") {
        progress("state table growth")
        results.append(try growthResult())
    }
    if wanted("histogram record") {
        progress("histogram record")
        let values = randomKeys(keyCount: 1_000_000).map { $0 >> 44 }
        add(
            "histogram record", nil,
            try updateSamples("histogram record", dropped: &dropped) { timed in
                var histogram = LatencyHistogram(memory: .heap)
                timed { for value in values { histogram.record(value) } }
                return histogram.count
            })
    }
    return results
}

/// The pause of the insertion that doubles a table of 786,432 keys, the last doubling before a
/// million.
private func growthResult() throws(MicroError) -> MicroResult {
    let samples = Samples()
    let keyCount: UInt64 = 786_432
    let timing = try onCores([
        {
            var inserted: UInt64 = 0
            for _ in 0..<5 {
                var table = StateTable<Int>(seed: tableSeed, memory: .heap)
                for key in 0..<keyCount { table.update(key, default: 0) { $0 &+= 1 } }
                let began = nanoseconds(CLOCK_MONOTONIC)
                table.update(keyCount, default: 0) { $0 &+= 1 }
                samples.list.append((nanoseconds(CLOCK_MONOTONIC) - began) / 1e6)
                inserted += UInt64(table.count)
            }
            return inserted
        }
    ])
    guard timing.answer == 5 * (keyCount + 1) else {
        throw .wrongAnswer(
            benchmark: "state table growth", expected: 5 * (keyCount + 1), got: timing.answer)
    }
    return MicroResult(
        name: "state table growth at 786 k keys, Int", unit: "ms", samples: samples.list)
}
