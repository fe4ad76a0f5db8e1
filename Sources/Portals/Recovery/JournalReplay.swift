// Reads what an earlier run of a site left in its journal.

/// What a journal says of the run before: what ran, and in which order its leaders decided.
struct JournalReplay {
    /// The layout of the run; nil in a new journal.
    private(set) var layout: String?
    /// It holds no block at all.
    var isEmpty: Bool { layout == nil && blocks.isEmpty }
    private var blocks: [[UInt64]] = []

    /// The snapshot that the engine was restored from; nil where it begins with nothing.
    private let snapshot: UInt64?

    /// Reads a journal from its beginning, or from a snapshot on, to its end.
    ///
    /// - Parameter snapshot: the one that the engine was restored from.
    /// - Cost: holds eight bytes a decision, and the bytes of sources from outside.
    init(_ journal: any Journal, from snapshot: Snapshot?) throws {
        var layout: String?
        var blocks: [[UInt64]] = []
        var unknown: UInt64?
        try journal.read(from: snapshot?.position ?? journal.start) { payload, _, _ in
            let words = (0..<(payload.byteCount / 8)).map { index in
                unsafe payload.unsafeLoadUnaligned(fromByteOffset: index * 8, as: UInt64.self)
            }
            switch words.first.flatMap(CommitBlock.init(rawValue:)) {
            case .layout: layout = CommitBlock.text(words)
            case .records, .cut: blocks.append(words)
            case nil: unknown = words.first ?? 0
            }
            return unknown == nil ? .goOn : .stop
        }
        self.snapshot = snapshot?.number
        if let unknown { throw RecoveryError.unknownBlock(unknown) }
        #if PROTOCOL_MUTATIONS
        if ProtocolMutation.has(.forgetsLastBlock),
            let last = blocks.lastIndex(where: { $0[0] == CommitBlock.records.rawValue })
        {
            blocks.remove(at: last)
        }
        #endif
        self.layout = layout
        self.blocks = blocks
    }

    /// The decisions, by element.
    ///
    /// - Parameter startTimes: of each element, the time from which the first is counted.
    /// - Parameter startSteps: of each element, the number of the first.
    func order(startTimes: [UInt64], startSteps: [UInt64]) throws -> RecordedOrder {
        var order = RecordedOrder(startTimes: startTimes, startSteps: startSteps)
        // A worker's words may be cut between two blocks, within a record.
        var rests: [UInt64: [UInt64]] = [:]
        // What was recorded before the snapshot is in it.
        var marked: Set<UInt64> = []
        var isFirstRun = true
        for block in blocks {
            if block[0] == CommitBlock.cut.rawValue {
                guard block.count >= 2, block.count == Int(block[1]) + 2 else {
                    throw RecoveryError.unknownBlock(block[0])
                }
                #if PROTOCOL_MUTATIONS
                if !ProtocolMutation.has(.keepsRestsAtCuts) { rests = [:] }
                #else
                rests = [:]
                #endif
                isFirstRun = false
                try order.cut(at: Array(block.dropFirst(2)))
                continue
            }
            var index = 1
            while index < block.count {
                let worker = block[index] >> 32
                let count = Int(block[index] & 0xFFFF_FFFF)
                guard index + 1 + count <= block.count else {
                    throw RecoveryError.cutOff(worker: Int(worker))
                }
                let words = (rests[worker] ?? []) + block[(index + 1)..<(index + 1 + count)]
                index += 1 + count
                var used = 0
                #if PROTOCOL_MUTATIONS
                if ProtocolMutation.has(.replaysBeforeMarks) { marked.insert(worker) }
                #endif
                if let snapshot, isFirstRun, !marked.contains(worker) {
                    let skipped = try RecordedOrder.skip(words[...], to: snapshot)
                    used = skipped.used
                    if skipped.isFound { marked.insert(worker) }
                }
                if snapshot == nil || !isFirstRun || marked.contains(worker) {
                    used += try order.append(words[used...])
                }
                rests[worker] = Array(words[used...])
                #if PROTOCOL_MUTATIONS
                if ProtocolMutation.has(.losesRests) { rests[worker] = nil }
                #endif
            }
        }
        return order
    }
}

/// Why a site can't go on from its journal.
public enum RecoveryError: Error, CustomStringConvertible {
    /// A block of a kind that this version does not know.
    case unknownBlock(UInt64)
    /// A worker's words end within a block.
    case cutOff(worker: Int)
    /// The journal's beginning was given up for a snapshot, but none can be read.
    case noSnapshot(path: String, refused: [String])
    /// What is launched is not what the journal was written by.
    case otherLayout(journal: String, path: String, launched: String)
    /// A source from outside does not give again what it gave before.
    case sourceFailed(source: String, reason: String)
    /// A sink did not take what was shown to it again.
    case sinkFailed(sink: String, reason: String)
    /// A task did not do what it had done before.
    case notDeterministic(task: String, step: UInt64, partition: Int)

    /// What is wrong, where, and how to go on.
    public var description: String {
        switch self {
        case .unknownBlock(let kind):
            "the journal holds a block of kind \(kind), which this version does not know: use the "
                + "version that wrote it"
        case .cutOff(let worker):
            "a block of the journal ends within the record of worker \(worker): "
                + "`portals journal check` says where"
        case .noSnapshot(let path, let refused):
            "the journal in \(path) begins behind a snapshot, but none can be read: "
                + (refused.isEmpty ? "there is none" : refused.joined(separator: "; "))
                + ". Put back the snapshot files of a copy of the directory"
        case .otherLayout(let journal, let path, let launched):
            "the journal in \(path) was written by other applications or options: it has\n  "
                + "\(journal)\nwhere there is now\n  \(launched)\nLaunch what wrote it, or give "
                + "this site a directory of its own"
        case .sourceFailed(let source, let reason):
            "\(source) does not give again what the journal says it gave: \(reason). The journal "
                + "is unchanged; bring back what is missing and start again"
        case .sinkFailed(let sink, let reason): "\(sink): \(reason)"
        case .notDeterministic(let task, let step, let partition):
            "\(task) is not deterministic, or was changed: in step \(step) on partition "
                + "\(partition) it made other events than before. The journal is unchanged. Let "
                + "time and random numbers come from the context, and no handler use what is "
                + "neither its event nor its state; or launch the program that wrote the journal; "
                + "or go on in spite of it, with what is made now: `journal.digests.onDifference = "
                + ".goOn`"
        }
    }
}
