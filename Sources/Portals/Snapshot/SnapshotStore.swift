// The snapshot files of a journal's directory: which there are, which are needed, and the next one.

/// What takes snapshots needs of those who keep them.
protocol SnapshotKeeping: AnyObject {
    /// The number of the next one, and the one that it may say the changes to; 0 for none.
    var next: (number: UInt64, base: UInt64) { get }
    /// Begins to write a snapshot, whole or over `next.base`.
    ///
    /// - Parameter written: is given each section of a node's units when it is written.
    func begin(
        _ snapshot: consuming Snapshot, written: @escaping (NodePlace, [UInt8]) -> Void
    ) throws(StorageError)
    /// Writes a piece of it, or removes one of what it makes unneeded; false when it is whole,
    /// durable, and has its name, and nothing is left to be removed.
    func step() throws(StorageError) -> Bool
    /// Bytes of the one that is being written, so far.
    var writtenByteCount: Int { get }
    /// Gives up what was begun; the next one holds everything.
    func giveUp()
    /// What of the journal two snapshots no longer need; nil as long as there are not two.
    var releasable: JournalPosition? { get }
}

/// The snapshot files of one directory.
///
/// A snapshot is whole, or says the changes to another: a chain, which begins anew when its changes
/// are as large as its first, or when it is ``chainCountMax`` long. Two snapshots are kept, with
/// those that they build on, so that a damaged one costs time and no data.
///
/// - Ownership: one thread at a time; the site that has the journal's lock.
final class SnapshotStore<Directory: Storage>: SnapshotKeeping {
    private let storage: Directory
    private let epoch: JournalEpoch
    /// Those that can be read, oldest first.
    private var entries: [Entry] = []
    private var highestNumber: UInt64 = 0
    private var writing: Writing?
    private(set) var writtenByteCount = 0
    /// Set when what has changed since the last one is not known.
    private var needsFull = false
    /// Names of the files that nobody needs any more.
    private var unneeded: [String] = []

    private struct Entry {
        var number: UInt64
        var base: UInt64
        var position: JournalPosition
        var byteCount: Int
    }

    private struct Writing {
        var sections: SnapshotSections
        var file: Directory.File
        var entry: Entry
        let written: (NodePlace, [UInt8]) -> Void
        /// What the disk has not been given yet.
        var unwrittenFrom = 0
        var isWritten = false
    }

    /// A longer chain takes longer to read than its few changes save in writing.
    static var chainCountMax: Int { 16 }

    /// Bytes that the disk is given at a time. 256 KiB, half a millisecond.
    static var writtenBytesMax: Int { 256 << 10 }

    /// Bytes of a file that are given back at a time. 4 MiB, about a millisecond where the disk is
    /// told of it (ext4 with `discard`): the journal's synchronizations wait meanwhile, of a file
    /// of 160 MiB for 16 to 26 ms.
    static var removedBytesMax: Int { 4 << 20 }

    /// - Parameter epoch: that of the journal's writer.
    init(_ storage: Directory, epoch: JournalEpoch) {
        self.storage = storage
        self.epoch = epoch
    }

    // MARK: Reading

    /// Reads the newest snapshot that is whole and has all that it builds on.
    ///
    /// - Returns: nil if there is none; and why those newer than it can't be used.
    /// - Errors: of the disk; `newerFormat`.
    func newest() throws -> (snapshot: Snapshot?, refused: [String]) {
        entries = []
        var refused: [String] = []
        let numbers = try storage.names().compactMap { SnapshotLayout.number(name: $0) }
        highestNumber = numbers.max() ?? 0
        for number in numbers.sorted().reversed() {
            do {
                #if PROTOCOL_MUTATIONS
                var snapshot = try whole(number)
                if ProtocolMutation.has(.choosesStaleSnapshots),
                    let older = numbers.sorted().last(where: { $0 < number })
                {
                    let kept = entries
                    snapshot.cut = try whole(older).cut
                    entries = kept
                }
                #else
                let snapshot = try whole(number)
                #endif
                return (snapshot, refused)
            } catch let damage as SnapshotDamage {
                entries = []
                refused.append("\(damage)")
            }
        }
        return (nil, refused)
    }

    /// All that can be read, the oldest first.
    func all() throws -> [Snapshot] {
        let numbers = try storage.names().compactMap { SnapshotLayout.number(name: $0) }
        var found: [Snapshot] = []
        for number in numbers.sorted() {
            do { found.append(try whole(number)) } catch is SnapshotDamage { continue }
        }
        entries = []
        return found
    }

    private func whole(_ number: UInt64) throws -> Snapshot {
        let file = try storage.open(SnapshotLayout.name(number), for: .reading)
        defer { file.close() }
        let snapshot = try SnapshotReader.read(file)
        guard snapshot.number == number, snapshot.base < number else {
            throw SnapshotDamage(path: file.path, reason: "it says that it is another file")
        }
        var result = snapshot
        if snapshot.base > 0 {
            do {
                let base = try whole(snapshot.base)
                guard base.layout == snapshot.layout else {
                    throw SnapshotDamage(
                        path: file.path, reason: "it builds on one of another layout")
                }
                do {
                    result = try snapshot.over(base)
                } catch {
                    throw SnapshotDamage(path: file.path, reason: "\(error)")
                }
                #if PROTOCOL_MUTATIONS
                if ProtocolMutation.has(.leavesBasesOut) { result = snapshot }
                #endif
            } catch let error as StorageError where error.code == .missing {
                throw SnapshotDamage(
                    path: file.path, reason: "it builds on \(error.path), which is missing")
            }
        }
        entries.append(
            Entry(
                number: number, base: snapshot.base, position: snapshot.position,
                byteCount: try file.size()))
        return result
    }

    // MARK: Writing

    /// The last ones, from a whole one on.
    private var chain: ArraySlice<Entry> {
        guard let first = entries.lastIndex(where: { $0.base == 0 }) else { return [] }
        return entries[first...]
    }

    var next: (number: UInt64, base: UInt64) {
        let chain = self.chain
        let changes = chain.dropFirst().reduce(0) { $0 + $1.byteCount }
        let isFull =
            needsFull || chain.isEmpty || chain.count >= Self.chainCountMax
            || changes >= chain.first?.byteCount ?? 0
        let number = max(highestNumber + 1, SnapshotLayout.firstNumber(epoch))
        return (number, isFull ? 0 : chain.last?.number ?? 0)
    }

    func begin(
        _ snapshot: consuming Snapshot, written: @escaping (NodePlace, [UInt8]) -> Void
    ) throws(StorageError) {
        writtenByteCount = 0
        let name = SnapshotLayout.unfinishedName(snapshot.number)
        if try storage.names().contains(name) { try storage.remove(name) }
        let entry = Entry(
            number: snapshot.number, base: snapshot.base, position: snapshot.position,
            byteCount: 0)
        writing = Writing(
            sections: SnapshotSections(snapshot), file: try storage.create(name, size: 0),
            entry: entry, written: written)
    }

    func step() throws(StorageError) -> Bool {
        guard let file = writing?.file else { return try removeSome() }
        if (writing?.unwrittenFrom ?? 0) < writtenByteCount {
            try writeBackSome()
            return true
        }
        if let piece = writing?.sections.next() {
            try unsafe file.write(
                piece.head.span.bytes, piece.payload.span.bytes, RawSpan(), at: writtenByteCount)
            let count = piece.head.count + piece.payload.count
            writtenByteCount += count
            try writeBackSome()
            if let place = piece.units { writing?.written(place, piece.payload) }
            return true
        }
        if writing?.isWritten == false {
            #if PROTOCOL_MUTATIONS
            if !ProtocolMutation.has(.namesSnapshotsEarly) { try file.synchronize() }
            #else
            try file.synchronize()
            #endif
            writing?.isWritten = true
            return true
        }
        guard var entry = writing?.entry else { return false }
        try storage.rename(
            SnapshotLayout.unfinishedName(entry.number), to: SnapshotLayout.name(entry.number))
        try storage.synchronize()
        file.close()
        entry.byteCount = writtenByteCount
        entries.append(entry)
        highestNumber = entry.number
        needsFull = false
        writing = nil
        try prune()
        return !unneeded.isEmpty
    }

    /// Has a piece of what was written go to the disk: that is the journal's too, whose commits
    /// must not wait for all of it, nor for all of a section.
    private func writeBackSome() throws(StorageError) {
        guard let writing else { return }
        let count = min(writtenByteCount - writing.unwrittenFrom, Self.writtenBytesMax)
        try writing.file.writeBack(from: writing.unwrittenFrom, count: count)
        self.writing?.unwrittenFrom += count
    }

    func giveUp() {
        writing = nil
        unneeded = []
        #if PROTOCOL_MUTATIONS
        if ProtocolMutation.has(.forgetsLostSnapshots) { return }
        #endif
        needsFull = true
    }

    /// Finds the files that neither the newest snapshot nor the one before it needs.
    private func prune() throws(StorageError) {
        var needed: Set<UInt64> = []
        for entry in entries.suffix(2) {
            var number = entry.number
            while number > 0, needed.insert(number).inserted {
                #if PROTOCOL_MUTATIONS
                if ProtocolMutation.has(.prunesBases) { break }
                #endif
                number = entries.first { $0.number == number }?.base ?? 0
            }
        }
        // What can't be read, or was left by a crash, is not needed either. What is newer is
        // another writer's, who has fenced this one off.
        unneeded = try storage.names().filter { name in
            let number =
                SnapshotLayout.number(name: name) ?? SnapshotLayout.unfinishedNumber(name: name)
            guard let number else { return false }
            return number < highestNumber && !needed.contains(number)
        }
        entries.removeAll { !needed.contains($0.number) }
    }

    /// Removes a piece of an unneeded file from its end, or what is left of it with its name; false
    /// when none is left. A crash leaves a shorter file, which the next prune finds again.
    private func removeSome() throws(StorageError) -> Bool {
        guard let name = unneeded.last else { return false }
        let file = try storage.open(name, for: .writing)
        defer { file.close() }
        let left = try file.size() - Self.removedBytesMax
        if left > 0 {
            try file.truncate(to: left)
            return true
        }
        try storage.remove(name)
        unneeded.removeLast()
        return !unneeded.isEmpty
    }

    var releasable: JournalPosition? {
        entries.count >= 2 ? entries[entries.count - 2].position : nil
    }
}
