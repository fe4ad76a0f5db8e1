// The engine on pinned cores, worker by worker and without a site: the exchange by key, a step, ask
// and reply; beside each, the hand-written loop of its workload or the round trip of a cache line.
import Glibc
import KeyedCount
import Platform
import PortalPingPong
import Portals

/// Samples a row; each waits for a sample that had its cores, so many times at most.
private let sampleCount = 9
private let attemptsMax = 4
/// Idle steps after which a worker asks whether all is done: some 20 µs, far above a hand-over
/// between cores and far below the 10 ms of the shortest sample.
private let idleStepsMax = 1_000
/// A run that is not done by then has lost a message; its answer is then judged as it stands.
private let runNanosecondsMax: UInt64 = 30_000_000_000

/// One run of a workload, made anew for each sample.
private struct EngineRun {
    var application: Application
    /// Whether every partition has reported; asked by idle workers, on any thread.
    var isDone: @Sendable () -> Bool
    /// What is wrong with the answer, in words.
    var fault: () -> String?
}

/// One row.
private struct EngineSubject {
    var name: String
    var workers: Int
    var placement = Placement.shared
    /// Events or round trips of a run.
    var count: UInt64
    var limit: Limit
    var make: @Sendable () -> EngineRun

    enum Limit { case keyedCountLoop, pingPongLoop, lineRoundTrip }
}

private let subjects: [EngineSubject] = [
    keyedCount("exchange, 1 partition on 1 worker", workers: 1, events: 4 << 20, atomSize: 1_024),
    keyedCount("exchange, 2 partitions on 2 workers", workers: 2, events: 4 << 20, atomSize: 1_024),
    keyedCount("step of 1 event on 1 worker", workers: 1, events: 1 << 18, atomSize: 1),
    pingPong("ask and reply, 1,024 outstanding on 1 worker", workers: 1, 1_024, trips: 1 << 20),
    pingPong("ask and reply, 1 outstanding between 2 workers", workers: 2, 1, trips: 1 << 15),
    pingPong(
        "ask and reply, 1,000 outstanding between 2 workers", workers: 2, 1_000, trips: 1 << 20),
]

/// The published keyed count: 10,000 keys, one state cell and one record an event.
private func keyedCount(
    _ name: String, workers: Int, events: UInt64, atomSize: UInt64
) -> EngineSubject {
    let definition = KeyedCount.Definition(events: events, atomSize: atomSize)
    return EngineSubject(
        name: name, workers: workers, count: events, limit: .keyedCountLoop,
        make: {
            let results = KeyedCount.Results(definition)
            return EngineRun(
                application: definition.application(results),
                isDone: { results.answer.records == events },
                fault: { KeyedCount.Oracle(definition).check(results.answer) })
        })
}

private func pingPong(
    _ name: String, workers: Int, _ outstanding: UInt32, trips: UInt64
) -> EngineSubject {
    let definition = PortalPingPong.Definition(roundTrips: trips, outstanding: outstanding)
    let oracle = PortalPingPong.Oracle(definition)
    // One that waits for the other pays two lines a trip; with many under way, only their work.
    return EngineSubject(
        name: name, workers: workers, placement: .spread, count: trips,
        limit: outstanding == 1 ? .lineRoundTrip : .pingPongLoop,
        make: {
            let results = PortalPingPong.Results()
            return EngineRun(
                application: definition.application(results),
                isDone: { oracle.check(results.answer) == nil },
                fault: { oracle.check(results.answer) })
        })
}

/// Measures the rows whose names `wanted` accepts.
func engineResults(
    wanted: (String) -> Bool, dropped: inout Int, progress: (String) -> Void
) throws(MicroError) -> [MicroResult] {
    var results: [MicroResult] = []
    let clock = NanosecondClock.calibrated()
    for subject in subjects where wanted(subject.name) {
        progress(subject.name)
        var figures: [CoreRegime?: [Double]] = [:]
        var limits: [CoreRegime?: [Double]] = [:]
        for _ in 0..<sampleCount {
            for _ in 0..<attemptsMax {
                // What one core does alone doesn't depend on where the other one is.
                let probe = subject.workers > 1 ? try probeRoundTripNanoseconds() : nil
                let limit =
                    subject.limit == .lineRoundTrip ? probe : try loopNanoseconds(subject)
                let timing = try run(subject, clock)
                guard timing.processorShare >= processorShareMin, let limit else {
                    dropped += 1
                    continue
                }
                let regime = probe.map { CoreRegime(roundTripNanoseconds: $0) }
                figures[regime, default: []].append(timing.nanoseconds / Double(subject.count))
                limits[regime, default: []].append(limit)
                break
            }
        }
        let text =
            subject.limit == .lineRoundTrip ? "raw cache-line round trip" : "hand-written loop"
        for regime in [nil] + CoreRegime.allCases.map(Optional.some) {
            guard let samples = figures[regime], let limit = limits[regime] else { continue }
            results.append(
                MicroResult(
                    name: subject.name, unit: "ns", samples: samples, regime: regime,
                    limit: MicroResult.Limit(
                        text: text,
                        figure: MicroResult(name: "", unit: "", samples: limit).median)))
        }
    }
    return results
}

/// Steps worker `i` on core `i` until all is done.
private func run(
    _ subject: EngineSubject, _ clock: NanosecondClock
) throws(MicroError) -> Timing {
    var options = EngineOptions()
    options.workers = subject.workers
    options.placement = subject.placement
    let origin = clock.nanoseconds()
    let engine = Engine(
        options: options, memory: { _ in .heap }, clock: { clock.nanoseconds() &- origin })
    let run = subject.make()
    do {
        try engine.launch([run.application])
    } catch {
        throw .refuted(benchmark: subject.name, fault: "\(error)")
    }
    let isDone = run.isDone
    let timing = try onCores(
        engine.workers.map { worker in
            {
                var idleSteps = 0
                while true {
                    if worker.step() {
                        idleSteps = 0
                        continue
                    }
                    idleSteps += 1
                    if idleSteps < idleStepsMax { continue }
                    if isDone() || clock.nanoseconds() &- origin > runNanosecondsMax { return 0 }
                    idleSteps = 0
                }
            }
        })
    if let fault = run.fault() { throw .refuted(benchmark: subject.name, fault: fault) }
    return timing
}

/// Nanoseconds an event or round trip of the hand-written loop on core 0; nil if it lost its core.
private func loopNanoseconds(_ subject: EngineSubject) throws(MicroError) -> Double? {
    let timing: Timing
    let count: UInt64
    if subject.limit == .keyedCountLoop {
        // As many events as the loop needs to warm up, whatever the row's own number.
        let definition = KeyedCount.Definition(events: 4 << 20)
        count = definition.events
        timing = try onCores([{ KeyedCount.HandWritten.run(definition).records }])
        guard timing.answer == count else {
            throw .wrongAnswer(
                benchmark: "hand-written keyed count", expected: count, got: timing.answer)
        }
    } else {
        let definition = PortalPingPong.Definition(roundTrips: 1 << 20, outstanding: 1_000)
        count = definition.roundTrips
        let oracle = PortalPingPong.Oracle(definition)
        timing = try onCores([
            { oracle.check(PortalPingPong.HandWritten.run(definition)) == nil ? 1 : 0 }
        ])
        guard timing.answer == 1 else {
            throw .wrongAnswer(benchmark: "hand-written ping-pong", expected: 1, got: 0)
        }
    }
    return timing.processorShare >= processorShareMin
        ? timing.nanoseconds / Double(count) : nil
}
