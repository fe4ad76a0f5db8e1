// A process's view of a simulated disk.

/// The directory of a ``SimulatedDisk`` as one process sees it; dead after the disk's next crash.
public final class SimulatedStorage: Storage {
    /// A name for messages: there is no such directory.
    public let path = "/simulated"
    /// The disk behind it.
    public let disk: SimulatedDisk
    let process: Int32

    init(disk: SimulatedDisk, process: Int32) {
        self.disk = disk
        self.process = process
        host = disk.faults.ignoresLocks ? UInt64(process) + 1 : 1
    }

    /// All processes are on one machine, but those that begin while locks hold nobody off.
    public let host: UInt64

    /// The names of the files, ascending.
    public func names() throws(StorageError) -> [String] {
        try disk.begin(.list, of: process, path: path, changes: false)
        return disk.names.keys.sorted()
    }

    /// Opens an existing file.
    public func open(
        _ name: String, for access: StorageAccess
    ) throws(StorageError) -> SimulatedFile {
        try disk.begin(.open, of: process, path: place(name), changes: access == .writing)
        guard let contents = disk.names[name] else {
            throw StorageError(.missing, .open, path: place(name))
        }
        return SimulatedFile(storage: self, path: place(name), contents: contents)
    }

    /// Makes a file of reserved space.
    public func create(_ name: String, size: Int) throws(StorageError) -> SimulatedFile {
        try disk.begin(.create, of: process, path: place(name), changes: true)
        if disk.names[name] != nil { throw StorageError(.exists, .create, path: place(name)) }
        try disk.require(size, .create, path: place(name))
        let contents = SimulatedContents(size: size, number: disk.operationCount)
        disk.change(.create(name, contents))
        return SimulatedFile(storage: self, path: place(name), contents: contents)
    }

    /// Gives a file another name, also in a crash wholly or not at all.
    public func rename(_ name: String, to newName: String) throws(StorageError) {
        try disk.begin(.rename, of: process, path: place(name), changes: true)
        if disk.names[name] == nil { throw StorageError(.missing, .rename, path: place(name)) }
        disk.change(.rename(name, to: newName))
    }

    /// Gives a file another name that no file has.
    public func name(_ name: String, _ newName: String) throws(StorageError) {
        try disk.begin(.rename, of: process, path: place(name), changes: true)
        if disk.names[name] == nil { throw StorageError(.missing, .rename, path: place(name)) }
        if disk.names[newName] != nil {
            throw StorageError(.exists, .rename, path: place(newName))
        }
        disk.change(.rename(name, to: newName))
    }

    /// Removes a file.
    public func remove(_ name: String) throws(StorageError) {
        try disk.begin(.remove, of: process, path: place(name), changes: true)
        if disk.names[name] == nil { throw StorageError(.missing, .remove, path: place(name)) }
        disk.change(.remove(name))
    }

    /// Makes durable what was written.
    public func synchronize() throws(StorageError) {
        try disk.begin(.synchronize, of: process, path: path, changes: true)
        disk.synchronizeNames()
    }

    /// Takes the directory for this process.
    public func lock() throws(StorageError) {
        try disk.begin(.lock, of: process, path: path, changes: true)
        if disk.faults.ignoresLocks { return }
        if let holder = disk.lockHolder, holder != process {
            throw StorageError(.inUse, .lock, path: path, holder: holder)
        }
        disk.lockHolder = process
    }

    /// Gives the directory back.
    public func unlock() {
        if disk.lockHolder == process { disk.lockHolder = nil }
    }

    private func place(_ name: String) -> String { "\(path)/\(name)" }
}

/// A file of a ``SimulatedStorage``.
public final class SimulatedFile: StorageFile {
    /// As an operator would name it.
    public let path: String
    private let storage: SimulatedStorage
    private var contents: SimulatedContents?

    init(storage: SimulatedStorage, path: String, contents: SimulatedContents) {
        self.storage = storage
        self.path = path
        self.contents = contents
    }

    /// Bytes in the file.
    public func size() throws(StorageError) -> Int {
        try begin(.size, changes: false).bytes.count
    }

    /// Reads from there on.
    public func read(
        into buffer: inout MutableRawSpan, at offset: Int
    ) throws(StorageError) -> Int {
        try begin(.read, changes: false).read(into: &buffer, at: offset)
    }

    /// Where the first byte lies that is not zero.
    public func nextData(from offset: Int) throws(StorageError) -> Int? {
        try begin(.read, changes: false).nextData(from: offset)
    }

    /// Writes the three one after another.
    public func write(
        _ head: RawSpan, _ body: RawSpan, _ tail: RawSpan, at offset: Int
    ) throws(StorageError) {
        let contents = try begin(.write, changes: true)
        let end = offset + head.byteCount + body.byteCount + tail.byteCount
        try storage.disk.require(end - contents.bytes.count, .write, path: path)
        contents.write(head, at: offset)
        contents.write(body, at: offset + head.byteCount)
        contents.write(tail, at: offset + head.byteCount + body.byteCount)
        try storage.disk.endWrite(path: path)
    }

    /// Makes durable what was written.
    public func synchronize() throws(StorageError) {
        let contents = try begin(.synchronize, changes: true)
        try storage.disk.synchronize(contents, path: path)
    }

    /// Has written bytes go to the disk.
    public func writeBack(from offset: Int, count: Int) throws(StorageError) {
        guard let contents else { throw StorageError(.closed, .synchronize, path: path) }
        try storage.disk.writeBack(contents, of: storage.process, path: path)
    }

    /// Sets the size.
    public func truncate(to size: Int) throws(StorageError) {
        let contents = try begin(.truncate, changes: true)
        try storage.disk.require(size - contents.bytes.count, .truncate, path: path)
        contents.resize(size)
    }

    /// Gives it back.
    public func close() { contents = nil }

    private func begin(
        _ operation: StorageError.Operation, changes: Bool
    ) throws(StorageError) -> SimulatedContents {
        try storage.disk.begin(operation, of: storage.process, path: path, changes: changes)
        guard let contents else { throw StorageError(.closed, operation, path: path) }
        return contents
    }
}
