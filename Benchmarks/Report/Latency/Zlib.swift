// The zlib format (RFC 1950) as far as histograms need it: written without compression, and
// inflated whatever wrote it (RFC 1951).

/// Streams of zlib.
enum Zlib {
    /// Bytes that are no zlib stream.
    struct Malformed: Error, Equatable {
        let problem: String
    }

    /// `bytes` in stored blocks: five bytes for each 65,535, and six around all.
    static func stored(_ bytes: [UInt8]) -> [UInt8] {
        // 32 KiB window, no dictionary; the check digits make the pair a multiple of 31.
        var result: [UInt8] = [0x78, 0x01]
        var start = 0
        repeat {
            let end = min(start + 0xffff, bytes.count)
            let length = UInt16(end - start)
            result.append(end == bytes.count ? 1 : 0)
            for half in [length, ~length] {
                result.append(UInt8(truncatingIfNeeded: half))
                result.append(UInt8(truncatingIfNeeded: half >> 8))
            }
            result.append(contentsOf: bytes[start..<end])
            start = end
        } while start < bytes.count
        let checksum = adler32(bytes)
        for shift in [24, 16, 8, 0] as [UInt32] {
            result.append(UInt8(truncatingIfNeeded: checksum >> shift))
        }
        return result
    }

    /// The contents of a stream, at most `byteCountMax` bytes: more is refused, lest a few bytes
    /// blow up to all of the memory.
    static func inflated(
        _ stream: [UInt8], byteCountMax: Int
    ) throws(Malformed) -> [UInt8] {
        guard stream.count >= 2, stream[0] & 0x0f == 8, stream[1] & 0x20 == 0,
            (UInt16(stream[0]) << 8 | UInt16(stream[1])) % 31 == 0
        else { throw Malformed(problem: "no zlib stream begins like this") }
        var inflater = Inflater(bytes: stream, position: 2, byteCountMax: byteCountMax)
        try inflater.run()
        let tail = inflater.endOfData
        guard stream.count - tail >= 4 else {
            throw Malformed(problem: "the zlib stream ends before its checksum")
        }
        let checksum = stream[tail..<tail + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        guard checksum == adler32(inflater.output) else {
            throw Malformed(problem: "the checksum of the zlib stream is wrong")
        }
        return inflater.output
    }

    static func adler32(_ bytes: [UInt8]) -> UInt32 {
        let modulus: UInt32 = 65_521
        var low: UInt32 = 1
        var high: UInt32 = 0
        for byte in bytes {
            low = (low + UInt32(byte)) % modulus
            high = (high + low) % modulus
        }
        return high << 16 | low
    }
}

/// Reads the blocks of a deflated stream; after zlib's `puff`, which RFC 1951 is easiest seen in.
private struct Inflater {
    let bytes: [UInt8]
    let byteCountMax: Int
    var position: Int
    var output: [UInt8] = []
    private var bits: UInt32 = 0
    private var bitCount = 0

    init(bytes: [UInt8], position: Int, byteCountMax: Int) {
        self.bytes = bytes
        self.position = position
        self.byteCountMax = byteCountMax
    }

    /// Where the next whole byte stands.
    var endOfData: Int { position }

    mutating func run() throws(Zlib.Malformed) {
        var isLast = false
        while !isLast {
            isLast = try take(1) == 1
            switch try take(2) {
            case 0: try copyStored()
            case 1: try decode(lengths: Self.fixedLengths, distances: Self.fixedDistances)
            case 2: try decodeDynamic()
            default: throw Zlib.Malformed(problem: "a block of no known kind")
            }
        }
    }

    private mutating func take(_ count: Int) throws(Zlib.Malformed) -> Int {
        while bitCount < count {
            guard position < bytes.count else {
                throw Zlib.Malformed(problem: "the zlib stream is cut off")
            }
            bits |= UInt32(bytes[position]) << UInt32(bitCount)
            position += 1
            bitCount += 8
        }
        let value = bits & ((1 << UInt32(count)) - 1)
        bits >>= UInt32(count)
        bitCount -= count
        return Int(value)
    }

    private mutating func copyStored() throws(Zlib.Malformed) {
        bits = 0
        bitCount = 0
        guard bytes.count - position >= 4 else {
            throw Zlib.Malformed(problem: "the zlib stream is cut off")
        }
        let length = Int(bytes[position]) | Int(bytes[position + 1]) << 8
        let complement = Int(bytes[position + 2]) | Int(bytes[position + 3]) << 8
        position += 4
        guard length == ~complement & 0xffff, bytes.count - position >= length else {
            throw Zlib.Malformed(problem: "a stored block of a wrong length")
        }
        try reserve(length)
        output.append(contentsOf: bytes[position..<position + length])
        position += length
    }

    private func reserve(_ count: Int) throws(Zlib.Malformed) {
        guard output.count + count <= byteCountMax else {
            throw Zlib.Malformed(problem: "the stream holds more than \(byteCountMax) bytes")
        }
    }

    private mutating func decodeDynamic() throws(Zlib.Malformed) {
        let lengthCount = try take(5) + 257
        let distanceCount = try take(5) + 1
        let codeCount = try take(4) + 4
        let order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]
        var codeLengths = [Int](repeating: 0, count: 19)
        for index in 0..<codeCount { codeLengths[order[index]] = try take(3) }
        let codes = try table(codeLengths[...])
        var lengths: [Int] = []
        while lengths.count < lengthCount + distanceCount {
            let symbol = try self.symbol(codes)
            switch symbol {
            case 0..<16: lengths.append(symbol)
            case 16:
                guard let last = lengths.last else {
                    throw Zlib.Malformed(problem: "a repetition of nothing")
                }
                lengths.append(contentsOf: repeatElement(last, count: 3 + (try take(2))))
            case 17: lengths.append(contentsOf: repeatElement(0, count: 3 + (try take(3))))
            default: lengths.append(contentsOf: repeatElement(0, count: 11 + (try take(7))))
            }
        }
        guard lengths.count == lengthCount + distanceCount else {
            throw Zlib.Malformed(problem: "too many lengths of codes")
        }
        try decode(
            lengths: try table(lengths[..<lengthCount]),
            distances: try table(lengths[lengthCount...]))
    }

    private func table(_ lengths: ArraySlice<Int>) throws(Zlib.Malformed) -> HuffmanTable {
        let table = HuffmanTable(lengths: lengths)
        // More codes than there are bits for would lead beyond the symbols.
        var left = 1
        for count in table.counts.dropFirst() {
            left = left * 2 - count
            guard left >= 0 else { throw Zlib.Malformed(problem: "too many codes of one length") }
        }
        return table
    }

    private mutating func decode(
        lengths: HuffmanTable, distances: HuffmanTable
    ) throws(Zlib.Malformed) {
        while true {
            let symbol = try self.symbol(lengths)
            if symbol < 256 {
                try reserve(1)
                output.append(UInt8(symbol))
                continue
            }
            if symbol == 256 { return }
            guard symbol - 257 < Self.lengthBases.count else {
                throw Zlib.Malformed(problem: "a length of no known code")
            }
            let length =
                Self.lengthBases[symbol - 257] + (try take(Self.lengthExtraBits[symbol - 257]))
            let code = try self.symbol(distances)
            guard code < Self.distanceBases.count else {
                throw Zlib.Malformed(problem: "a distance of no known code")
            }
            let distance = Self.distanceBases[code] + (try take(max(0, code / 2 - 1)))
            guard distance <= output.count else {
                throw Zlib.Malformed(problem: "a distance to before the beginning")
            }
            try reserve(length)
            for _ in 0..<length { output.append(output[output.count - distance]) }
        }
    }

    private mutating func symbol(_ table: HuffmanTable) throws(Zlib.Malformed) -> Int {
        var code = 0
        var first = 0
        var index = 0
        for length in 1..<table.counts.count {
            code |= try take(1)
            let count = table.counts[length]
            if code - count < first { return table.symbols[index + code - first] }
            index += count
            first = (first + count) << 1
            code <<= 1
        }
        throw Zlib.Malformed(problem: "a code that no symbol has")
    }

    private static let fixedLengths = HuffmanTable(
        lengths: ([Int](repeating: 8, count: 144) + [Int](repeating: 9, count: 112)
            + [Int](repeating: 7, count: 24) + [Int](repeating: 8, count: 8))[...])
    private static let fixedDistances = HuffmanTable(lengths: [Int](repeating: 5, count: 30)[...])
    private static let lengthBases = [
        3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115,
        131, 163, 195, 227, 258,
    ]
    private static let lengthExtraBits = [
        0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
    ]
    private static let distanceBases = [
        1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537,
        2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577,
    ]
}

/// A canonical Huffman code: how many codes there are of each length, and the symbols in order.
private struct HuffmanTable {
    var counts: [Int]
    var symbols: [Int]

    init(lengths: ArraySlice<Int>) {
        counts = [Int](repeating: 0, count: 16)
        for length in lengths where length > 0 { counts[length] += 1 }
        symbols = (1..<16).flatMap { wanted in
            lengths.enumerated().filter { $0.element == wanted }.map(\.offset)
        }
    }
}
