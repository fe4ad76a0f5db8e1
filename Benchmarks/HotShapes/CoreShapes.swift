// The real core, stepped on one worker without threads: what a user's keyed task, closure, flow and
// ask cost an event; and the two structures below it, ring and state table, alone.
import KeyedCount
import PortalPingPong
import Portals
import PortalsCore

/// Steps an application until it is at rest, all workers by turns on this thread.
private func run(
    _ application: Application, workers: Int = 1, placement: Placement = .shared,
    accountInterval: Int = 0
) {
    var options = EngineOptions()
    options.accountInterval = accountInterval
    options.workers = workers
    options.placement = placement
    let site = SteppedSite(options)
    do {
        try site.launch(application)
    } catch {
        refuse("\(error)")
    }
    site.run()
}

/// The keyed count with a struct as its task: compiled into the loop over the events.
@inline(never)
func keyedCountStruct(events: Int) -> UInt64 {
    let definition = KeyedCount.Definition(
        events: UInt64(events), keys: keyCount, atomSize: UInt64(HotShapes.atomSize))
    let results = KeyedCount.Results(definition)
    run(definition.application(results))
    return results.answer.sumOfCounts
}

/// The same with the runtime's account of its tasks: what that costs.
@inline(never)
func accountDefault(events: Int) -> UInt64 {
    let definition = KeyedCount.Definition(
        events: UInt64(events), keys: keyCount, atomSize: UInt64(HotShapes.atomSize))
    let results = KeyedCount.Results(definition)
    run(definition.application(results), accountInterval: 64)
    return results.answer.sumOfCounts
}

/// The keyed count in atoms of one event: what a step costs, whatever is done in it.
@inline(never)
func smallStep(events: Int) -> UInt64 {
    let definition = KeyedCount.Definition(events: UInt64(events), keys: keyCount, atomSize: 1)
    let results = KeyedCount.Results(definition)
    run(definition.application(results))
    return results.answer.sumOfCounts
}

/// The same on two workers: what its messages cost both of them.
@inline(never)
func smallStepTwoWorkers(events: Int) -> UInt64 {
    let definition = KeyedCount.Definition(events: UInt64(events), keys: keyCount, atomSize: 1)
    let results = KeyedCount.Results(definition)
    run(definition.application(results), workers: 2)
    return results.answer.sumOfCounts
}

/// One round trip after the other between two workers: a step on each, and their messages.
@inline(never)
func roundTripTwoWorkers(events: Int) -> UInt64 {
    let definition = PortalPingPong.Definition(roundTrips: UInt64(events), outstanding: 1)
    let results = PortalPingPong.Results()
    run(definition.application(results), workers: 2, placement: .spread)
    return results.answer.pongs
}

/// The same with a closure as its task, as most users write it.
@inline(never)
func keyedCountClosure(events: Int) -> UInt64 {
    let collected = Total()
    let generator = KeyedCount.Definition(keys: keyCount).generator
    run(
        Application("closure-count") { app in
            app.workflow("count")
                .source(
                    app.generator(
                        "occurrences", generator, count: UInt64(events),
                        atomSize: HotShapes.atomSize)
                )
                .key { $0.key }
                .task("count", state: UInt64(0), emits: RunningCount.self) { event, count, task in
                    count &+= 1
                    task.emit(RunningCount(key: event.key, count: count))
                }
                .sink("total") { _ in TotalSink<RunningCount>(collected) }
        })
    return collected.value
}

/// Map, filter and map in one flow and a sum in its sink: the hand-written loop of `handLoop`
/// inside the runtime.
@inline(never)
func flowChain(events: Int) -> UInt64 {
    let collected = Total()
    run(
        Application("flow-chain") { app in
            app.workflow("flow")
                .source(
                    app.generator(
                        "numbers", Numbers(), count: UInt64(events), atomSize: HotShapes.atomSize)
                )
                .flow(emits: UInt64.self) { batch, out in
                    batch.map { $0 &* 3 }.filter { $0 & 1 == 0 }.map { $0 &+ 1 }.emit(&out)
                }
                .sink("total") { _ in TotalSink<UInt64>(collected) }
        })
    return collected.value
}

/// A round trip through a portal for each event, one atom's worth of them under way at once.
@inline(never)
func askReply(events: Int) -> UInt64 {
    let definition = PortalPingPong.Definition(
        roundTrips: UInt64(events), outstanding: UInt32(HotShapes.atomSize))
    let results = PortalPingPong.Results()
    run(definition.application(results))
    return results.answer.pongs
}

/// One item into a ring and one out of it, as two threads would by turns.
@inline(never)
func ringPushPop(events: Int) -> UInt64 {
    let ring = SPSCRing<UInt64>(capacity: HotShapes.atomSize, memory: .heap)
    var producer = ring.producer
    var consumer = ring.consumer
    var sum: UInt64 = 0
    for event in 0..<events {
        _ = producer.tryPush(UInt64(truncatingIfNeeded: event))
        if let item = consumer.tryPop() { sum &+= item }
    }
    return sum
}

/// A value of a known key changed in place; 1,024 keys, all made in the first atom.
@inline(never)
func tableUpdate(events: Int) -> UInt64 {
    var table = StateTable<UInt64>(seed: 1, memory: .heap)
    for event in 0..<events {
        // Scattered as keys from outside are; a mask and a product cost next to nothing.
        let key = (UInt64(truncatingIfNeeded: event) & (keyCount - 1)) &* 0x9E37_79B9_7F4A_7C15
        table.update(key, default: 0) { $0 &+= 1 }
    }
    var sum: UInt64 = 0
    table.visit { _, count in sum &+= count }
    return sum
}

/// A power of two, so few that tables have their size before the shorter counted run ends.
private let keyCount: UInt64 = 1_024

/// Source of the event numbers.
private struct Numbers: IndexedSource {
    @inline(__always)
    func event(at index: UInt64) -> UInt64 { index }
}

/// What a sink hands over at the end.
///
/// Unchecked: one partition on one thread writes it.
private final class Total: @unchecked Sendable {
    var value: UInt64 = 0
}

/// An event that counts for a number; a protocol, so that the sink is compiled for each event type.
private protocol Summand: Event {
    var amount: UInt64 { get }
}

extension UInt64: Summand {
    fileprivate var amount: UInt64 { self }
}

extension RunningCount: Summand {
    fileprivate var amount: UInt64 { count }
}

/// Sums its events.
private struct TotalSink<Element: Summand>: SinkBody {
    private var sum: UInt64 = 0
    private let total: Total

    init(_ total: Total) { self.total = total }

    @inline(__always)
    mutating func onBatch(_ batch: Batch<Element>, _ step: StepInfo) {
        for index in 0..<batch.count { sum &+= batch[index].amount }
    }

    mutating func onSeal() { total.value &+= sum }
}
