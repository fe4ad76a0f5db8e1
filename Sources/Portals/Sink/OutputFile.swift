// A file of outputs, which is written where it does not hold the same already.
import CPlatform
import Glibc

/// One file of a ``FileSink``.
///
/// ```
/// 0                 offset                held
/// │ compared, or    │ from a run before:  │
/// │ written         │ to be compared      │
/// ```
@usableFromInline
final class OutputFile: @unchecked Sendable {  // One worker's; see `synchronize`.
    @usableFromInline let path: String
    private let synchronization: FileSinkSynchronization
    private let descriptor: Int32
    /// Bytes that were written or compared.
    private var offset = 0
    /// What the file held when it was opened.
    private var held = 0
    @usableFromInline private(set) var failure: String?

    /// Bytes before the length that a snapshot knows by their checksum. 64 KiB: 20 µs to read; two
    /// files of outputs that agree in so much are the same.
    private static let tailByteCountMax = 64 << 10
    private static let stateMark = Array("FILESINK".utf8)

    @usableFromInline
    init(_ path: String, _ synchronization: FileSinkSynchronization) {
        self.path = path
        self.synchronization = synchronization
        descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        if descriptor < 0 {
            failure = StorageError(.open, path: path, systemError: errno).description
        } else {
            held = size()
        }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Writes the bytes of atoms, or finds them there.
    @usableFromInline
    func write(_ atoms: EncodedAtoms) {
        guard synchronization == .atom else { return write(atoms, 0..<atoms.bytes.count) }
        var start = 0
        for (_, end) in atoms.ends {
            write(atoms, start..<end)
            start = end
        }
    }

    private func write(_ atoms: EncodedAtoms, _ range: Range<Int>) {
        if failure != nil { return }
        let known = min(max(0, held - offset), range.count)
        if known > 0 && !compare(atoms, range.lowerBound, known) { return }
        if known < range.count {
            let failed = unsafe atoms.bytes.withUnsafeBytes { buffer in
                unsafe portals_write_gathered(
                    descriptor, buffer.baseAddress! + range.lowerBound + known,
                    range.count - known, nil, 0, nil, 0, Int64(offset + known))
            }
            if failed != 0 {
                failure = StorageError(.write, path: path, systemError: failed).description
                return
            }
            if synchronization == .atom {
                failure = synchronize()
                if failure != nil { return }
            }
        }
        offset += range.count
    }

    /// Makes what was written survive a crash of the machine; says why it could not.
    func synchronize() -> String? {
        let failed = portals_synchronize_data(descriptor)
        if failed == 0 { return nil }
        return StorageError(.synchronize, path: path, systemError: failed).description
    }

    /// All that was recorded has come again.
    func recovered(isExact: Bool) {
        if failure != nil || held <= offset { return }
        if isExact {
            failure =
                "\(path) holds \(held) bytes, but the journal accounts for \(offset) only: it was "
                + "written by a run with another journal, or by somebody else. Move it away to "
                + "have it written anew"
        } else if ftruncate(descriptor, offset) != 0 {
            failure = StorageError(.write, path: path, systemError: errno).description
        } else {
            held = offset
        }
    }

    // MARK: Snapshots

    /// What a snapshot holds; all numbers are little-endian:
    /// ```
    /// │ FILESINK │ length │ byteCount of the tail │ its CRC-32C │
    /// │ 8        │ 8      │ 4                     │ 4           │
    /// ```
    func storedState() -> [UInt8] {
        let count = min(offset, Self.tailByteCountMax)
        var bytes = Self.stateMark
        bytes.append(number: UInt64(offset), byteCount: 8)
        bytes.append(number: UInt64(count), byteCount: 4)
        let tail = failure == nil ? read(at: offset - count, count: count) : nil
        if failure == nil && (tail == nil || size() < offset) {
            failure =
                "\(path) has shrunk to \(size()) bytes, but \(offset) were written: it is "
                + "written by one site alone"
        }
        bytes.append(number: UInt64(Self.checksum(tail ?? [])), byteCount: 4)
        return bytes
    }

    /// Goes on from a snapshot; says why it can't.
    func restoreState(_ bytes: [UInt8]) -> String? {
        guard bytes.count == 24, bytes[..<8] == Self.stateMark[...] else {
            return "the snapshot holds no state of a file sink"
        }
        if let failure { return failure }
        let length = Int(truncatingIfNeeded: bytes.number(at: 8, byteCount: 8))
        let count = Int(bytes.number(at: 16, byteCount: 4))
        guard count <= length, length <= held else {
            return "\(path) holds \(held) bytes, but \(length) were written before the snapshot: "
                + "its end is lost. Put the file back, or start with an empty journal"
        }
        guard let tail = read(at: length - count, count: count),
            UInt64(Self.checksum(tail)) == bytes.number(at: 20, byteCount: 4)
        else {
            return "\(path) does not hold what was written before the snapshot: bytes "
                + "\(length - count) to \(length) are others. Put the file back, or start with an "
                + "empty journal"
        }
        offset = length
        return nil
    }

    private static func checksum(_ bytes: [UInt8]) -> UInt32 {
        unsafe bytes.withUnsafeBytes { unsafe portals_crc32c(0, $0.baseAddress, $0.count) }
    }

    // MARK: Reading

    private func size() -> Int {
        var status = stat()
        return unsafe fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
    }

    /// So many bytes; nil if they are not there, or can't be read, which is its failure then.
    private func read(at start: Int, count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        var found = 0
        let failed = unsafe bytes.withUnsafeMutableBytes { buffer in
            unsafe portals_read_at(descriptor, buffer.baseAddress, count, Int64(start), &found)
        }
        if failed != 0 {
            failure = StorageError(.read, path: path, systemError: failed).description
        }
        return failed == 0 && found == count ? bytes : nil
    }

    /// Whether the file holds `count` bytes of the atoms, from `start` on.
    private func compare(_ atoms: EncodedAtoms, _ start: Int, _ count: Int) -> Bool {
        guard let there = read(at: offset, count: count) else {
            failure =
                failure
                ?? "\(path) has shrunk while it was compared: it is written by one site alone"
            return false
        }
        guard let index = there.indices.first(where: { there[$0] != atoms.bytes[start + $0] })
        else { return true }
        failure =
            "\(path) contradicts what step \(atoms.step(at: start + index)) gives now, at byte "
            + "\(offset + index): it was written by a run with another journal, or changed since. "
            + "Move it away to have it written anew"
        return false
    }
}
