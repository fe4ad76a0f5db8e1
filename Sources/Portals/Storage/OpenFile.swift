// A file of the operating system, by its descriptor.
import CPlatform
import Glibc

/// A file that a ``FileStorage`` opened.
///
/// - Cost: one system call an operation; nothing is copied or allocated on the way to it.
public final class OpenFile: StorageFile {
    /// As an operator would name it.
    public let path: String
    private var descriptor: Int32

    init(path: String, descriptor: Int32) {
        self.path = path
        self.descriptor = descriptor
    }

    deinit { close() }

    /// Bytes in the file.
    public func size() throws(StorageError) -> Int {
        var status = stat()
        if unsafe fstat(descriptor, &status) != 0 {
            throw StorageError(.size, path: path, systemError: errno)
        }
        return Int(status.st_size)
    }

    /// Reads from there on.
    public func read(
        into buffer: inout MutableRawSpan, at offset: Int
    ) throws(StorageError) -> Int {
        var count = 0
        let failed = unsafe buffer.withUnsafeMutableBytes { bytes in
            unsafe portals_read_at(
                descriptor, bytes.baseAddress, bytes.count, Int64(offset), &count)
        }
        if failed != 0 { throw StorageError(.read, path: path, systemError: failed) }
        return count
    }

    /// Where the first byte may lie that is not zero: `offset` itself where the file system can't
    /// tell.
    public func nextData(from offset: Int) throws(StorageError) -> Int? {
        var found: Int64 = 0
        let failed = unsafe portals_next_data(descriptor, Int64(offset), &found)
        if failed != 0 { throw StorageError(.read, path: path, systemError: failed) }
        return found < 0 ? nil : Int(found)
    }

    /// Writes the three one after another.
    public func write(
        _ head: RawSpan, _ body: RawSpan, _ tail: RawSpan, at offset: Int
    ) throws(StorageError) {
        let failed = unsafe head.withUnsafeBytes { head in
            unsafe body.withUnsafeBytes { body in
                unsafe tail.withUnsafeBytes { tail in
                    unsafe portals_write_gathered(
                        descriptor, head.baseAddress, head.count, body.baseAddress, body.count,
                        tail.baseAddress, tail.count, Int64(offset))
                }
            }
        }
        if failed != 0 { throw StorageError(.write, path: path, systemError: failed) }
    }

    /// Makes durable what was written.
    public func synchronize() throws(StorageError) {
        let failed = portals_synchronize_data(descriptor)
        if failed != 0 { throw StorageError(.synchronize, path: path, systemError: failed) }
    }

    /// Has written bytes go to the disk.
    public func writeBack(from offset: Int, count: Int) throws(StorageError) {
        let failed = portals_write_back(descriptor, Int64(offset), Int64(count))
        if failed != 0 { throw StorageError(.synchronize, path: path, systemError: failed) }
    }

    /// Sets the size.
    public func truncate(to size: Int) throws(StorageError) {
        if ftruncate(descriptor, off_t(size)) != 0 {
            throw StorageError(.truncate, path: path, systemError: errno)
        }
    }

    /// Gives it back.
    public func close() {
        if descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = -1
    }
}
