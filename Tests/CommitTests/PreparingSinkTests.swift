// Sinks of two phases: they prepare as soon as there are events, and show what is durable.
import Testing

@testable import Portals
@testable import PortalsCore

/// What a sink was called for.
private final class Calls: @unchecked Sendable {  // One thread steps the site.
    var batches = 0
    var prepared: [UInt64] = []
    var shown: [[UInt64]] = []
    var failsAt: UInt64 = .max
}

/// Prepares the number of each atom's step; part of an atom must not be taken.
private struct StepSink: SinkBody {
    let calls: Calls
    var steps: [UInt64] = []
    var failure: String?

    init(_ calls: Calls) { self.calls = calls }

    mutating func onBatch(_ batch: Batch<UInt64>, _ step: StepInfo) { calls.batches += 1 }

    mutating func onAtomEnd(_ step: StepInfo) {
        steps.append(step.number)
        calls.prepared.append(step.number)
    }

    mutating func prepare(_ waiting: inout [UInt64]?) {
        waiting = (waiting ?? []) + steps
        steps = []
    }

    mutating func show(_ prepared: [UInt64]) {
        calls.shown.append(prepared)
        if prepared.contains(calls.failsAt) { failure = "the disk of the sink is full" }
    }
}

private struct Numbers: IndexedSource {
    func event(at index: UInt64) -> UInt64 { index }
}

@Suite struct PreparingSinkTests {
    private func site(_ commit: CommitMode, _ calls: Calls) throws -> SteppedSite {
        var options = EngineOptions()
        options.commit = commit
        let site = SteppedSite(options)
        try site.launch(
            Application("numbers") { app in
                let numbers = app.generator("numbers", Numbers(), count: nil, atomSize: 2)
                app.workflow("pass").source(numbers).sink("out") { _ in StepSink(calls) }
            })
        return site
    }

    @Test("events are prepared at once and shown when they are durable, whole atoms in order")
    func phases() throws {
        let calls = Calls()
        let site = try site(.durable, calls)
        var shown: [UInt64] = []
        for _ in 0..<5 {
            let before = calls.prepared.count
            for _ in 0..<200 { _ = site.step() }
            #expect(calls.prepared.count > before + 10)
            #expect(calls.shown.flatMap { $0 } == shown)
            #expect(!site.engine.holdsNoOutputs)
            // What was prepared before a drain began is durable with it; what comes after is not.
            let due = calls.prepared
            let drain = site.engine.marks.beginDrain()
            for _ in 0..<50 { _ = site.step() }
            #expect(calls.prepared.count > due.count && calls.shown.flatMap { $0 } == shown)
            site.engine.marks.setDurable(drain)
            _ = site.step()
            shown = due
            #expect(calls.shown.flatMap { $0 } == shown)
        }
        // All that a commit makes durable is shown at once.
        #expect(calls.shown.count == 5)
        #expect(calls.prepared == (0..<UInt64(calls.prepared.count)).map { $0 })
    }

    @Test("where nothing waits for the disk each atom is shown when it ends")
    func atOnce() throws {
        let calls = Calls()
        let site = try site(.none, calls)
        for _ in 0..<100 { _ = site.step() }
        #expect(calls.shown.count > 10 && calls.shown == calls.prepared.map { [$0] })
    }

    @Test("what is prepared counts as held: sources pause when the disk does not keep up")
    func pauses() throws {
        let calls = Calls()
        let site = try site(.durable, calls)
        for _ in 0..<60_000 { _ = site.step() }
        let held = calls.batches
        #expect(held >= 4_096 && held < 4_096 + 200)
        site.engine.marks.setDurable(site.engine.marks.beginDrain())
        for _ in 0..<60_000 { _ = site.step() }
        #expect(calls.batches > held + 4_000)
    }

    @Test("a sink that can show no more stops the site")
    func fails() throws {
        let calls = Calls()
        calls.failsAt = 3
        let site = try site(.durable, calls)
        for _ in 0..<200 { _ = site.step() }
        #expect(site.engine.sinkFailures.isEmpty)
        site.engine.marks.setDurable(site.engine.marks.beginDrain())
        for _ in 0..<10 { _ = site.step() }
        let failure = try #require(site.engine.sinkFailures.first)
        #expect(failure.path == "/numbers/workflows/pass/out")
        #expect(failure.reason == "the disk of the sink is full")
    }

    @Test("encoded atoms are taken up to the last that has ended; each byte has its step")
    func encodedAtoms() throws {
        var atoms = EncodedAtoms()
        atoms.bytes += [1, 2]
        atoms.endAtom(5)
        atoms.endAtom(6)
        atoms.bytes += [3]
        atoms.endAtom(8)
        atoms.bytes += [4, 5]
        var waiting: EncodedAtoms?
        var memory: EncodedAtoms?
        atoms.moveEnded(to: &waiting, memory: &memory)
        var taken = try #require(waiting)
        #expect(taken.bytes == [1, 2, 3] && taken.ends.map(\.step) == [5, 6, 8])
        #expect([0, 1, 2].map { taken.step(at: $0) } == [5, 5, 8])
        atoms.endAtom(9)
        atoms.moveEnded(to: &waiting, memory: &memory)
        taken = try #require(waiting)
        #expect(taken.bytes == [1, 2, 3, 4, 5] && taken.ends.map(\.end) == [2, 2, 3, 5])
        #expect(taken.step(at: 4) == 9 && atoms.bytes.isEmpty && atoms.ends.isEmpty)
    }
}
