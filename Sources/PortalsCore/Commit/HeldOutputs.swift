// What a worker's sinks were given and may not show yet: it waits until all that it depends on is
// durable.
import Synchronization

/// The outputs of one worker that wait for the durable mark, in the order in which they were made.
/// Of a sink that prepares no events are held: with each stamp it prepares what it has.
///
/// - Ownership: its worker's thread; how much it holds may be asked by any.
/// - Cost: a reference or, of a chunk of another worker, a copy, for each chunk that another sink
///   gets; a fence for each step of the worker that made any.
@safe @usableFromInline
final class HeldOutputs: @unchecked Sendable {  // Its worker's thread alone, but for `held`.
    private let marks: CommitMarks
    unowned(unsafe) let worker: Worker
    private var entries = Queue<Entry>(capacity: 64)
    private var stamps = Queue<Stamp>(capacity: 64)
    private var unstamped = 0
    /// Nodes of sinks that have something to prepare since the last stamp, and of those that have
    /// prepared for each stamp.
    private var preparing = Queue<UInt>(capacity: 4)
    private var prepared = Queue<UInt>(capacity: 16)
    /// Of the last stamp.
    private var stampSerial = 0
    /// Chunks held, or prepared and not yet shown; read by the leaders that would admit more.
    private let held = Atomic<Int>(0)
    /// The drain that what it holds waits for; read by the writer.
    private let wanted = Atomic<UInt64>(0)
    /// The drain that the oldest that it holds waits for, `max` where it holds none; read by the
    /// leaders of feeds.
    private let oldest = Atomic<UInt64>(.max)
    /// Atoms of feeds led here that have ended, and are completed when the others have shown
    /// theirs.
    private var completions = Queue<Completion>(capacity: 2)

    /// Chunks that a worker may hold before sources pause: 64 MiB. At 1 ms a commit and a gigabyte
    /// of outputs a second a worker holds a mebibyte; the rest is for a disk that stalls.
    private static let chunksMax = 4_096

    private enum Kind: UInt8 { case chunk, stepEnd, seal, rootEnd, fed }

    private struct Entry: BitwiseCopyable {
        var kind: Kind
        /// A `Node`, which lives as long as its partition; of an atom from outside, its element.
        var node: UInt
        /// Of the end of an atom, its entry's delay.
        var chunk: UInt64
        var step: StepInfo
    }

    /// What was made while the writer was at a drain.
    private struct Stamp: BitwiseCopyable {
        var drain: UInt64
        var count = 0
        var preparedCount = 0
    }

    private struct Completion: BitwiseCopyable {
        var element: UInt32
        var number: UInt64
        var drain: UInt64
    }

    init(worker: Worker, marks: CommitMarks) {
        unsafe self.worker = worker
        self.marks = marks
    }

    /// Sources are to pause: the disk does not keep up.
    var isFull: Bool { held.load(ordering: .relaxed) >= Self.chunksMax }

    /// The drain that must be durable before all that it holds is shown.
    var wantedDrain: UInt64 { wanted.load(ordering: .relaxed) }

    /// Nothing waits to be shown, or for others to show it.
    @usableFromInline var isEmpty: Bool { !hasOutputs && completions.isEmpty }

    /// What has no stamp yet is an entry or of a sink that prepares.
    private var hasOutputs: Bool { !stamps.isEmpty || unstamped > 0 || !preparing.isEmpty }

    /// The drain that the oldest output of its worker waits for; `max` if none does. Acquires what
    /// sinks did with those before it.
    var oldestDrain: UInt64 { oldest.load(ordering: .acquiring) }

    @usableFromInline
    func hold(_ node: Node, _ chunk: ChunkPointer, _ step: StepInfo) {
        let kept = unsafe node.keepEvents(chunk)
        append(.chunk, node, UInt64(UInt(bitPattern: kept)), step)
        held.store(held.load(ordering: .relaxed) + 1, ordering: .relaxed)
    }

    /// A sink has taken a chunk of which it will prepare something.
    @usableFromInline
    func prepareChunk(_ node: Node) {
        node.unpreparedChunks += 1
        held.store(held.load(ordering: .relaxed) + 1, ordering: .relaxed)
    }

    /// An atom has ended of which a sink will prepare something, with the next stamp.
    @usableFromInline
    func prepareAtom(_ node: Node) {
        #if PROTOCOL_MUTATIONS
        if ProtocolMutation.has(.showsPreparedAtOnce) {
            node.prepare!(false)
            return show(node)
        }
        #endif
        if node.awaitsStamp { return }
        node.awaitsStamp = true
        preparing.append(Self.bits(node))
    }

    @usableFromInline
    func holdStepEnd(_ node: Node, _ step: StepInfo) { append(.stepEnd, node, 0, step) }

    @usableFromInline
    func holdSeal(_ node: Node) {
        #if PROTOCOL_MUTATIONS
        if ProtocolMutation.has(.showsSealsAtOnce) { return node.onReleasedSeal?() ?? () }
        #endif
        append(.seal, node, 0, StepInfo(number: 0, time: 0, root: .max))
    }

    /// The last consequence of a source's atom is done: its latency ends when all of it is durable.
    func holdEnd(_ atom: RootAtom) {
        entries.append(
            Entry(
                kind: .rootEnd, node: UInt(atom.fedElement), chunk: UInt64(atom.entryDelay),
                step: StepInfo(number: atom.number, time: atom.entryTime, root: .max)))
        unstamped += 1
    }

    /// An atom of a feed led here has ended, and its end became durable with a drain. Whatever
    /// other workers made of it was stamped before they told of it: so each has shown its share
    /// when it holds nothing of that drain any more.
    func holdCompletion(element: UInt32, number: UInt64, _ drain: UInt64) {
        completions.append(Completion(element: element, number: number, drain: drain))
    }

    /// An atom from outside was taken in: its feed is told when it is durable.
    func holdFed(element: Int, atom: UInt64) {
        entries.append(
            Entry(
                kind: .fed, node: UInt(element), chunk: 0,
                step: StepInfo(number: atom, time: 0, root: .max)))
        unstamped += 1
    }

    private func append(_ kind: Kind, _ node: Node, _ chunk: UInt64, _ step: StepInfo) {
        entries.append(Entry(kind: kind, node: Self.bits(node), chunk: chunk, step: step))
        unstamped += 1
    }

    private static func bits(_ node: Node) -> UInt {
        unsafe UInt(bitPattern: Unmanaged.passUnretained(node).toOpaque())
    }

    private static func node(_ bits: UInt) -> Node {
        unsafe Unmanaged<Node>.fromOpaque(
            UnsafeRawPointer(bitPattern: bits).unsafelyUnwrapped
        ).takeUnretainedValue()
    }

    /// Stamps what was made since the last call, and shows what has become durable; true if any
    /// has.
    func release() -> Bool {
        var worked = false
        if hasOutputs {
            worked = releaseOutputs()
            // Releases what sinks were shown; pairs with `oldestDrain`.
            oldest.store(stamps.isEmpty ? .max : stamps.first.drain, ordering: .releasing)
        }
        while !completions.isEmpty, unsafe worker.directory.hasShown(completions.first.drain) {
            let completion = completions.removeFirst()
            unsafe worker.directory.runningLeaders[Int(completion.element)].with {
                $0.fedAtomIsCompleted(completion.number)
            }
            worked = true
        }
        return worked
    }

    private func releaseOutputs() -> Bool {
        if unstamped > 0 || !preparing.isEmpty { stampNew() }
        #if PROTOCOL_MUTATIONS
        var released = marks.released
        if ProtocolMutation.has(.releasesInReverse) { return releaseInReverse(released) }
        if ProtocolMutation.has(.releasesOneDrainEarly) { released += 1 }
        #else
        let released = marks.released
        #endif
        var worked = false
        while !stamps.isEmpty, stamps.first.drain == .max || stamps.first.drain < released {
            let stamp = stamps.removeFirst()
            for _ in 0..<stamp.preparedCount { show(Self.node(prepared.removeFirst())) }
            for _ in 0..<stamp.count { show(entries.removeFirst(), stamp.drain) }
            worked = true
        }
        return worked
    }

    /// Stamps what has no stamp.
    private func stampNew() {
        #if PROTOCOL_MUTATIONS
        var isDurable = unsafe worker.directory.isFollowing
        if isDurable { hasFollowed = true }
        if ProtocolMutation.has(.releasesBeforeDurable) { isDurable = true }
        if ProtocolMutation.has(.stampsAsFollowed) && hasFollowed { isDurable = true }
        #else
        let isDurable = unsafe worker.directory.isFollowing
        #endif
        // What follows a recorded order is durable before it runs.
        #if PROTOCOL_MUTATIONS
        var drain = isDurable ? .max : marks.stamp()
        if ProtocolMutation.has(.keepsTheOldStamp) && !stamps.isEmpty { drain = stamps.last.drain }
        #else
        let drain = isDurable ? .max : marks.stamp()
        #endif
        if drain != .max { wanted.store(drain + 1, ordering: .relaxed) }
        if stamps.isEmpty || stamps.last.drain != drain {
            stamps.append(Stamp(drain: drain))
            stampSerial &+= 1
        }
        let last = stamps.count - 1
        stamps[last].count += unstamped
        unstamped = 0
        while !preparing.isEmpty {
            let bits = preparing.removeFirst()
            let node = Self.node(bits)
            let hasStamp = node.stampSerial == stampSerial
            node.prepare!(hasStamp)
            node.awaitsStamp = false
            if hasStamp { continue }
            node.stampSerial = stampSerial
            prepared.append(bits)
            stamps[last].preparedCount += 1
        }
    }

    #if PROTOCOL_MUTATIONS
    private var hasFollowed = false

    private func releaseInReverse(_ released: UInt64) -> Bool {
        var due: [Entry] = []
        while !stamps.isEmpty, stamps.first.drain == .max || stamps.first.drain < released {
            let stamp = stamps.removeFirst()
            for _ in 0..<stamp.preparedCount { show(Self.node(prepared.removeFirst())) }
            for _ in 0..<stamp.count { due.append(entries.removeFirst()) }
        }
        for entry in due.reversed() { show(entry, .max) }
        return !due.isEmpty
    }
    #endif

    private func show(_ node: Node) {
        let chunks = node.showPrepared!()
        held.store(held.load(ordering: .relaxed) - chunks, ordering: .relaxed)
    }

    private func show(_ entry: Entry, _ drain: UInt64) {
        if entry.kind == .rootEnd {
            let atom = RootAtom(
                entryTime: entry.step.time, number: entry.step.number,
                fedElement: UInt32(truncatingIfNeeded: entry.node),
                entryDelay: UInt32(truncatingIfNeeded: entry.chunk))
            unsafe worker.recordLatency(atom)
            if atom.fedElement != RootAtom.notFed { unsafe worker.sendEnded(atom, drain: drain) }
            return
        }
        if entry.kind == .fed {
            return unsafe worker.directory.runningLeaders[Int(entry.node)].with {
                $0.fedAtomIsDurable(entry.step.number)
            }
        }
        let node = Self.node(entry.node)
        switch entry.kind {
        case .chunk:
            let chunk = unsafe entry.chunk.asChunk
            unsafe node.takeReleased!(chunk, entry.step)
            unsafe worker.pool.release(chunk)
            held.store(held.load(ordering: .relaxed) - 1, ordering: .relaxed)
        case .stepEnd: node.onReleasedStepEnd?(entry.step)
        case .seal: node.onReleasedSeal?()
        case .rootEnd, .fed: break
        }
    }
}
