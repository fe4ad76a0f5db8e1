// The state of a task on one partition: a table by key, or one value; and how it is undone.

/// The state of one task on one partition, at a fixed address.
@safe @frozen @usableFromInline
struct TaskStore<Body: TaskBody>: ~Copyable {
    @usableFromInline var body: Body
    @usableFromInline var table: StateTable<Body.State>
    /// The state of a task without keys; also the place of states without bytes.
    @usableFromInline var single: UnsafeMutablePointer<Body.State>
    @usableFromInline let isKeyed: Bool
    /// What to put back if the step is aborted, oldest first; nil where nothing can abort.
    @usableFromInline var log: [Change]?
    @usableFromInline var loggedBody: Body?

    /// A state before it was handled, nil where the key had none.
    @frozen @usableFromInline
    struct Change {
        @usableFromInline var key: Key
        @usableFromInline var before: Body.State?
        @inlinable init(key: Key, before: Body.State?) {
            self.key = key
            self.before = before
        }
    }

    @inlinable
    init(body: Body, isKeyed: Bool, logs: Bool, seed: UInt64, memory: MemorySource) {
        self.body = body
        self.isKeyed = isKeyed && MemoryLayout<Body.State>.size > 0
        self.table = StateTable(seed: seed, memory: memory)
        unsafe self.single = .allocate(capacity: 1)
        unsafe self.single.initialize(to: body.initialState())
        self.log = logs ? [] : nil
    }

    @inlinable deinit {
        unsafe single.deinitialize(count: 1)
        unsafe single.deallocate()
    }

    /// The state of a key, made if it is new. Valid until the next call.
    @inlinable @inline(__always)
    mutating func state(_ key: Key) -> UnsafeMutablePointer<Body.State> {
        if MemoryLayout<Body.State>.size == 0 || !isKeyed { return unsafe single }
        return unsafe table.marks == nil ? keyedState(key) : trackedState(key)
    }

    /// Asks for what the events from `index` on need of a table larger than the caches.
    ///
    /// - Returns: the end of those to be handled before it is called again; `count` if there is no
    ///   need.
    @inlinable @inline(__always)
    func prefetch(_ keys: KeyColumn, from index: Int, _ count: Int) -> Int {
        if MemoryLayout<Body.State>.size == 0 || !isKeyed || !table.isFar { return count }
        return unsafe table.prefetch(keys, from: index, count)
    }

    /// The state of a key where `isKeyed`, and no snapshots are taken.
    @inlinable @inline(__always)
    mutating func keyedState(_ key: Key) -> UnsafeMutablePointer<Body.State> {
        if let slot = unsafe table.locateFirst(key, hash: table.hash(of: key)) {
            return unsafe StateTable<Body.State>.value(at: slot)
        }
        return unsafe searchedState(key)
    }

    /// The same where they are: the first change to a group in an interval goes the long way, which
    /// tells the table's tracker. Apart from the other, whose loop the comparison would slow down.
    @inlinable @inline(__always)
    mutating func trackedState(_ key: Key) -> UnsafeMutablePointer<Body.State> {
        let hash = table.hash(of: key)
        if table.hasChanged(hash), let slot = unsafe table.locateFirst(key, hash: hash) {
            return unsafe StateTable<Body.State>.value(at: slot)
        }
        return unsafe searchedState(key)
    }

    /// The same for the few keys that are not found at once, kept out of the loop that calls.
    @inlinable @inline(never)
    mutating func searchedState(_ key: Key) -> UnsafeMutablePointer<Body.State> {
        var isNew = false
        table.touch(key)
        return unsafe table.reference(key, default: body.initialState(), inserted: &isNew)
    }

    /// Copies what the handler of this key may change. Only for bodies that can fail, or that run
    /// in a workflow whose atoms can be aborted.
    @inlinable
    mutating func before(_ key: Key) -> Body.State? {
        if MemoryLayout<Body.State>.size == 0 || !isKeyed { return unsafe single.pointee }
        return unsafe table.find(key)?.pointee
    }

    @inlinable
    mutating func restore(_ key: Key, _ before: Body.State?) {
        if MemoryLayout<Body.State>.size == 0 || !isKeyed {
            if let before { unsafe single.pointee = before }
        } else if let before {
            table.touch(key)
            table.update(key, default: before) { $0 = before }
        } else {
            _ = table.remove(key)
        }
    }

    @inlinable
    mutating func remember(_ key: Key?) {
        guard log != nil else { return }
        if loggedBody == nil { loggedBody = body }
        guard let key else { return }
        let change = Change(key: key, before: before(key))
        log?.append(change)
    }

    @inlinable
    mutating func settle(commits: Bool) {
        if !commits {
            if let loggedBody { body = loggedBody }
            let changes = log ?? []
            for change in changes.reversed() { restore(change.key, change.before) }
        }
        loggedBody = nil
        log?.removeAll(keepingCapacity: true)
    }
}
