// Section 4.1 of the model where an aborted atom could leak: sinks behind keys, ends of atoms and of
// streams.
import Portals
import Testing

/// Emits in the handlers of ends what its events added up to.
private struct Summing: TaskBody {
    typealias Input = Int
    typealias Output = Int
    var sum = 0
    mutating func onEvent(_ event: Int, _ state: inout Void, _ task: inout Context) {
        sum += event
        task.emit(event)
    }
    mutating func onAtomComplete(_ task: inout Context) { if sum > 0 { task.emit(sum * 100) } }
    mutating func onComplete(_ task: inout Context) { if sum > 0 { task.emit(sum * 10_000) } }
}

@Suite("4.1: nothing of an aborted atom is seen")
struct UndoTests {
    /// Sinks at many places of a workflow whose last task fails on some events.
    private func sinks(
        _ site: TrialSite, atoms: [[Int]], fails: @escaping @Sendable (Int) -> Bool
    ) throws -> [[[Int]]] {
        let outs = (0..<6).map { _ in Collector<Int>() }
        try site.launch(
            Application("m") { app in
                let workflow = app.workflow("w", onFailure: .abortAtom)
                let source = workflow.source(app.generator("g", atoms: atoms))
                source.sink("unkeyed", outs[0])
                let keyed = source.key { _ in 0 }
                keyed.sink("key", outs[1])
                let summed = keyed.task("sums", Summing())
                summed.sink("ends", outs[2])
                let again = summed.key { _ in 1 }
                again.sink("second-key", outs[3])
                keyed.union(again).sink("union", outs[4])
                again.throwingTask("failing", state: (), emits: Int.self) { event, _, task in
                    task.emit(event)
                    if fails(event) { throw Refusal() }
                }.key { _ in 2 }.sink("last", outs[5])
            })
        try site.rest()
        for out in outs { try site.expect(out.isSealed, "not sealed") }
        return outs.map(\.atoms)
    }

    @Test("4.1 no sink gets an event of an aborted atom, wherever it stands")
    func sinksOfAbortedAtoms() throws {
        try underAllDrivers { site in
            let seen = try sinks(site, atoms: [[1], [2], [3]]) { $0 == 2 }
            // The end of the stream is an atom of its own, and nothing of it fails.
            let sums = [[1, 100], [3, 400], [40_000]]
            let both = [[1, 1, 100], [3, 3, 400], [40_000]]
            try site.expect(seen, is: [[[1], [3]], [[1], [3]], sums, sums, both, sums])
        }
    }

    @Test("4.1 what the end of an atom emitted is undone with its atom")
    func endsOfAbortedAtoms() throws {
        try underAllDrivers { site in
            let seen = try sinks(site, atoms: [[1], [2], [3]]) { $0 == 300 }
            let sums = [[1, 100], [3, 400], [40_000]]
            let both = [[1, 1, 100], [3, 3, 400], [40_000]]
            try site.expect(seen, is: [[[1], [3]], [[1], [3]], sums, sums, both, sums])
        }
    }

    @Test("4.1 what the end of the stream emitted is undone where it fails, and the stream ends")
    func abortedSeal() throws {
        try underAllDrivers { site in
            let seen = try sinks(site, atoms: [[1], [2]]) { $0 == 30_000 }
            let sums = [[1, 100], [2, 300]]
            let both = [[1, 1, 100], [2, 2, 300]]
            try site.expect(seen, is: [[[1], [2]], [[1], [2]], sums, sums, both, sums])
        }
    }
}
