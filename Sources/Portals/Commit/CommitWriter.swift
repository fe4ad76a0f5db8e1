// The one writer of a site's journal: takes what the workers have recorded, appends it as a block,
// makes it durable, and says so.

/// Writes what the workers of an engine decide into a journal, many atoms at a time.
///
/// It is a state machine like a worker: each ``step()`` does one thing, so that a simulation can
/// crash between any two.
///
/// ```
/// waiting ──► drain record after record, append ──► synchronize ──► move the durable mark ──►
/// waiting
/// ```
/// - Ownership: one thread.
public final class CommitWriter {
    private let engine: Engine
    private let journal: any Journal
    private var end: JournalPosition
    private var state = State.waiting
    private var words: [UInt64] = []
    private let blockWordCountMax: Int

    /// Words of each worker's record that the drain takes, as far as it has looked.
    private var counts: [Int] = []

    private enum State {
        case waiting, draining(drain: UInt64), appended(drain: UInt64), durable(drain: UInt64)
    }

    /// Blocks that it has made durable.
    public private(set) var commits = 0
    /// Bytes of them.
    public private(set) var byteCount = 0
    /// What it shares with whoever takes snapshots.
    let places: CommitPlaces

    /// A writer that goes on where a journal ends.
    ///
    /// - Parameter blockByteCountMax: what waits is cut into blocks no longer than this.
    public init(engine: Engine, journal: any Journal, blockByteCountMax: Int) {
        self.engine = engine
        self.journal = journal
        end = journal.end
        places = CommitPlaces(drained: journal.end, released: journal.start)
        // At least what a kind, a worker and a record of three words take.
        blockWordCountMax = max(8, min(blockByteCountMax, journal.payloadBytesMax) / 8)
        words.reserveCapacity(blockWordCountMax)
    }

    /// Words that wait to be written.
    public var waitingWordCount: Int { engine.records.reduce(0) { $0 + $1.wordCount } }

    /// Something waits to be written, or to be told that it is durable.
    public var hasWork: Bool {
        if case .waiting = state {
            return engine.wantedDrain > engine.marks.released || waitingWordCount > 0
        }
        return true
    }

    /// The next step asks the disk to synchronize.
    var isSynchronizing: Bool {
        if case .appended = state { return true }
        return false
    }

    /// It is between two commits.
    var isWaiting: Bool {
        if case .waiting = state { return true }
        return false
    }

    /// Does the next thing; false if there is nothing to do.
    ///
    /// - Errors: of the journal. After one, nothing more is released; the site ends.
    public func step() throws(JournalError) -> Bool {
        switch state {
        case .waiting:
            guard hasWork else { return false }
            counts.removeAll(keepingCapacity: true)
            #if PROTOCOL_MUTATIONS
            if ProtocolMutation.has(.numbersDrainsLate) {
                state = .draining(drain: 0)
                return true
            }
            #endif
            state = .draining(drain: engine.marks.beginDrain())
        case .draining(let begun):
            // One record a step: on threads, workers go on between two of them.
            if counts.count < engine.records.count {
                counts.append(engine.records[counts.count].wordCount)
                return true
            }
            #if PROTOCOL_MUTATIONS
            let drain = begun == 0 ? engine.marks.beginDrain() : begun
            #else
            let drain = begun
            #endif
            state = try appendDrained() ? .appended(drain: drain) : .durable(drain: drain)
        case .appended(let drain):
            #if PROTOCOL_MUTATIONS
            if ProtocolMutation.has(.marksBeforeSynchronize) {
                engine.marks.setDurable(drain)
                state = .durable(drain: 0)
                return true
            }
            if !ProtocolMutation.has(.skipsSynchronize) {
                do {
                    try journal.synchronize()
                } catch {
                    if !ProtocolMutation.has(.ignoresSynchronizeErrors) { throw error }
                }
            }
            #else
            try journal.synchronize()
            #endif
            commits += 1
            state = .durable(drain: drain)
        case .durable(let drain):
            #if PROTOCOL_MUTATIONS
            if drain == 0 {
                try journal.synchronize()
                state = .waiting
                return true
            }
            #endif
            places.drained = end
            engine.marks.setDurable(drain)
            state = .waiting
            if let position = places.takeRelease() { try journal.release(before: position) }
        }
        return true
    }

    /// Appends all that was there when the drain began; false if it was nothing.
    private func appendDrained() throws(JournalError) -> Bool {
        if counts.allSatisfy({ $0 == 0 }) { return false }
        #if PROTOCOL_MUTATIONS
        isLaterBlock = false
        #endif
        start()
        for (index, record) in engine.records.enumerated() {
            while counts[index] > 0 {
                if words.count + 2 > blockWordCountMax { try append() }
                let count = min(counts[index], blockWordCountMax - words.count - 1)
                // A block may end within a record: the reader joins a worker's words again.
                #if PROTOCOL_MUTATIONS
                let other = words.count > 1 ? 1 - min(record.worker, 1) : record.worker
                let worker = ProtocolMutation.has(.swapsWorkers) ? other : record.worker
                words.append(UInt64(worker) << 32 | UInt64(count))
                #else
                words.append(UInt64(record.worker) << 32 | UInt64(count))
                #endif
                take(count, of: record)
                counts[index] -= count
            }
        }
        if words.count > 1 { try append() }
        return true
    }

    private func start() {
        words.removeAll(keepingCapacity: true)
        words.append(CommitBlock.records.rawValue)
    }

    private func take(_ count: Int, of record: WorkerRecord) {
        let from = words.count
        words.append(contentsOf: repeatElement(0, count: count))
        let taken = unsafe words.withUnsafeMutableBufferPointer { buffer in
            unsafe record.take(
                into: UnsafeMutableBufferPointer(rebasing: buffer[from..<(from + count)]))
        }
        precondition(taken == count, "a record shrank while it was read")
    }

    #if PROTOCOL_MUTATIONS
    private var isLaterBlock = false
    #endif

    private func append() throws(JournalError) {
        #if PROTOCOL_MUTATIONS
        defer { isLaterBlock = true }
        if isLaterBlock && ProtocolMutation.has(.losesLaterBlocks) { return start() }
        if ProtocolMutation.has(.ignoresAppendErrors) {
            do { try write(words) } catch {}
            return start()
        }
        #endif
        try write(words)
        byteCount += words.count * 8
        start()
    }

    /// Appends a block of its own and makes it durable; before the workers run.
    func writeThrough(_ block: [UInt64]) throws(JournalError) {
        try write(block)
        try journal.synchronize()
        places.drained = end
    }

    private func write(_ block: [UInt64]) throws(JournalError) {
        end = unsafe try journal.append(block.span.bytes, after: end)
    }
}
