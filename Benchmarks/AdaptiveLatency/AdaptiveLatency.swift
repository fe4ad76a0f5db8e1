// What adaptive atoms give: latencies of an open loop at parts of a system's capacity, with atoms
// of fixed sizes and with those of `AdaptiveBatches`, where an atom costs something besides its
// events.
//
//     swift run -c release AdaptiveLatency [seconds a cell]
import AdaptiveBatching
import Platform
import Portals

@main
enum AdaptiveLatency {
    /// What the work of an atom takes, and of each of its events: as a model does that is called
    /// once a batch.
    static let atomNanoseconds = 20_000.0
    static let eventNanoseconds = 500.0
    /// Events a second in atoms of 1,024.
    static let capacity = 1_024e9 / (atomNanoseconds + 1_024 * eventNanoseconds)
    static let objectiveNanoseconds: UInt64 = 2_000_000

    static func main() throws {
        let seconds = CommandLine.arguments.dropFirst().first.flatMap(Double.init) ?? 2
        print("load_percent,atoms,p50_us,p99_us,events_per_atom,limit")
        for percent in [30, 60, 90] {
            let rate = capacity * Double(percent) / 100
            for size in [1, 64, 1_024, nil] {
                let requests = PoissonRequests(
                    count: Int(rate * seconds), eventsPerSecond: rate, gathers: size ?? 1)
                let batches = AdaptiveBatches(
                    requests, objectiveNanoseconds: objectiveNanoseconds,
                    sizes: size.map { $0...$0 } ?? 1...4_096)
                try run(batches, secondsMax: 3 * seconds)
                let name = size.map { "\($0)" } ?? "adaptive"
                let p50 = requests.latencies.value(atPercentile: 50) ?? 0
                let p99 = requests.latencies.value(atPercentile: 99) ?? 0
                let perAtom = batches.completedCount / max(batches.atomCount, 1)
                let isBehind = requests.isBehind
                print(
                    "\(percent),\(name),\(isBehind ? "behind" : "\(p50 / 1_000)"),"
                        + "\(isBehind ? "behind" : "\(p99 / 1_000)"),\(perAtom),"
                        + "\(batches.limit)")
            }
        }
    }

    static func run(_ batches: AdaptiveBatches<PoissonRequests>, secondsMax: Double) throws {
        let site = try Site(.threads(1))
        try site.launch(
            Application("latency") { app in
                app.workflow("work")
                    .source(app.source("requests", batches, decoding: PoissonRequests.decode))
                    .sink("served") { _ in Work() }
            })
        do {
            try site.awaitRest(timeoutSeconds: secondsMax)
        } catch SiteError.timedOut {
            batches.arrivals.giveUp()
            try site.awaitRest()
        }
    }
}

/// Spins for as long as the work takes.
struct Work: SinkBody {
    private let clock = NanosecondClock.calibrated()

    mutating func onBatch(_ batch: Batch<UInt32>, _ step: StepInfo) {
        spin(AdaptiveLatency.eventNanoseconds * Double(batch.count))
    }

    mutating func onAtomEnd(_ step: StepInfo) { spin(AdaptiveLatency.atomNanoseconds) }

    private func spin(_ nanoseconds: Double) {
        let end = clock.nanoseconds() &+ UInt64(nanoseconds)
        while clock.nanoseconds() < end {}
    }
}
