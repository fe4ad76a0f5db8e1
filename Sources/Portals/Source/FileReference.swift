// Where an atom of a file lies: what the journal keeps of it.
import CPlatform
import Glibc

/// A place between two atoms: a file, where there are several, and an offset in it.
struct FilePlace: Equatable, Sendable {
    var name = ""
    var offset = 0
}

/// The bytes of one atom in a file.
///
/// ```
/// │ offset │ byteCount │ checksum │ name, UTF-8; empty where there is one file │
/// │ 8      │ 4         │ 4        │ …                                          │
/// ```
/// All numbers are little-endian. The checksum (CRC-32C) tells a file that was changed since.
struct FileReference {
    var place: FilePlace
    var byteCount: Int
    var checksum: UInt32

    static let headByteCount = 16

    /// Where the next atom begins.
    var end: FilePlace { FilePlace(name: place.name, offset: place.offset + byteCount) }

    /// Of some bytes at a place.
    init(_ place: FilePlace, _ content: [UInt8]) {
        self.place = place
        byteCount = content.count
        checksum = unsafe content.withUnsafeBytes {
            unsafe portals_crc32c(0, $0.baseAddress, $0.count)
        }
    }

    /// As it was written; nil if it was written by something else.
    init?(_ bytes: [UInt8]) {
        if bytes.count < Self.headByteCount { return nil }
        place = FilePlace(
            name: String(decoding: bytes[Self.headByteCount...], as: UTF8.self),
            offset: Int(truncatingIfNeeded: bytes.number(at: 0, byteCount: 8)))
        byteCount = Int(bytes.number(at: 8, byteCount: 4))
        checksum = UInt32(bytes.number(at: 12, byteCount: 4))
    }

    /// As it is written.
    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(number: UInt64(place.offset), byteCount: 8)
        bytes.append(number: UInt64(byteCount), byteCount: 4)
        bytes.append(number: UInt64(checksum), byteCount: 4)
        return bytes + Array(place.name.utf8)
    }
}

extension [UInt8] {
    /// Appends a little-endian number.
    mutating func append(number: UInt64, byteCount: Int) {
        unsafe Swift.withUnsafeBytes(of: number.littleEndian) {
            unsafe append(contentsOf: $0.prefix(byteCount))
        }
    }

    /// The little-endian number at a place.
    func number(at start: Int, byteCount: Int) -> UInt64 {
        var number: UInt64 = 0
        unsafe Swift.withUnsafeMutableBytes(of: &number) {
            unsafe $0.copyBytes(from: self[start..<(start + byteCount)])
        }
        return UInt64(littleEndian: number)
    }
}

/// A file that is read at offsets.
final class InputFile {
    let path: String
    private let descriptor: Int32

    init(_ path: String) throws(SourceError) {
        self.path = path
        descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        if descriptor < 0 { throw Self.error(path, "can't be opened", errno) }
    }

    deinit { close(descriptor) }

    /// Reads until so many bytes or the end.
    func read(at offset: Int, count: Int) throws(SourceError) -> [UInt8] {
        var failed: Int32 = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            unsafe failed = portals_read_at(
                descriptor, buffer.baseAddress, count, Int64(offset), &filled)
        }
        if failed != 0 { throw Self.error(path, "can't be read at byte \(offset)", failed) }
        return bytes
    }

    func size() throws(SourceError) -> Int {
        var status = stat()
        if unsafe fstat(descriptor, &status) != 0 {
            throw Self.error(path, "has no size", errno)
        }
        return Int(status.st_size)
    }

    static func error(_ path: String, _ what: String, _ reason: Int32) -> SourceError {
        SourceError(
            "\(path) \(what): \(unsafe String(cString: strerror(reason))) (errno \(reason))")
    }
}
