// The source whose atoms are as large as a latency objective allows: what waits outside, the
// controller of their size, and the feed that the engine asks.
import Portals
import Synchronization

/// Forms atoms of what waits outside, as large as an objective for its latency allows.
///
/// ```
///  arrivals     fewer than `atomsInFlightMax` in flight?       completed
///  ▪▪▪▪▪▪▪ ──────────► min(limit, waiting) ──► steps, commit ──────┐
///                            ▲                                     │ how long it took
///                            └──────── AtomSizeController ◄────────┘
/// ```
/// While the system is busy, events gather and go together; a lone one goes at once. No event waits
/// for others where the system could begin with it.
///
/// The sizes of atoms are input like their events: a site with a journal records them, and a
/// recovery repeats them as they were.
///
/// - Ownership: for one launch of one application; its counts may be read by any thread.
/// - Cost: an atom takes two readings of the clock and no allocation; an event, what its decoder
///   takes.
/// - Source: Clipper's adaptive batching (NSDI 2017), see ``AtomSizeController``; atoms in flight
///   in place of its delayed batching.
public final class AdaptiveBatches<Waiting: Arrivals>: @unchecked Sendable {
    // Unchecked: its leader's thread alone, but for atomics.

    /// What waits outside.
    public let arrivals: Waiting
    /// Atoms that may be in flight.
    public let atomsInFlightMax: Int
    private var controller: AtomSizeController
    private var open: [OpenAtom] = []
    private var inFlight = 0
    private var taken = 0
    private var hasBegun = false
    /// It calls the closures that look at it, so it is there when they do.
    private unowned(unsafe) var made: Feed?
    @usableFromInline private(set) var fault: String?

    // Written by its leader's thread, read by any, each for itself: relaxed.
    private let currentLimit: Atomic<Int>
    private let atoms = Atomic<Int>(0)
    private let misses = Atomic<Int>(0)
    private let recovered = Atomic<Int>(0)
    private let durable = Atomic<Int>(0)
    private let completed = Atomic<Int>(0)

    /// Makes a source of what waits.
    ///
    /// - Parameters:
    ///   - objectiveNanoseconds: of an event, from its arrival until all that followed from it is
    ///     done (in `durable` mode, durable). An event waits for an atom in flight at the most, and
    ///     then takes as long as its own: so each atom may take half of that. It is an aim and no
    ///     bound: beyond what the system can do at all, events wait as long as it takes.
    ///   - atomsInFlightMax: 2 keeps workers busy while a completion travels. More where an atom
    ///     waits for something else than workers: a disk that commits, replies with time-outs.
    ///   - sizes: bounds of an atom's size. 4,096: what an atom costs besides its events, some
    ///     microseconds, is a nanosecond for each of so many. `recordByteCountMax` of the arrivals
    ///     for the largest must fit a worker's record (`EngineOptions.recordCapacity`).
    public init(
        _ arrivals: Waiting, objectiveNanoseconds: UInt64, atomsInFlightMax: Int = 2,
        sizes: ClosedRange<Int> = 1...4_096
    ) {
        precondition(
            atomsInFlightMax >= 1, "\(atomsInFlightMax) atoms in flight: give at least 1")
        self.arrivals = arrivals
        self.atomsInFlightMax = atomsInFlightMax
        controller = AtomSizeController(
            objectiveNanoseconds: objectiveNanoseconds / 2, sizes: sizes)
        currentLimit = Atomic(controller.limit)
        open.reserveCapacity(2 * atomsInFlightMax)
    }

    /// Events that an atom may have now.
    public var limit: Int { currentLimit.load(ordering: .relaxed) }
    /// Atoms formed in this launch.
    public var atomCount: Int { atoms.load(ordering: .relaxed) }
    /// Those of them that took longer than half of the objective.
    public var missCount: Int { misses.load(ordering: .relaxed) }
    /// Events that earlier runs took and that were not lost; final when a launch has returned.
    public var recoveredCount: Int { recovered.load(ordering: .relaxed) }
    /// Events that survive a crash, over all runs: all with a number below. Without a journal,
    /// those taken.
    public var durableCount: Int { durable.load(ordering: .acquiring) }
    /// Events that are completed, over all runs.
    public var completedCount: Int { completed.load(ordering: .acquiring) }

    /// The feed of the one launch. A launch with a second one is refused.
    @usableFromInline
    func feed() -> Feed {
        if unsafe made != nil {
            fault = "these batches were given to a source before: make new ones for each launch"
        }
        let feed = Feed(
            recordByteCountMax: arrivals.recordByteCountMax(
                eventCount: controller.sizes.upperBound),
            poll: { [self] in poll(&$0) },
            replay: { [self] in replay(&$0, $1) },
            durable: { [self] in durable($0) },
            completed: { [self] in completed($0) },
            isIdle: { [self] in arrivals.isIdle },
            store: { [self] in stored },
            restore: { [self] in restore($0) })
        unsafe made = feed
        return feed
    }

    private func poll(_ atom: inout FeedAtom) -> FeedState {
        guard let made = unsafe made else { return .failed("its feed is gone") }
        if !hasBegun {
            hasBegun = true
            arrivals.begin(at: taken) { [weak made] in made?.arrived() }
        }
        if inFlight >= atomsInFlightMax { return .nothing }
        let now = made.nanoseconds
        switch arrivals.look(at: now) {
        case .events(let waiting):
            let limit = controller.limit
            let range = taken..<(taken + min(limit, waiting))
            arrivals.take(range, into: &atom)
            note(range, limit: limit, formed: now)
            atoms.store(atoms.load(ordering: .relaxed) + 1, ordering: .relaxed)
            return .given
        case .none: return .nothing
        case .noneUntil(let time): return .nothingUntil(nanoseconds: time)
        case .ended: return .ended
        }
    }

    /// The number of the next atom.
    private var nextNumber: UInt64 = 0

    private func note(_ range: Range<Int>, limit: Int?, formed: UInt64) {
        open.append(
            OpenAtom(
                number: nextNumber, range: range, limit: limit, formed: formed,
                isDurable: limit == nil))
        nextNumber += 1
        taken = range.upperBound
        inFlight += 1
    }

    private func replay(_ atom: inout FeedAtom, _ number: UInt64) -> String? {
        do throws(ArrivalsError) {
            let count = try arrivals.replay(&atom)
            nextNumber = number
            note(taken..<(taken + count), limit: nil, formed: 0)
            setRecovered()
            return nil
        } catch { return error.description }
    }

    private func setRecovered() {
        recovered.store(taken, ordering: .relaxed)
        durable.store(taken, ordering: .releasing)
    }

    private func durable(_ number: UInt64) {
        guard let index = open.firstIndex(where: { $0.number == number }) else { return }
        open[index].isDurable = true
        durable.store(open[index].range.upperBound, ordering: .releasing)
        if open[index].isCompleted { close(index) }
    }

    private func completed(_ number: UInt64) {
        guard let index = open.firstIndex(where: { $0.number == number }) else { return }
        let atom = open[index]
        inFlight -= 1
        let now = unsafe made?.nanoseconds ?? 0
        if let limit = atom.limit {
            let nanoseconds = now > atom.formed ? now - atom.formed : 0
            controller.atomCompleted(
                eventCount: atom.range.count, limit: limit, nanoseconds: nanoseconds)
            currentLimit.store(controller.limit, ordering: .relaxed)
            if nanoseconds > controller.objectiveNanoseconds {
                misses.store(misses.load(ordering: .relaxed) + 1, ordering: .relaxed)
            }
        }
        arrivals.completed(atom.range, at: now)
        completed.store(
            completed.load(ordering: .relaxed) + atom.range.count, ordering: .releasing)
        open[index].isCompleted = true
        if atom.isDurable { close(index) }
    }

    private func close(_ index: Int) {
        open.swapAt(index, open.count - 1)
        open.removeLast()
    }

    // MARK: Snapshots

    /// What a snapshot holds: how many events and atoms were taken.
    /// ```
    /// │ ADAPTIVE │ events │ atoms │
    /// │ 8        │ 8      │ 8     │
    /// ```
    private var stored: [UInt8] {
        var bytes = Array("ADAPTIVE".utf8)
        for word in [UInt64(taken), nextNumber] {
            unsafe withUnsafeBytes(of: word.littleEndian) { unsafe bytes.append(contentsOf: $0) }
        }
        return bytes
    }

    private func restore(_ bytes: [UInt8]) -> String? {
        guard bytes.count == 24, bytes.starts(with: Array("ADAPTIVE".utf8)) else {
            return "the snapshot holds no state of a source of adaptive batches"
        }
        let words = [8, 16].map { start in
            (0..<8).reduce(UInt64(0)) { $0 | UInt64(bytes[start + $1]) << UInt64($1 * 8) }
        }
        taken = Int(clamping: words[0])
        nextNumber = words[1]
        completed.store(taken, ordering: .releasing)
        setRecovered()
        return nil
    }
}

/// An atom that is in flight or not durable. Not within the generic class: arrays of what depends
/// on a parameter are not specialised, and allocate when they are changed.
private struct OpenAtom {
    var number: UInt64
    var range: Range<Int>
    /// The limit when it was formed; nil of one that was replayed.
    var limit: Int?
    var formed: UInt64
    var isDurable: Bool
    var isCompleted = false
}

extension ApplicationBuilder {
    /// A source of atoms that are as large as an objective for their latency allows.
    ///
    /// - Parameter decode: emits the events of a partition's part of what `Arrivals.take` wrote, in
    ///   order, as of any feed.
    @inlinable @inline(__always)
    public func source<Waiting: Arrivals, Element: Event>(
        _ name: String, _ batches: AdaptiveBatches<Waiting>,
        decoding decode: @escaping @Sendable (RawSpan, FeedPart, inout Emitter<Element>) -> Void
    ) -> Stream<Element> {
        let feed = batches.feed()
        return source(name, feed, fault: batches.fault, decoding: decode)
    }
}
