// Outputs in files, each once, whatever crashes: the sink of a flow, one file a partition.
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
///   beyond is appended. A snapshot holds the length, and a checksum of the last 64 KiB before it:
///   what came before is not made again.
/// - Errors: a file that differs, that is longer than what the journal accounts for, or that lacks
///   what a snapshot says was written, stops the launch; one that can't be written stops the site.
///   Each names the file and the byte.
/// - In `asynchronous` mode a file loses what the site has forgotten with a crash. Without a
///   journal it is given files that are not there, or that the same inputs gave.
/// - Shape: the bytes that the closure appends, in the order of steps. A reader may see a part of
///   an atom at the end, if the process ends while it writes.
/// - Cost: one write a commit and partition, into the system's cache, on the worker; one an atom if
///   it is not in `durable` mode, or if each is to be synchronized.
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

/// One partition of a ``FileSink``: it encodes events as they come, and writes them when it may.
public struct FileSinkBody<Element: Event>: SinkBody {
    @usableFromInline let encode: @Sendable (Element, inout [UInt8]) -> Void
    @usableFromInline let file: OutputFile
    @usableFromInline var encoded = EncodedAtoms()
    /// Memory of what was written, for what comes next.
    @usableFromInline var spare: EncodedAtoms?

    @usableFromInline
    init(_ files: FileSink<Element>, partition: Int) {
        encode = files.encode
        file = OutputFile("\(files.path).\(partition)", files.synchronization)
    }

    /// Encodes the events.
    @inlinable
    public mutating func onBatch(_ batch: Batch<Element>, _ step: StepInfo) {
        for index in 0..<batch.count { encode(batch[index], &encoded.bytes) }
    }

    /// Notes where the atom ends.
    public mutating func onAtomEnd(_ step: StepInfo) { encoded.endAtom(step.number) }

    /// Adds the bytes of the atoms that have ended to those that wait.
    public mutating func prepare(_ waiting: inout EncodedAtoms?) {
        encoded.moveEnded(to: &waiting, memory: &spare)
    }

    /// Writes the bytes.
    public mutating func show(_ prepared: consuming EncodedAtoms) {
        file.write(prepared)
        prepared.removeAll()
        spare = prepared
    }

    /// Why it can write no more.
    @inlinable public var failure: String? { file.failure }
    /// The length, and what is to be found before it.
    public func storedState() -> [UInt8] { file.storedState() }
    /// Goes on behind that length.
    public mutating func restoreState(_ bytes: [UInt8]) throws(RecordError) {
        if let reason = file.restoreState(bytes) { throw RecordError(reason) }
    }
    /// Makes the file durable.
    public var synchronize: (@Sendable () -> String?)? { { [file] in file.synchronize() } }
    /// Refuses what the file holds beyond; cuts it off where the site may have forgotten it.
    public mutating func onRecovered(isExact: Bool) { file.recovered(isExact: isExact) }
}
