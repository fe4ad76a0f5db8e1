// What a log must give back, and the right answer.

/// The records that were read back, in the order of the log.
@frozen
public struct Answer: Sendable, BitwiseCopyable, Hashable {
    /// Records read.
    public var records: UInt64 = 0
    /// 31 times the digest before, plus the next eight bytes (little endian, at a record's end the
    /// last four); modulo 2^64.
    public var digest: UInt64 = 0

    /// An answer without records.
    @inlinable public init() {}

    /// Takes the next record.
    ///
    /// - Ownership: `record` points to its 100 bytes, of any alignment.
    @inlinable @inline(__always)
    public mutating func take(_ record: UnsafeRawPointer) {
        records &+= 1
        for place in 0..<12 {
            let word = unsafe record.loadUnaligned(fromByteOffset: place &* 8, as: UInt64.self)
            digest = digest &* 31 &+ UInt64(littleEndian: word)
        }
        let rest = unsafe record.loadUnaligned(fromByteOffset: 96, as: UInt32.self)
        digest = digest &* 31 &+ UInt64(UInt32(littleEndian: rest))
    }
}

/// Makes the records of a run again and says how what was read back differs.
public struct Oracle: Sendable {
    /// The run that is judged.
    public let definition: Definition

    /// Makes the oracle of a run.
    public init(_ definition: Definition) { self.definition = definition }

    /// The only right answer.
    ///
    /// Cost: about 30 ns a record.
    public func expected() -> Answer {
        let generator = definition.generator
        let record = UnsafeMutableRawPointer.allocate(
            byteCount: Definition.recordByteCount, alignment: 8)
        defer { unsafe record.deallocate() }
        var answer = Answer()
        for index in 0..<definition.records {
            unsafe generator.write(index, to: record)
            unsafe answer.take(record)
        }
        return answer
    }

    /// Nil when the answer is right, else the first difference in words.
    public func check(_ answer: Answer) -> String? {
        if answer.records != definition.records {
            return "\(answer.records) records were read back, \(definition.records) were "
                + "acknowledged"
        }
        let expected = expected()
        if answer.digest != expected.digest {
            return "the \(answer.records) records that were read back are others, or in another "
                + "order: their digest is \(answer.digest), expected \(expected.digest)"
        }
        return nil
    }
}
