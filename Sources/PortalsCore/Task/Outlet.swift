// The way out of a node: a chunk being filled, and the ports of the nodes that it feeds.

/// What a node emits into, on one partition.
///
/// Chunks are passed on when they are full and at the end of the atom, so that a chain works on
/// memory that is still in the first-level cache. A chunk that nobody kept is filled again.
@safe public final class Outlet {
    @usableFromInline let pool: ChunkPool
    @usableFromInline let layout: FixedLayout
    /// At a fixed address: contexts and emitters reach it without touching the class.
    @usableFromInline let buffer: UnsafeMutablePointer<PartBuffer>
    /// The ports that it feeds, and their addresses: counting them would cost more than a small
    /// chunk.
    private var downstream: [Port] = []
    private var ports = Row<Uncounted<Port>>()
    /// Emitted events carry a key.
    @usableFromInline let isKeyed: Bool
    /// What is emitted passes by `digest` and `watch` as well.
    var isObserved = false
    /// The digest of a step that is looked at; nil where none is.
    var digest: OutputDigest?
    /// Shows what is emitted to whoever follows a replay.
    var watch: ((ChunkPointer, KeyColumn?) -> Void)? {
        didSet {
            isWatched = true
            isObserved = true
        }
    }
    private(set) var isWatched = false
    /// Full chunks wait until the handler has returned, because it may throw.
    @usableFromInline let defersPushes: Bool

    @usableFromInline
    init(pool: ChunkPool, layout: ChunkLayout, isKeyed: Bool, defersPushes: Bool) {
        self.pool = pool
        self.layout = FixedLayout(layout)
        self.isKeyed = isKeyed
        self.defersPushes = defersPushes
        unsafe buffer = .allocate(capacity: 1)
        unsafe buffer.initialize(to: PartBuffer(pool: pool))
    }

    deinit {
        unsafe buffer.deinitialize(count: 1)
        unsafe buffer.deallocate()
    }

    /// Feeds one more port; before anything runs.
    func feed(_ port: Port) {
        downstream.append(port)
        ports.append(Uncounted(port))
    }

    /// Makes room for one more event.
    @usableFromInline @inline(never)
    func makeRoom() {
        if unsafe buffer.pointee.chunk != nil && !defersPushes {
            pushOpen()
            if unsafe buffer.pointee.chunk != nil { return }
        }
        unsafe buffer.pointee.next(layout.pointer, use: 0)
        unsafe buffer.pointee.chunk.unsafelyUnwrapped.pointee.isKeyed = isKeyed
    }

    /// Passes everything on that was emitted.
    @usableFromInline @inline(never)
    func flush() {
        pushFull()
        if unsafe buffer.pointee.count > 0 { pushOpen() }
    }

    /// Passes the full chunks on that waited for the end of a handler.
    @usableFromInline
    func pushFull() {
        while unsafe !buffer.pointee.full.isEmpty {
            let chunk = unsafe buffer.pointee.full.removeFirst().asChunk
            unsafe push(chunk)
            unsafe pool.release(chunk)
        }
    }

    private func pushOpen() {
        let chunk = unsafe buffer.pointee.chunk.unsafelyUnwrapped
        unsafe chunk.pointee.count = unsafe Int32(truncatingIfNeeded: buffer.pointee.count)
        unsafe push(chunk)
        if unsafe chunk.pointee.references == 1 {
            unsafe ChunkPool.destroyValues(chunk)
            unsafe chunk.pointee.count = 0
            unsafe buffer.pointee.count = 0
        } else {
            unsafe chunk.pointee.references &-= 1
            unsafe buffer.pointee.chunk = nil
            unsafe buffer.pointee.count = 0
            unsafe buffer.pointee.capacity = 0
        }
    }

    @usableFromInline
    func push(_ chunk: ChunkPointer) {
        unsafe forward(chunk, isKeyed ? chunk.keys : nil)
    }

    /// Passes a chunk of somebody else on, with keys that may lie elsewhere.
    @usableFromInline
    func forward(_ chunk: ChunkPointer, _ keys: KeyColumn?) {
        if isObserved { unsafe observe(chunk, keys) }
        for index in 0..<ports.count { ports[index].with { unsafe $0.accept(chunk, keys) } }
    }

    @inline(never)
    private func observe(_ chunk: ChunkPointer, _ keys: KeyColumn?) {
        if let digest { unsafe digest.take(chunk, keys) }
        if let watch = unsafe watch { unsafe watch(chunk, keys) }
    }

    /// Forgets everything that was emitted: the step is undone.
    func discard() {
        unsafe buffer.pointee.rewind(to: .init(fullCount: 0, count: 0), tagged: false) { _ in }
    }
}
