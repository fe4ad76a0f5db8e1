// The bytes of an HdrHistogram, encoding V2, plain and compressed, as the Java implementation
// writes them (`AbstractHistogram.encodeIntoByteBuffer`, `encodeIntoCompressedByteBuffer`).

/// Bytes that are no histogram.
public struct HdrHistogramEncodingError: Error, Sendable, Equatable, CustomStringConvertible {
    public let problem: String

    public var description: String { problem }
}

/// ```
/// compressed  cookie 0x1c849314 · length of the rest · zlib stream of the plain form
/// plain       cookie 0x1c849313 · length of the counts · normalizing offset · digits
///             · lowest (8 bytes) · highest (8) · ratio to doubles (8) · counts
/// counts      ZigZag LEB128, 1 to 9 bytes each; a negative one stands for so many zeros
/// ```
/// All numbers but the counts are big-endian, of four bytes where nothing else is said.
extension HdrHistogram {
    private static let plainCookie: UInt32 = 0x1c84_9313
    private static let compressedCookie: UInt32 = 0x1c84_9314
    /// The low byte of a cookie's digit before last says how wide a word is; V2 ignores it.
    private static let cookieMask: UInt32 = 0xffff_ff0f
    private static let headerByteCount = 40
    /// Above the largest histogram there is: five digits over all values hold 47 · 131,072 counts.
    private static let plainByteCountMax = 1 << 26

    /// The compressed form; the zlib stream is of stored blocks, which every reader inflates.
    public var compressedBytes: [UInt8] {
        let body = Zlib.stored(plainBytes)
        return Self.bigEndian(Self.compressedCookie) + Self.bigEndian(UInt32(body.count)) + body
    }

    /// The plain form.
    var plainBytes: [UInt8] {
        var payload: [UInt8] = []
        var index = 0
        while index < counts.count {
            if counts[index] > 0 {
                LEB128.append(Int64(clamping: counts[index]), to: &payload)
                index += 1
                continue
            }
            let start = index
            while index < counts.count, counts[index] == 0 { index += 1 }
            // A lone zero is written as it is, like the original does.
            LEB128.append(index - start > 1 ? Int64(start - index) : 0, to: &payload)
        }
        return Self.bigEndian(Self.plainCookie) + Self.bigEndian(UInt32(payload.count))
            + Self.bigEndian(UInt32(0)) + Self.bigEndian(UInt32(layout.significantDigits))
            + Self.bigEndian(layout.lowestDiscernible) + Self.bigEndian(layout.highestTrackable)
            + Self.bigEndian(Double(1).bitPattern) + payload
    }

    /// Reads the compressed form.
    public init(compressedBytes bytes: [UInt8]) throws(HdrHistogramEncodingError) {
        var reader = BigEndianReader(bytes: bytes)
        let cookie = UInt32(try reader.word(4))
        guard cookie & Self.cookieMask == Self.compressedCookie & Self.cookieMask else {
            throw HdrHistogramEncodingError(
                problem: "the cookie \(cookie) is not that of a compressed V2 histogram")
        }
        let length = Int(try reader.word(4))
        guard bytes.count - reader.position >= length else {
            throw HdrHistogramEncodingError(
                problem: "\(length) compressed bytes are announced, and "
                    + "\(bytes.count - reader.position) are there")
        }
        let body = bytes[reader.position..<reader.position + length]
        let plain: [UInt8]
        do throws(Zlib.Malformed) {
            plain = try Zlib.inflated(Array(body), byteCountMax: Self.plainByteCountMax)
        } catch {
            throw HdrHistogramEncodingError(problem: error.problem)
        }
        try self.init(plainBytes: plain)
    }

    init(plainBytes bytes: [UInt8]) throws(HdrHistogramEncodingError) {
        var reader = BigEndianReader(bytes: bytes)
        let cookie = UInt32(try reader.word(4))
        guard cookie & Self.cookieMask == Self.plainCookie & Self.cookieMask else {
            throw HdrHistogramEncodingError(
                problem: "the cookie \(cookie) is not that of a V2 histogram")
        }
        let length = Int(try reader.word(4))
        let offset = try reader.word(4)
        let digits = Int(try reader.word(4))
        let lowest = try reader.word(8)
        let highest = try reader.word(8)
        _ = try reader.word(8)
        guard offset == 0 else {
            throw HdrHistogramEncodingError(
                problem: "the histogram was shifted by \(offset) buckets, which is not read here")
        }
        guard
            let layout = Layout(
                lowestDiscernible: lowest, highestTrackable: highest, significantDigits: digits)
        else {
            throw HdrHistogramEncodingError(
                problem: "no histogram has \(digits) digits from \(lowest) to \(highest)")
        }
        guard bytes.count - reader.position >= length else {
            throw HdrHistogramEncodingError(
                problem: "\(length) bytes of counts are announced, and "
                    + "\(bytes.count - reader.position) are there")
        }
        let end = reader.position + length
        let bucketCount = layout.index(of: highest) + 1
        var counts: [UInt64] = []
        while reader.position < end {
            guard let value = LEB128.read(bytes, at: &reader.position, end: end) else {
                throw HdrHistogramEncodingError(problem: "the last count is cut off")
            }
            if value >= 0 {
                counts.append(UInt64(value))
            } else {
                guard value.magnitude <= UInt64(bucketCount - Swift.min(counts.count, bucketCount))
                else {
                    throw HdrHistogramEncodingError(problem: "zeros beyond the last bucket")
                }
                counts.append(contentsOf: repeatElement(0, count: Int(value.magnitude)))
            }
        }
        guard let histogram = HdrHistogram(layout: layout, counts: counts) else {
            throw HdrHistogramEncodingError(problem: "counts beyond the last bucket")
        }
        self = histogram
    }

    private static func bigEndian(_ value: some FixedWidthInteger & UnsignedInteger) -> [UInt8] {
        stride(from: value.bitWidth - 8, through: 0, by: -8).map {
            UInt8(truncatingIfNeeded: value >> UInt64($0))
        }
    }

    private struct BigEndianReader {
        let bytes: [UInt8]
        var position = 0

        init(bytes: [UInt8]) { self.bytes = bytes }

        mutating func word(_ byteCount: Int) throws(HdrHistogramEncodingError) -> UInt64 {
            guard bytes.count - position >= byteCount else {
                throw HdrHistogramEncodingError(
                    problem: "\(bytes.count) bytes are too few for the head of a histogram")
            }
            defer { position += byteCount }
            return bytes[position..<position + byteCount].reduce(0) { $0 << 8 | UInt64($1) }
        }
    }
}

/// ZigZag LEB128 of 64 bits in at most nine bytes: the ninth has eight bits of the number.
enum LEB128 {
    static func append(_ value: Int64, to bytes: inout [UInt8]) {
        var rest = UInt64(bitPattern: (value << 1) ^ (value >> 63))
        for _ in 0..<8 {
            if rest < 0x80 {
                bytes.append(UInt8(rest))
                return
            }
            bytes.append(UInt8(rest & 0x7f) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    /// Reads a number at `position` and steps over it; nil if it goes on at `end`.
    static func read(_ bytes: [UInt8], at position: inout Int, end: Int) -> Int64? {
        var word: UInt64 = 0
        for index in 0..<9 {
            guard position < end else { return nil }
            let byte = bytes[position]
            position += 1
            let shift = UInt64(index * 7)
            if index == 8 {
                word |= UInt64(byte) << shift
            } else {
                word |= UInt64(byte & 0x7f) << shift
                if byte < 0x80 { break }
            }
        }
        return Int64(bitPattern: word >> 1) ^ -Int64(bitPattern: word & 1)
    }
}
