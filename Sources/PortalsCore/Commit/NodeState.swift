// The state of one node on one partition, as a snapshot sees it: a head, and units that are copied
// one by one.

/// What a node keeps from step to step, without its type.
///
/// - Ownership: its worker's thread; begun while all workers stand still.
@safe @usableFromInline
final class NodeState {
    /// The type of the state, and that of the body if it has state: a snapshot of others is
    /// refused.
    @usableFromInline let fingerprints: [String]
    /// The type that a snapshot can't hold; nil if it can hold all.
    @usableFromInline let refused: String?
    /// Numbers that come before the units: groups and keys of the table.
    @usableFromInline let head: () -> [UInt64]
    /// Appends unit 0: the state that no key has. The others are those of the table, from 1.
    @usableFromInline let store: (_ unit: Int, inout StateBytes) -> Void
    /// Takes head and fingerprints of what is to be loaded; nothing has changed if it throws.
    @usableFromInline let beginLoading: ([UInt64], [String]) throws(RecordError) -> Void
    @usableFromInline let load: (_ unit: Int, inout StateBytes.Reader) throws(RecordError) -> Void
    /// The marks of the table; nil where there is none.
    @usableFromInline var tracker: UnitTracker?
    /// Shows each value as text, with its key where it has one.
    @usableFromInline var describe: (_ show: (Key?, String) -> Void) -> Void = { _ in }
    /// Tells the table that the tracker's interval has changed.
    @usableFromInline var intervalChanged: () -> Void = {}
    /// What the cut has copied until now: sections of units, each `unit u32, byte count u32,
    /// bytes`.
    private var sections: [[UInt8]] = []
    private var section = StateBytes()
    private var pool: SectionPool?

    /// Bytes of a section: what a file checks at once.
    private static let sectionBytes = 1 << 20

    @usableFromInline
    init(
        fingerprints: [String], refused: String?, head: @escaping () -> [UInt64],
        store: @escaping (Int, inout StateBytes) -> Void,
        beginLoading: @escaping ([UInt64], [String]) throws(RecordError) -> Void,
        load: @escaping (Int, inout StateBytes.Reader) throws(RecordError) -> Void
    ) {
        self.fingerprints = fingerprints
        self.refused = refused
        self.head = head
        self.store = store
        self.beginLoading = beginLoading
        self.load = load
    }

    /// Copies a unit for the cut.
    @usableFromInline
    func copy(_ unit: Int) {
        if section.count == 0 {
            section =
                pool?.take().map { StateBytes(reusing: $0) }
                ?? StateBytes(capacity: Self.sectionBytes + Self.sectionBytes / 16)
        }
        let start = section.count
        section.append(UInt32(truncatingIfNeeded: unit))
        section.append(UInt32(0))
        store(unit, &section)
        section.replace(
            at: start + 4, by: UInt32(truncatingIfNeeded: section.count - start - 8))
        if section.count >= Self.sectionBytes { endSection() }
    }

    private func endSection() {
        if section.count > 0 { sections.append(section.take()) }
    }

    /// Begins a cut: what has no key is copied at once, of the rest what has changed is marked.
    ///
    /// - Parameter pool: of the worker; what was copied goes there when it is written.
    func cut(_ pool: SectionPool) {
        self.pool = pool
        sections = []
        copy(0)
        tracker?.cut()
        intervalChanged()
    }

    /// It is as a snapshot has it.
    func setClean() {
        tracker?.setClean()
        intervalChanged()
    }

    /// Something is still to be copied.
    var isCopying: Bool { tracker?.isCopying ?? false }

    /// Gives away what the cut has copied.
    func takeCopied() -> [[UInt8]] {
        endSection()
        defer { sections = [] }
        return sections
    }
}

/// The state of a task: unit 0 holds its body, where that has state, and the state without a key;
/// the units of its table follow.
@inlinable
func makeNodeState<Body: TaskBody>(_ store: UnsafeMutablePointer<TaskStore<Body>>) -> NodeState {
    let hasBody = !isStateless(Body.self) && MemoryLayout<Body>.size > 0
    var states = StateCodec<Body.State>.make()
    var bodies = hasBody ? StateCodec<Body>.make() : nil
    var fingerprints = unsafe [typeFingerprint(store.pointee.single.pointee)]
    if hasBody { fingerprints.append(unsafe typeFingerprint(store.pointee.body)) }
    var refused: String?
    if states == nil { refused = fingerprints[0] }
    if hasBody && bodies == nil { refused = fingerprints[1] }
    let isKeyed = unsafe store.pointee.isKeyed
    let state = NodeState(
        fingerprints: fingerprints,
        refused: refused,
        head: {
            unsafe [
                UInt64(store.pointee.table.groupMask + 1), UInt64(store.pointee.table.count),
                store.pointee.table.seed,
            ]
        },
        store: { unit, bytes in
            guard let states else { return }
            if unit > 0 {
                return unsafe store.pointee.table.storeGroup(unit - 1, states, into: &bytes)
            }
            if let bodies {
                unsafe withUnsafePointer(to: &store.pointee.body) {
                    unsafe bodies.store($0, &bytes)
                }
            }
            unsafe states.store(UnsafePointer(store.pointee.single), &bytes)
        },
        beginLoading: { (head, stored) throws(RecordError) in
            states = try matching(states, stored.first, fingerprints[0])
            if hasBody { bodies = try matching(bodies, stored.last, fingerprints[1]) }
            guard head.count == 3, stored.count == fingerprints.count else {
                throw RecordError("a task's state has another head")
            }
            guard unsafe head[2] == store.pointee.table.seed else {
                throw RecordError("a table was laid out by another seed")
            }
            if isKeyed {
                try unsafe store.pointee.table.beginLoading(
                    groupCount: Int(clamping: head[0]), keyCount: Int(clamping: head[1]))
            }
        },
        load: { (unit, bytes) throws(RecordError) in
            guard let states else { throw RecordError("a state that can't be stored") }
            if unit > 0 {
                return try unsafe store.pointee.table.loadGroup(unit - 1, states, &bytes)
            }
            if let bodies {
                let place = UnsafeMutablePointer<Body>.allocate(capacity: 1)
                defer { unsafe place.deallocate() }
                try unsafe bodies.load(place, &bytes)
                unsafe store.pointee.body = unsafe place.move()
            }
            let place = UnsafeMutablePointer<Body.State>.allocate(capacity: 1)
            defer { unsafe place.deallocate() }
            try unsafe states.load(place, &bytes)
            unsafe store.pointee.single.pointee = unsafe place.move()
        })
    state.describe = { show in
        if hasBody { show(nil, unsafe eventText(store.pointee.body)) }
        if isKeyed {
            unsafe store.pointee.table.visit { key, value in show(key, eventText(value)) }
        } else if MemoryLayout<Body.State>.size > 0 {
            show(nil, unsafe eventText(store.pointee.single.pointee))
        }
    }
    if isKeyed {
        let tracker = unsafe UnitTracker(unitCount: store.pointee.table.groupCount) {
            [unowned(unsafe) state] unit in unsafe state.copy(unit + 1)
        }
        state.tracker = tracker
        state.intervalChanged = { unsafe store.pointee.table.followTracker() }
        unsafe store.pointee.table.track(by: tracker)
    }
    return state
}

/// The codec for what a type with the fingerprint `stored` has written.
@inlinable
func matching<Value>(
    _ codec: StateCodec<Value>?, _ stored: String?, _ fingerprint: String
) throws(RecordError) -> StateCodec<Value>? {
    guard let stored, stored != fingerprint else { return codec }
    if let migrating = codec?.migrating(from: stored) { return migrating }
    throw RecordError(
        "the stored state is \(stored), and is now \(fingerprint): launch the version that wrote "
            + "it, or let the type conform to MigratedState")
}

@inlinable
func isStateless<Body>(_: Body.Type) -> Bool {
    #if hasFeature(Embedded)
    return true
    #else
    return Body.self is any StatelessBody.Type
    #endif
}

/// A task body of which nothing changes from step to step: a snapshot leaves it out.
public protocol StatelessBody {}
