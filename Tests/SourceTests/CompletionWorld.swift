// What a feed is told of its atoms' ends, held against what sinks were given before.
import CrashWorld
import Portals
import Synchronization

/// An event of an atom from outside.
struct Piece: Event, Hashable {
    var atom: UInt32
    var place: UInt32
}

/// One launch of an application whose atoms reach two sinks: one on the workflow that takes them,
/// behind a request to another one and its reply, and one further on.
///
/// ```
/// feed ─► asks ──────────────► "asked"
///          │  ▲    └─► stream ─► moves ─► "moved"
///          ▼  │
///         answers
/// ```
final class CompletionWorld: @unchecked Sendable {  // What is shared, is locked.
    let atoms: Int
    private let sizes: [Int]
    private struct State {
        var asked: [Int]
        var moved: [Int]
        var completed: [Int]
        var faults: [String] = []
    }
    private let state: Mutex<State>
    // The leader's thread alone.
    private var given = 0
    private(set) var replayed = 0

    init(atoms: Int, sizeMax: Int, draws: Draws) {
        var draws = draws
        self.atoms = atoms
        sizes = (0..<atoms).map { _ in 1 + draws.below(sizeMax) }
        let none = Array(repeating: 0, count: atoms)
        state = Mutex(State(asked: none, moved: none, completed: none))
    }

    var completed: [Int] { state.withLock { $0.completed } }
    var faults: [String] { state.withLock { $0.faults } }

    private func completed(_ number: UInt64) {
        state.withLock { state in
            let atom = Int(number)
            state.completed[atom] += 1
            let wanted = sizes[atom]
            if state.asked[atom] != wanted || state.moved[atom] != wanted {
                state.faults.append(
                    "atom \(atom) of \(wanted) is completed when sinks have \(state.asked[atom]) "
                        + "and \(state.moved[atom])")
            }
            if given <= atom { state.faults.append("atom \(atom) was not given") }
        }
    }

    private func feed() -> Feed {
        Feed(
            recordByteCountMax: 16,
            poll: { [self] atom in
                if given == atoms { return .ended }
                append(UInt64(given), to: &atom.record)
                append(UInt64(sizes[given]), to: &atom.record)
                given += 1
                return .given
            },
            replay: { [self] atom, number in
                if word(atom.record, 0) != UInt64(given) { return "it comes out of order" }
                given += 1
                replayed += 1
                return nil
            },
            completed: { [self] in completed($0) },
            isIdle: { false })
    }

    func application() -> Application {
        Application("ends") { app in
            let portal = app.portal(
                "p", asking: Piece.self, replying: Piece.self, keyedBy: { UInt64($0.place) })
            app.workflow("answers").requestsOnly()
                .task("t", state: (), emits: Never.self, replies: portal) { _, _, _ in
                } onRequest: { piece, _, task in
                    task.reply(piece)
                }
            let pieces = app.source("outside", feed()) {
                (bytes: RawSpan, part: FeedPart, out: inout Emitter<Piece>) in
                let atom = unsafe bytes.unsafeLoadUnaligned(as: UInt64.self)
                let count = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: 8, as: UInt64.self)
                for place in part.share(of: Int(count)) {
                    out.emit(Piece(atom: UInt32(atom), place: UInt32(place)))
                }
            }
            let asked = app.workflow("asks").source(pieces).key { UInt64($0.place) }
                .task(
                    "t", state: (), emits: Piece.self, asks: portal, remembering: Piece.self
                ) { piece, _, task in
                    task.ask(portal, piece, remembering: piece)
                } onReply: { _, piece, _, task in
                    task.emit(piece)
                }
            asked.sink("asked") { _ in CompletionSink { [self] in add($0, \.asked) } }
            app.workflow("moves").source(asked.stream()).key { UInt64($0.place) &* 7 }
                .map { $0 }
                .sink("moved") { _ in CompletionSink { [self] in add($0, \.moved) } }
        }
    }

    private func add(_ piece: Piece, _ path: WritableKeyPath<State, [Int]>) {
        state.withLock { $0[keyPath: path][Int(piece.atom)] += 1 }
    }
}

private struct CompletionSink: SinkBody {
    let take: (Piece) -> Void

    init(_ take: @escaping (Piece) -> Void) { self.take = take }

    mutating func onBatch(_ batch: Batch<Piece>, _ step: StepInfo) {
        for index in 0..<batch.count { take(batch[index]) }
    }
}
