// The atom alignment on Portals: ranks of tasks, each joined again by unions.
import Portals
import Synthetic

extension Cell: Event {}
extension Generator: IndexedSource {}

/// What a run leaves, gathered from all partitions at the end of the stream.
public typealias Results = Gathered<Answer>

/// Works on each event and passes it on.
public struct Forwarder: TaskBody, StatelessBody {
    public typealias Input = Cell
    public static var handlesAtomComplete: Bool { false }

    @usableFromInline let rank: UInt64
    @usableFromInline let workSteps: Int

    init(rank: Int, workSteps: Int) {
        self.rank = UInt64(rank)
        self.workSteps = workSteps
    }

    @inlinable @inline(__always)
    public mutating func onEvent(_ cell: Cell, _ state: inout Void, _ task: inout Context) {
        var cell = cell
        cell.forward(rank: rank, workSteps: workSteps)
        task.emit(cell)
    }
}

/// Takes everything and emits nothing: what is joined with it must wait for the end of its atom.
public struct Silent: TaskBody, StatelessBody {
    public typealias Input = Cell
    public static var handlesAtomComplete: Bool { false }

    init() {}

    @inlinable @inline(__always)
    public mutating func onEvent(_ cell: Cell, _ state: inout Void, _ task: inout Context) {}
}

/// Takes what arrives behind the grid.
public struct ArrivalSink: SinkBody {
    @usableFromInline var arrivals: Arrivals
    let results: Results

    init(atomSize: UInt64, results: Results) {
        arrivals = Arrivals(atomSize: atomSize)
        self.results = results
    }

    @inlinable @inline(__always)
    public mutating func onBatch(_ batch: Batch<Cell>, _ step: StepInfo) {
        for index in 0..<batch.count { arrivals.take(batch[index]) }
    }

    @inlinable public mutating func onAtomEnd(_ step: StepInfo) { arrivals.endAtom() }

    public mutating func onSeal() { results.add(arrivals.answer) }
}

extension Definition {
    /// The grid as a Portals application.
    public func application(_ results: Results, atomsPerSecond: Double? = nil) -> Application {
        let atomSize = atomSize
        return Application("atom-alignment") { app in
            let cells = app.workflow("grid")
                .source(
                    app.generator(
                        "cells", generator, count: events, atomSize: Int(atomSize),
                        atomsPerSecond: atomsPerSecond))
            switch exchange {
            case .none:
                rank(2, rank(1, cells)).sink("arrivals") { _ in
                    ArrivalSink(atomSize: atomSize, results: results)
                }
            case .everyRank:
                let first = rank(1, cells.key { $0.index })
                let second = rank(2, first.key { $0.value })
                second.key { $0.index }.sink("arrivals") { _ in
                    ArrivalSink(atomSize: atomSize, results: results)
                }
            }
        }
    }

    /// Three tasks side by side, and their events together.
    private func rank<Keys: FlowKeys>(_ rank: Int, _ flow: Flow<Cell, Keys>) -> Flow<Cell, Keys> {
        let forwarded = flow.task("\(rank)-1", Forwarder(rank: rank, workSteps: workSteps))
        return (2...Self.tasksPerRank).reduce(forwarded) { joined, place in
            joined.union(flow.task("\(rank)-\(place)", Silent()))
        }
    }
}
