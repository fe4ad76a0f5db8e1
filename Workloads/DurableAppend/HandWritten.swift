// The durable append as a competent programmer writes it: a file, one write and one `fdatasync` for
// all records that wait.
import Glibc
import Synchronization

/// What the file system refused.
public struct AppendError: Error, CustomStringConvertible {
    /// What was tried, on which file, and why it failed.
    public let description: String

    init(_ what: String, _ path: String) {
        description = unsafe "\(what) of \(path) failed: \(String(cString: strerror(errno)))"
    }
}

/// What a record has when it is acknowledged.
public enum Durability: Sendable {
    /// A place in memory.
    case memory
    /// A place in the file; it is made durable some milliseconds later, by another thread.
    case later
    /// A place on the disk.
    case disk
}

/// The loop without any runtime: makes as many records as may be outstanding, writes them,
/// synchronizes once, acknowledges them all, and so on.
public enum HandWritten {
    /// Runs the whole workload and reads the log back.
    ///
    /// - Parameters:
    ///   - path: the file, which is made anew; not looked at where nothing is to be durable.
    ///   - clock: nanoseconds.
    ///   - acknowledged: is told how many records waited how long, group by group.
    ///   - finished: is called when the last one was acknowledged, before the log is read back.
    /// - Errors: ``AppendError``.
    public static func run(
        _ definition: Definition, _ durability: Durability, path: String, clock: () -> UInt64,
        acknowledged: (_ nanoseconds: UInt64, _ records: Int) -> Void, finished: () -> Void
    ) throws(AppendError) -> Answer {
        let groupRecords = Int(min(UInt64(definition.outstanding), definition.records))
        let bytes = UnsafeMutableRawPointer.allocate(
            byteCount: max(1, groupRecords) * Definition.recordByteCount, alignment: 64)
        defer { unsafe bytes.deallocate() }
        var memory = MemoryLog()
        var file: LogFile?
        var synchronizer: Synchronizer?
        if durability != .memory {
            let made = try LogFile(path)
            file = made
            if durability == .later { synchronizer = try Synchronizer(made) }
        }
        let generator = definition.generator
        var index: UInt64 = 0
        while index < definition.records {
            let count = Int(min(UInt64(groupRecords), definition.records - index))
            let time = clock()
            for place in 0..<count {
                unsafe generator.write(
                    index + UInt64(place), to: bytes + place * Definition.recordByteCount)
            }
            if let file {
                unsafe try file.append(
                    bytes, byteCount: count * Definition.recordByteCount,
                    isSynchronized: durability == .disk)
            } else {
                unsafe memory.append(bytes, count: count)
            }
            acknowledged(clock() &- time, count)
            index += UInt64(count)
        }
        try synchronizer?.end()
        finished()
        if let file { return try file.readBack(records: definition.records) }
        return memory.readBack()
    }
}

/// A file that is appended to.
private final class LogFile: Sendable {
    private let descriptor: Int32
    private let path: String
    /// Bytes appended, and up to where the file has its blocks. Written by the thread that appends.
    private let length = Atomic<Int>(0)
    private let written = Atomic<Int>(0)

    /// Zeros are written so far ahead of short groups: their synchronizations then write no new
    /// blocks into the file system's own journal, which takes 0.09 ms in place of 0.18 here.
    private static let aheadByteCount = 2 << 20
    /// Longer groups gain less than writing them twice costs, as in our journal.
    private static let shortByteCount = 16 << 10

    init(_ path: String) throws(AppendError) {
        self.path = path
        descriptor = unsafe open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        if descriptor < 0 { throw AppendError("making", path) }
    }

    deinit { close(descriptor) }

    func append(
        _ bytes: UnsafeRawPointer, byteCount: Int, isSynchronized: Bool
    ) throws(AppendError) {
        let start = length.load(ordering: .relaxed)
        if isSynchronized, byteCount <= Self.shortByteCount,
            start + byteCount > written.load(ordering: .relaxed)
        {
            let zeros = UnsafeMutableRawPointer.allocate(
                byteCount: Self.aheadByteCount, alignment: 64)
            defer { unsafe zeros.deallocate() }
            unsafe zeros.initializeMemory(as: UInt8.self, repeating: 0, count: Self.aheadByteCount)
            unsafe try write(zeros, byteCount: Self.aheadByteCount, at: start)
            written.store(start + Self.aheadByteCount, ordering: .relaxed)
            try synchronize()
        }
        unsafe try write(bytes, byteCount: byteCount, at: start)
        length.store(start + byteCount, ordering: .releasing)
        if isSynchronized { try synchronize() }
    }

    private func write(
        _ bytes: UnsafeRawPointer, byteCount: Int, at start: Int
    ) throws(AppendError) {
        var done = 0
        while done < byteCount {
            let count = unsafe pwrite(
                descriptor, bytes + done, byteCount - done, off_t(start + done))
            if count < 0 && errno == EINTR { continue }
            if count <= 0 { throw AppendError("writing", path) }
            done += count
        }
    }

    func synchronize() throws(AppendError) {
        if fdatasync(descriptor) != 0 { throw AppendError("synchronizing", path) }
    }

    /// Bytes appended so far.
    var byteCount: Int { length.load(ordering: .acquiring) }

    /// Reads the records from the file, until it ends.
    func readBack(records: UInt64) throws(AppendError) -> Answer {
        let bufferRecords = 10_000
        let bytes = UnsafeMutableRawPointer.allocate(
            byteCount: bufferRecords * Definition.recordByteCount, alignment: 64)
        defer { unsafe bytes.deallocate() }
        var answer = Answer()
        while answer.records < records {
            let wanted = Int(min(UInt64(bufferRecords), records - answer.records))
            let count = unsafe pread(
                descriptor, bytes, wanted * Definition.recordByteCount,
                off_t(answer.records) * off_t(Definition.recordByteCount))
            if count < 0 { throw AppendError("reading", path) }
            if count < Definition.recordByteCount { break }
            for place in 0..<(count / Definition.recordByteCount) {
                unsafe answer.take(bytes + place * Definition.recordByteCount)
            }
        }
        return answer
    }
}

/// Makes a file durable again and again, on a thread of its own.
private final class Synchronizer: @unchecked Sendable {
    // Unchecked: `thread` is set once, before another thread knows of this; the rest is atomic.
    private let file: LogFile
    private let isOver = Atomic<Bool>(false)
    private let hasFailed = Atomic<Bool>(false)
    private var thread = pthread_t()

    /// Between two synchronizations: what a crash may take. As our journal's writer.
    private static let pauseMicroseconds: UInt32 = 1_000

    init(_ file: LogFile) throws(AppendError) {
        self.file = file
        let refused = unsafe pthread_create(
            &thread, nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                unsafe Unmanaged<Synchronizer>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, Unmanaged.passRetained(self).toOpaque())
        if refused != 0 {
            unsafe Unmanaged.passUnretained(self).release()
            errno = refused
            throw AppendError("a thread for the synchronization", "the log")
        }
    }

    private func run() {
        var done = 0
        while !isOver.load(ordering: .acquiring) {
            let length = file.byteCount
            if length > done {
                do throws(AppendError) {
                    try file.synchronize()
                    done = length
                } catch { hasFailed.store(true, ordering: .releasing) }
            }
            usleep(Self.pauseMicroseconds)
        }
    }

    /// Ends it, and makes the rest durable.
    func end() throws(AppendError) {
        isOver.store(true, ordering: .releasing)
        pthread_join(thread, nil)
        if hasFailed.load(ordering: .acquiring) { throw AppendError("synchronizing", "the log") }
        try file.synchronize()
    }
}
