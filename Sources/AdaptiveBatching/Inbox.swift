// Events that threads of this process send, waiting to be taken into atoms.
import Portals
import Synchronization

/// What became of an event that was sent to an ``Inbox``.
public enum InboxReply: Sendable, Equatable {
    /// It will be taken; so many were accepted before it in this process.
    case accepted(Int)
    /// There is no room: the system is behind. It was not taken.
    case full
    /// The inbox was finished before. It was not taken.
    case finished
}

/// A bounded queue into an application: any thread sends, atoms take all that waits.
///
/// ```swift
/// let inbox = Inbox<Request>()
/// let batches = AdaptiveBatches(inbox, objectiveNanoseconds: 5_000_000)
/// // In the application: app.workflow("serve").source(app.source("requests", batches))
/// if inbox.send(request) == .full { reject(request) }
/// ```
/// An event that was accepted is in this process's memory, and no more. On a site with a journal,
/// `AdaptiveBatches.durableCount` says how many have been made durable, over all runs, in the order
/// in which they were accepted; a launch's `recoveredCount` says how many of earlier runs were,
/// which may be some more than were seen to be: a sender that goes on with that one loses none and
/// sends none twice. Senders that are several each have their own count in their events, or use an
/// `Ingress`, which keeps one for each client.
///
/// - Ownership: any thread may send. For one launch.
/// - Cost: a lock and a copy for each event; a lock and a copy of all for each atom.
@safe
public final class Inbox<Element: Event & BitwiseCopyable>: Arrivals, @unchecked Sendable {
    // Unchecked: the slots are touched under the lock alone; InboxThreadsTests would see it.

    /// Events that it holds at the most.
    public let capacity: Int
    /// A ring: what waits lies from the state's `head` on.
    private let slots: UnsafeMutablePointer<Element>

    private struct State {
        var head = 0
        var count = 0
        var accepted = 0
        var isFinished = false
        /// `wake` is there, and stays as it is.
        var hasBegun = false
    }

    private let state = Mutex(State())
    /// Not in the state: a closure that leaves a lock is wrapped, with an allocation each time.
    private var wake: (@Sendable () -> Void)?
    /// Events that wait, and one for the end: what a leader looks at. Written under the lock.
    private let waiting = Atomic<Int>(0)

    /// Makes an empty one.
    ///
    /// - Parameter capacity: events that may wait. 65,536: a tenth of a second at 600,000 a second;
    ///   what waits longer is better refused.
    public init(capacity: Int = 65_536) {
        precondition(capacity >= 1, "an inbox of \(capacity) events holds none: give at least 1")
        self.capacity = capacity
        // Zeroed, because what pads an event is written down too.
        let byteCount = capacity * MemoryLayout<Element>.stride
        let memory = UnsafeMutableRawPointer.allocate(
            byteCount: byteCount, alignment: MemoryLayout<Element>.alignment)
        unsafe memory.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
        unsafe slots = unsafe memory.bindMemory(to: Element.self, capacity: capacity)
    }

    deinit { unsafe slots.deallocate() }

    /// Sends an event; says if it was accepted. It never waits for room: who sends knows better
    /// what is to be done where the system is behind.
    public func send(_ event: Element) -> InboxReply {
        let (reply, isFirst): (InboxReply, Bool) = state.withLock { state in
            if state.isFinished { return (.finished, false) }
            if state.count == capacity { return (.full, false) }
            var tail = state.head + state.count
            if tail >= capacity { tail -= capacity }
            unsafe slots[tail] = event
            state.count += 1
            state.accepted += 1
            publish(state)
            return (.accepted(state.accepted - 1), state.hasBegun && state.count == 1)
        }
        if isFirst { wake?() }
        return reply
    }

    /// No more will be sent: the stream ends with what was accepted.
    public func finish() {
        let hasBegun = state.withLock { state in
            state.isFinished = true
            publish(state)
            return state.hasBegun
        }
        if hasBegun { wake?() }
    }

    /// Releases what the lock guards; pairs with the acquiring loads of the leader, which then
    /// locks.
    private func publish(_ state: borrowing State) {
        waiting.store(state.count + (state.isFinished ? 1 : 0), ordering: .releasing)
    }

    // MARK: Arrivals

    /// The events' bytes.
    public func recordByteCountMax(eventCount: Int) -> Int {
        min(eventCount, capacity) * MemoryLayout<Element>.stride
    }

    /// Whoever sends wakes the source from now on.
    public func begin(at next: Int, wake: @escaping @Sendable () -> Void) {
        state.withLock { state in
            self.wake = wake
            state.hasBegun = true
        }
    }

    /// What was accepted and not taken.
    public func look(at nanoseconds: UInt64) -> Arrived {
        if waiting.load(ordering: .acquiring) == 0 { return .none }
        return state.withLock { state in
            if state.count > 0 { return .events(state.count) }
            return state.isFinished ? .ended : .none
        }
    }

    /// Copies the oldest events' bytes into the record.
    public func take(_ range: Range<Int>, into atom: inout FeedAtom) {
        state.withLock { state in
            precondition(range.count <= state.count, "\(range.count) of \(state.count) events")
            // What must hold: at most `count` slots from `head` on, in two pieces at the end of the
            // ring. InboxTests go round rings of all small capacities.
            let first = min(range.count, capacity - state.head)
            unsafe append(state.head, first, to: &atom.record)
            unsafe append(0, range.count - first, to: &atom.record)
            state.head += range.count
            if state.head >= capacity { state.head -= capacity }
            state.count -= range.count
            publish(state)
        }
    }

    @unsafe private func append(_ start: Int, _ count: Int, to bytes: inout [UInt8]) {
        unsafe bytes.append(
            contentsOf: UnsafeRawBufferPointer(
                start: slots + start, count: count * MemoryLayout<Element>.stride))
    }

    /// Counts the events of a record.
    public func replay(_ atom: inout FeedAtom) throws(ArrivalsError) -> Int {
        let stride = MemoryLayout<Element>.stride
        if atom.record.count % stride != 0 {
            throw ArrivalsError(
                "its journal holds an atom of \(atom.record.count) bytes, but an event has "
                    + "\(stride): launch the application that wrote it")
        }
        return atom.record.count / stride
    }

    /// Nothing waits.
    public var isIdle: Bool { waiting.load(ordering: .acquiring) == 0 }
}

extension ApplicationBuilder {
    /// A source of what is sent to an inbox, in atoms as large as the objective allows.
    @inlinable @inline(__always)
    public func source<Element: Event & BitwiseCopyable>(
        _ name: String, _ batches: AdaptiveBatches<Inbox<Element>>
    ) -> Stream<Element> {
        source(name, batches) { (bytes: RawSpan, part: FeedPart, out: inout Emitter<Element>) in
            let stride = MemoryLayout<Element>.stride
            for index in part.share(of: bytes.byteCount / stride) {
                // A record is whole events, of which the share is a part.
                out.emit(
                    unsafe bytes.unsafeLoadUnaligned(
                        fromByteOffset: index * stride, as: Element.self))
            }
        }
    }
}
