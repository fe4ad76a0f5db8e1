// A disk in memory that loses what was not synchronized, by a seed: what crash tests run on.
//
// ```
//  process ── write ──► page cache ── synchronize ──► durable bytes
//                          │ crash(seed): each page that was not synchronized is kept, dropped or
//                          ▼ torn, each change of a name kept or dropped
//                       what the next process finds
// ```

/// One directory's disk, seen by any number of processes, of which all but the last are dead.
///
/// - Ownership: one thread.
/// - Cost: a crash copies the pages that were not synchronized, nothing else.
public final class SimulatedDisk {
    /// Bytes that a disk writes whole or not at all, and a page of the cache.
    public static let pageBytes = 4_096

    /// What it does wrong; may be changed between operations.
    public var faults: StorageFaults
    /// What another process does between two operations of the one that asks for the operation of
    /// that number, right before it.
    public var interruption: (operation: Int, body: () -> Void)?
    /// Operations so far, and those of them that synchronized a file.
    public private(set) var operationCount = 0
    /// Synchronizations of files so far.
    public private(set) var synchronizationCount = 0
    /// False from the failure of the power that the plan has until the crash that follows it.
    public private(set) var hasPower = true
    /// What a slow disk has cost so far.
    public private(set) var elapsedNanoseconds: UInt64 = 0

    var names: [String: SimulatedContents] = [:]
    private var durableNames: [String: SimulatedContents] = [:]
    /// Changes of names since the directory was synchronized, in their order.
    private var pendingChanges: [NameChange] = []
    /// The process that lives or lived last; a number for each ``storage()``.
    private var processCount: Int32 = 0
    private var alive: Set<Int32> = []
    var lockHolder: Int32?
    /// Decides what of a failed synchronization reached the disk.
    private var choices: CrashChoices

    enum NameChange {
        case create(String, SimulatedContents)
        case rename(String, to: String)
        case remove(String)
    }

    /// An empty disk; `seed` decides what a failed synchronization loses.
    public init(seed: UInt64 = 0, faults: StorageFaults = StorageFaults()) {
        self.faults = faults
        choices = CrashChoices(seed: seed)
    }

    /// The directory as a new process sees it; processes before it live on.
    public func storage() -> SimulatedStorage {
        processCount += 1
        alive.insert(processCount)
        return SimulatedStorage(disk: self, process: processCount)
    }

    /// Ends all processes, as SIGKILL would: what they wrote stays in the page cache.
    public func kill() -> SimulatedStorage {
        precondition(hasPower, "the power failed: what follows is crash(seed:)")
        alive = []
        lockHolder = nil
        return storage()
    }

    /// Cuts the power and gives the directory as a process after the restart finds it.
    ///
    /// The seed chooses how hostile the disk is (drops everything, keeps everything, keeps any
    /// subset of pages, keeps parts of pages by sectors of 512 bytes) and then each page and name.
    public func crash(seed: UInt64) -> SimulatedStorage {
        var choices = CrashChoices(seed: seed)
        let loss = PageLoss.allCases[choices.below(PageLoss.allCases.count)]
        // In a fixed order, or the same seed would choose differently in another process.
        var contents: [(name: String, file: SimulatedContents)] = []
        for (name, file) in names { contents.append((name, file)) }
        for (name, file) in durableNames where names[name] !== file {
            contents.append((name, file))
        }
        for (index, change) in pendingChanges.enumerated() {
            if case .create(_, let file) = change { contents.append(("\(index)", file)) }
        }
        contents.sort { ($0.file.number, $0.name) < ($1.file.number, $1.name) }
        for entry in contents { entry.file.settle(loss, &choices) }
        for change in pendingChanges where loss.keeps(&choices) { apply(change) }
        pendingChanges = []
        names = durableNames
        hasPower = true
        faults.powerFailsAtOperation = .max
        return kill()
    }

    /// Turns one bit of the file `name` over, in the cache and on the disk.
    public func flipBit(_ bit: Int, in name: String) {
        guard let file = names[name] else { return }
        file.flip(bit)
    }

    /// Bytes of all files.
    public var usedBytes: Int { names.values.reduce(0) { $0 + $1.bytes.count } }

    // MARK: what processes ask

    /// Counts an operation of `process` and throws what the plan has for it.
    func begin(
        _ operation: StorageError.Operation, of process: Int32, path: String,
        changes: Bool
    ) throws(StorageError) {
        operationCount += 1
        if let interruption, interruption.operation == operationCount {
            self.interruption = nil
            interruption.body()
        }
        if operationCount >= faults.powerFailsAtOperation, operation != .write || !hasPower {
            hasPower = false
        }
        guard hasPower, alive.contains(process) else {
            throw StorageError(.closed, operation, path: path)
        }
        if changes, faults.isReadOnly {
            throw StorageError(.readOnly, operation, path: path)
        }
    }

    /// Ends a write: it may have been the last thing before the power failed.
    func endWrite(path: String) throws(StorageError) {
        guard operationCount >= faults.powerFailsAtOperation else { return }
        hasPower = false
        throw StorageError(.closed, .write, path: path)
    }

    func require(
        _ growth: Int, _ operation: StorageError.Operation, path: String
    )
        throws(StorageError)
    {
        // Not `used + growth`: a full address space is no disk's size.
        if growth > 0, growth > faults.capacityBytes - usedBytes {
            throw StorageError(.diskFull, operation, path: path)
        }
    }

    func change(_ change: NameChange) {
        pendingChanges.append(change)
        Self.apply(change, to: &names)
    }

    func synchronizeNames() {
        durableNames = names
        pendingChanges = []
        elapsedNanoseconds += faults.synchronizeNanoseconds
    }

    func synchronize(_ file: SimulatedContents, path: String) throws(StorageError) {
        synchronizationCount += 1
        elapsedNanoseconds += faults.synchronizeNanoseconds
        elapsedNanoseconds += faults.pageNanoseconds * UInt64(file.dirtyPageCount)
        let isBad = faults.failingFiles.map { path.contains("/\($0)") } ?? false
        if isBad || faults.failingSynchronizations.contains(synchronizationCount) {
            try fail(file, path)
        }
        file.makeDurable()
    }

    /// What reached a disk's cache is not durable: nothing changes by it, so it is no operation
    /// that plans count, and a bad part of the disk is noticed when it is synchronized.
    func writeBack(
        _ file: SimulatedContents, of process: Int32, path: String
    ) throws(StorageError) {
        guard hasPower, alive.contains(process) else {
            throw StorageError(.closed, .synchronize, path: path)
        }
        if faults.failsWriteBack { try fail(file, path) }
    }

    private func fail(_ file: SimulatedContents, _ path: String) throws(StorageError) {
        file.forget(&choices)
        throw StorageError(.device, .synchronize, path: path)
    }

    private func apply(_ change: NameChange) { Self.apply(change, to: &durableNames) }

    /// A change whose source was lost changes nothing.
    private static func apply(_ change: NameChange, to names: inout [String: SimulatedContents]) {
        switch change {
        case .create(let name, let file): names[name] = file
        case .rename(let name, let newName):
            if let file = names.removeValue(forKey: name) { names[newName] = file }
        case .remove(let name): names[name] = nil
        }
    }
}

/// How much a crash loses of what was not synchronized.
enum PageLoss: CaseIterable {
    case everything, nothing, anySubset, sectors

    /// Whether one page or change is kept.
    func keeps(_ choices: inout CrashChoices) -> Bool {
        switch self {
        case .everything: false
        case .nothing: true
        case .anySubset, .sectors: choices.next() & 1 == 0
        }
    }
}
