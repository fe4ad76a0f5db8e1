// Outputs in files, each once, whatever crashes.
import CPlatform
import Glibc

/// When a file of outputs is made durable on its own account.
public enum FileSinkSynchronization: Sendable {
    /// Never by the sink. A crash of the process loses nothing; after one of the machine, what the
    /// system had not written yet is written again by the recovery, from the journal. When unsure,
    /// this.
    case none
    /// After every atom, before the next output: for readers that must not see what a crash of the
    /// machine can take for a moment. The worker waits for the disk, about 0.2 ms an atom.
    case atom
}

/// Writes events to files, one a partition: `path.0`, `path.1`, …
///
/// ```swift
/// .sink("orders", FileSink("data/orders") { order, bytes in
///     bytes.append(contentsOf: Array("\(order.user),\(order.count)\n".utf8))
/// })
/// ```
/// - Exactly once: in `durable` mode a site writes only what is durable. After a crash it makes the
///   same outputs again; what a file holds already is compared with them, and only what lies
///   beyond is appended. A difference stops the site, with the file and the offset.
/// - Shape: the bytes that the closure appends, in the order of steps. A reader may see a part of
///   an atom at the end, if the process ends while it writes.
/// - Without a journal, or with another one, give it files that are not there.
/// - Cost: one write an atom and partition, into the system's cache, on the worker.
public struct FileSink<Element: Event>: Sendable {
    @usableFromInline let path: String
    @usableFromInline let synchronization: FileSinkSynchronization
    @usableFromInline let encode: @Sendable (Element, inout [UInt8]) -> Void

    /// Describes the files; they are opened, or made, when the site is launched.
    ///
    /// - Parameter encode: appends an event's bytes; a function of the event alone.
    @inlinable
    public init(
        _ path: String, synchronization: FileSinkSynchronization = .none,
        encode: @escaping @Sendable (_ event: Element, _ bytes: inout [UInt8]) -> Void
    ) {
        self.path = path
        self.synchronization = synchronization
        self.encode = encode
    }
}

extension Flow {
    /// Hands the events to files, one a partition.
    @inlinable @inline(__always)
    @discardableResult
    public func sink(_ name: String, _ files: FileSink<Element>) -> Flow<Element, Keys> {
        sink(name) { FileSinkBody(files, partition: $0) }
    }
}

/// One partition of a ``FileSink``.
public struct FileSinkBody<Element: Event>: SinkBody {
    @usableFromInline let encode: @Sendable (Element, inout [UInt8]) -> Void
    @usableFromInline let file: OutputFile
    @usableFromInline var bytes: [UInt8] = []

    @usableFromInline
    init(_ files: FileSink<Element>, partition: Int) {
        encode = files.encode
        file = OutputFile("\(files.path).\(partition)", files.synchronization)
    }

    /// Encodes the events.
    @inlinable
    public mutating func onBatch(_ batch: Batch<Element>, _ step: StepInfo) {
        for index in 0..<batch.count { encode(batch[index], &bytes) }
    }

    /// Writes what the atom gave.
    @inlinable
    public mutating func onAtomEnd(_ step: StepInfo) {
        file.write(bytes, step.number)
        bytes.removeAll(keepingCapacity: true)
    }

    /// Why it can write no more.
    @inlinable public var failure: String? { file.failure }
}

/// A file that is written from its beginning, where it does not hold the same already.
@usableFromInline
final class OutputFile {
    @usableFromInline let path: String
    private let synchronization: FileSinkSynchronization
    private var descriptor: Int32 = -1
    /// What was written or compared in this run.
    private var offset = 0
    /// What the file held when it was opened.
    private var held = 0
    @usableFromInline private(set) var failure: String?

    @usableFromInline
    init(_ path: String, _ synchronization: FileSinkSynchronization) {
        self.path = path
        self.synchronization = synchronization
        descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        var status = stat()
        let isThere = unsafe descriptor >= 0 && fstat(descriptor, &status) == 0
        if !isThere {
            failure = StorageError(.open, path: path, systemError: errno).description
        } else {
            held = Int(status.st_size)
        }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Writes the bytes of an atom, or finds them there.
    @usableFromInline
    func write(_ bytes: [UInt8], _ step: UInt64) {
        if failure != nil { return }
        let known = min(max(0, held - offset), bytes.count)
        if known > 0 && !compare(bytes, known, step) { return }
        if known < bytes.count {
            let failed = unsafe bytes.withUnsafeBytes { buffer in
                unsafe portals_write_gathered(
                    descriptor, buffer.baseAddress! + known, buffer.count - known, nil, 0, nil, 0,
                    Int64(offset + known))
            }
            if failed != 0 {
                failure = StorageError(.write, path: path, systemError: failed).description
                return
            }
            if synchronization == .atom {
                let failed = portals_synchronize_data(descriptor)
                if failed != 0 {
                    failure =
                        StorageError(.synchronize, path: path, systemError: failed).description
                    return
                }
            }
        }
        offset += bytes.count
    }

    /// Whether the file holds the first `count` of the bytes.
    private func compare(_ bytes: [UInt8], _ count: Int, _ step: UInt64) -> Bool {
        var there = [UInt8](repeating: 0, count: count)
        var read = 0
        let failed = unsafe there.withUnsafeMutableBytes { buffer in
            unsafe portals_read_at(descriptor, buffer.baseAddress, count, Int64(offset), &read)
        }
        if failed != 0 {
            failure = StorageError(.read, path: path, systemError: failed).description
            return false
        }
        guard read == count,
            let index = zip(there, bytes).enumerated().first(where: { $1.0 != $1.1 })?.offset
        else {
            if read < count {
                failure = "\(path) has shrunk while it was written: it is written by one site alone"
            }
            return read == count
        }
        failure =
            "\(path) contradicts what step \(step) gives now, at byte \(offset + index): it was "
            + "written by a run with another journal, or changed since. Move it away to have it "
            + "written anew"
        return false
    }
}
