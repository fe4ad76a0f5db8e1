// A directory of the operating system.
import CPlatform
import Glibc

/// The directory at a path, by POSIX calls.
///
/// The lock is `flock` on the file `lock` in it, which holds the id of the process that has it; it
/// ends with that process, however it ends. It holds between processes of one machine, and on
/// network file systems as far as those pass it on.
public final class FileStorage: Storage {
    /// What to do about a directory that is not there.
    public enum Missing: Sendable {
        case create, refuse
    }

    /// As an operator would name it.
    public let path: String
    /// The start of this machine's system, which is another one on each machine and after each
    /// restart; 0 if it does not say.
    public let host: UInt64
    private let descriptor: Int32
    private var lockDescriptor: Int32 = -1
    /// Its own name, so that nobody removes what holds the lock.
    static let lockName = "lock"

    /// Opens the directory; makes it, and not those above it, if asked.
    public init(path: String, missing: Missing = .create) throws(StorageError) {
        self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        if missing == .create {
            if unsafe mkdir(path, 0o755) == 0 {
                try Self.synchronizeParent(of: path)
            } else if errno != EEXIST {
                throw StorageError(.create, path: path, systemError: errno)
            }
        }
        host = Self.bootIdentifier()
        descriptor = unsafe Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if descriptor < 0 { throw StorageError(.open, path: path, systemError: errno) }
    }

    deinit {
        unlock()
        Glibc.close(descriptor)
    }

    /// The names of the files, ascending.
    public func names() throws(StorageError) -> [String] {
        guard let stream = unsafe opendir(path) else {
            throw StorageError(.list, path: path, systemError: errno)
        }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Opens an existing file.
    public func open(_ name: String, for access: StorageAccess) throws(StorageError) -> OpenFile {
        let flags = access == .reading ? O_RDONLY : O_RDWR
        let opened = unsafe openat(descriptor, name, flags | O_CLOEXEC)
        if opened < 0 { throw StorageError(.open, path: place(name), systemError: errno) }
        return OpenFile(path: place(name), descriptor: opened)
    }

    /// Makes a file of reserved space.
    public func create(_ name: String, size: Int) throws(StorageError) -> OpenFile {
        let flags = O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC
        let opened = unsafe openat(descriptor, name, flags, 0o644)
        if opened < 0 { throw StorageError(.create, path: place(name), systemError: errno) }
        let file = OpenFile(path: place(name), descriptor: opened)
        let failed = portals_reserve(opened, Int64(size))
        if failed != 0 {
            file.close()
            // Half a file would be found again by the next start; nobody has seen it yet.
            _ = unsafe unlinkat(descriptor, name, 0)
            throw StorageError(.create, path: place(name), systemError: failed)
        }
        return file
    }

    /// Gives a file another name, also in a crash wholly or not at all.
    public func rename(_ name: String, to newName: String) throws(StorageError) {
        if unsafe renameat(descriptor, name, descriptor, newName) != 0 {
            throw StorageError(.rename, path: place(name), systemError: errno)
        }
    }

    /// Gives a file another name that no file has.
    public func name(_ name: String, _ newName: String) throws(StorageError) {
        if unsafe linkat(descriptor, name, descriptor, newName, 0) == 0 {
            // If it stays, two names are one file; whoever makes the next one removes this name.
            _ = unsafe unlinkat(descriptor, name, 0)
        } else if errno == EPERM || errno == EOPNOTSUPP || errno == EMLINK {
            // A file system without second names, which no other machine writes to.
            try rename(name, to: newName)
        } else {
            throw StorageError(.rename, path: place(newName), systemError: errno)
        }
    }

    /// Removes a file.
    public func remove(_ name: String) throws(StorageError) {
        if unsafe unlinkat(descriptor, name, 0) != 0 {
            throw StorageError(.remove, path: place(name), systemError: errno)
        }
    }

    /// Makes durable what was written.
    public func synchronize() throws(StorageError) {
        if fsync(descriptor) != 0 {
            throw StorageError(.synchronize, path: path, systemError: errno)
        }
    }

    /// Takes the directory for this process.
    public func lock() throws(StorageError) {
        if lockDescriptor >= 0 { return }
        let opened = unsafe openat(
            descriptor, Self.lockName, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        if opened < 0 {
            throw StorageError(.lock, path: place(Self.lockName), systemError: errno)
        }
        let failed = portals_lock_exclusive(opened)
        if failed != 0 {
            let holder = Self.processIdentifier(in: opened)
            Glibc.close(opened)
            throw StorageError(.lock, path: path, systemError: failed, holder: holder)
        }
        // For people and for the error above; the lock itself needs no contents, so a disk too full
        // to write them is no reason to refuse.
        var text = Array("\(getpid())\n".utf8)
        if ftruncate(opened, 0) == 0 { _ = unsafe pwrite(opened, &text, text.count, 0) }
        lockDescriptor = opened
    }

    /// Gives the directory back.
    public func unlock() {
        if lockDescriptor >= 0 { Glibc.close(lockDescriptor) }
        lockDescriptor = -1
    }

    private static func bootIdentifier() -> UInt64 {
        let opened = unsafe Glibc.open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC)
        if opened < 0 { return 0 }
        defer { Glibc.close(opened) }
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = unsafe Glibc.read(opened, &bytes, bytes.count)
        // Random digits already; FNV-1a makes one number of them.
        let start: UInt64 = count > 0 ? 0xCBF2_9CE4_8422_2325 : 0
        return bytes.prefix(max(count, 0)).reduce(start) {
            ($0 ^ UInt64($1)) &* 0x100_0000_01B3
        }
    }

    private func place(_ name: String) -> String { "\(path)/\(name)" }

    private static func processIdentifier(in descriptor: Int32) -> Int32? {
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = unsafe pread(descriptor, &bytes, bytes.count, 0)
        return Int32(
            String(decoding: bytes.prefix(max(count, 0)).prefix { $0 != 10 }, as: UTF8.self))
    }

    /// A directory just made is durable when the one that names it is.
    private static func synchronizeParent(of path: String) throws(StorageError) {
        let parts = path.split(separator: "/", omittingEmptySubsequences: true).dropLast()
        let parent = (path.hasPrefix("/") ? "/" : "") + parts.joined(separator: "/")
        let opened = unsafe Glibc.open(
            parent.isEmpty ? "." : parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if opened < 0 { throw StorageError(.open, path: parent, systemError: errno) }
        defer { Glibc.close(opened) }
        if fsync(opened) != 0 {
            throw StorageError(.synchronize, path: parent, systemError: errno)
        }
    }
}
