// What the durable parts of a site ask of a disk: one directory of files, no more. Two do it:
// `FileStorage` the operating system's, `SimulatedStorage` one in memory that crashes by a seed.

/// One directory, and the files in it by their names.
///
/// - Ownership: one thread at a time; who holds the lock of the directory is the only one to write.
/// - Errors: every operation throws ``StorageError`` with the path, and leaves what was there.
public protocol Storage: AnyObject {
    /// A file of this directory.
    associatedtype File: StorageFile

    /// The directory as an operator would name it, without a slash at its end.
    var path: String { get }

    /// Tells those apart between whom the lock may not hold: equal, and not 0, where it does.
    var host: UInt64 { get }

    /// Names of the files in it, ascending.
    func names() throws(StorageError) -> [String]

    /// Opens the existing file `name`.
    func open(_ name: String, for access: StorageAccess) throws(StorageError) -> File

    /// Makes the file `name`, which must not exist, with space reserved for `size` bytes of zeros.
    ///
    /// - Cost: reserves blocks and writes no zeros: 64 MiB take well under a millisecond, where
    ///   writing them takes 100 to 700 ms.
    func create(_ name: String, size: Int) throws(StorageError) -> File

    /// Gives the file `name` the name `newName`, replacing what had it; atomic, also in a crash.
    func rename(_ name: String, to newName: String) throws(StorageError)

    /// Gives the file `name` the name `newName`, or throws `exists` where another file has it.
    ///
    /// - Errors: a crash in between may leave it both names.
    func name(_ name: String, _ newName: String) throws(StorageError)

    /// Removes the file `name`; those who have it open may go on using it.
    func remove(_ name: String) throws(StorageError)

    /// Makes creations, renames and removals durable; contents need ``StorageFile/synchronize()``.
    func synchronize() throws(StorageError)

    /// Takes the directory for this process until ``unlock()`` or its end, or throws `inUse`.
    func lock() throws(StorageError)

    /// Gives the directory back.
    func unlock()
}

/// An open file of a ``Storage``; offsets and sizes are bytes from its beginning.
///
/// - Ownership: one thread at a time. Closed when released, if not before.
public protocol StorageFile: AnyObject {
    /// The file as an operator would name it.
    var path: String { get }

    /// Bytes in it.
    func size() throws(StorageError) -> Int

    /// Fills `buffer` from `offset` on; fewer bytes come only at the end of the file.
    func read(into buffer: inout MutableRawSpan, at offset: Int) throws(StorageError) -> Int

    /// Where from `offset` on the first byte may lie that is not zero; nil if there is none.
    ///
    /// - Cost: space that was reserved and never written is passed over without reading it.
    func nextData(from offset: Int) throws(StorageError) -> Int?

    /// Writes the three one after another from `offset` on, without copying them together.
    func write(
        _ head: RawSpan, _ body: RawSpan, _ tail: RawSpan, at offset: Int
    ) throws(StorageError)

    /// Makes what was written durable, and the size.
    ///
    /// - Errors: after an error nobody knows what of it is durable, and asking again would tell a
    ///   lie: the kernel reports a page that it could not write once, then takes it for written.
    func synchronize() throws(StorageError)

    /// Has written bytes go to the disk, and waits for that, so that no later ``synchronize()`` has
    /// much to wait for; nothing is durable by it.
    ///
    /// - Errors: as of ``synchronize()``.
    func writeBack(from offset: Int, count: Int) throws(StorageError)

    /// Cuts the file, or lengthens it by zeros, to `size` bytes.
    func truncate(to size: Int) throws(StorageError)

    /// Gives the file back; using it afterwards throws.
    func close()
}

extension StorageFile {
    /// Writes `bytes` from `offset` on.
    public func write(_ bytes: RawSpan, at offset: Int) throws(StorageError) {
        try write(bytes, RawSpan(), RawSpan(), at: offset)
    }
}

/// What a file is opened for.
public enum StorageAccess: Sendable {
    case reading, writing
}
