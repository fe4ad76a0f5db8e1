// Records that have arrived and make up the next atom of an ingress.

/// An atom of records in the making, and how it is written down.
///
/// ```
/// │ count │ client, sequence, end │ … │ payloads, one after another │
/// │ 4     │ 8       8         4   │   │ the i-th ends at its `end`  │
/// ```
/// All numbers are little-endian; ends count from the first payload.
struct IngressBatch: Sendable {
    private var entries: [UInt8] = []
    private var payloads: [UInt8] = []
    private(set) var count = 0
    /// The latest sequence of each client.
    private(set) var latest: [UInt64: UInt64] = [:]

    static let headByteCount = 4
    static let entryByteCount = 20

    /// As it would be written down.
    var byteCount: Int { Self.headByteCount + entries.count + payloads.count }

    mutating func append(_ client: UInt64, _ sequence: UInt64, _ payload: ArraySlice<UInt8>) {
        payloads.append(contentsOf: payload)
        entries.append(number: client, byteCount: 8)
        entries.append(number: sequence, byteCount: 8)
        entries.append(number: UInt64(payloads.count), byteCount: 4)
        count += 1
        latest[client] = sequence
    }

    func write(to record: inout [UInt8]) {
        record.append(number: UInt64(count), byteCount: 4)
        record.append(contentsOf: entries)
        record.append(contentsOf: payloads)
    }

    mutating func removeAll() {
        entries.removeAll(keepingCapacity: true)
        payloads.removeAll(keepingCapacity: true)
        latest.removeAll(keepingCapacity: true)
        count = 0
    }

    /// The latest sequence of each client in a record; nil if that is none.
    static func latest(in record: [UInt8]) -> [UInt64: UInt64]? {
        guard record.count >= headByteCount else { return nil }
        let count = Int(record.number(at: 0, byteCount: 4))
        guard record.count >= headByteCount + count * entryByteCount else { return nil }
        var latest: [UInt64: UInt64] = [:]
        for index in 0..<count {
            let start = headByteCount + index * entryByteCount
            latest[record.number(at: start, byteCount: 8)] = record.number(
                at: start + 8, byteCount: 8)
        }
        return latest
    }
}

/// Calls a closure for each payload of a partition's share of an ingress's atom.
@usableFromInline
func forEachPayload(in content: RawSpan, part: FeedPart, _ body: (RawSpan) -> Void) {
    func number(_ offset: Int) -> Int {
        // The feed wrote or checked the record: its offsets lie in it.
        Int(
            UInt32(
                littleEndian: unsafe content.unsafeLoadUnaligned(
                    fromByteOffset: offset, as: UInt32.self)))
    }
    let count = number(0)
    let payloads = IngressBatch.headByteCount + count * IngressBatch.entryByteCount
    func end(_ index: Int) -> Int {
        if index < 0 { return 0 }
        return number(IngressBatch.headByteCount + index * IngressBatch.entryByteCount + 16)
    }
    for index in (count * part.index / part.count)..<(count * (part.index + 1) / part.count) {
        body(content.extracting((payloads + end(index - 1))..<(payloads + end(index))))
    }
}
