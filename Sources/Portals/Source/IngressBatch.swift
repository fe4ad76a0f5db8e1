// Records that have arrived and make up the next atom of an ingress.

/// An atom of records in the making, and how it is written down.
///
/// ```
/// │ count │ receipts │ client, number, end │ … │ client, number │ … │ payloads, one by one       │
/// │ 4     │ 4        │ 8       8       4   │   │ 8       8      │   │ the i-th ends at its `end` │
///                    └ count records ──────────┴ receipts ──────────┘
/// ```
/// All numbers are little-endian; ends count from the first payload. A receipt says up to which
/// number a client has received its replies: so that a recovery need not keep them again.
struct IngressBatch: Sendable {
    private var entries: [UInt8] = []
    private var payloads: [UInt8] = []
    private(set) var count = 0
    /// The latest number of each client.
    private(set) var latest: [UInt64: UInt64] = [:]
    private var receipts: [UInt64: UInt64] = [:]

    static let headByteCount = 8
    static let entryByteCount = 20
    private static let receiptByteCount = 16

    private var byteCount: Int {
        Self.headByteCount + entries.count + receipts.count * Self.receiptByteCount
            + payloads.count
    }

    /// Takes a record in; false if it would be too long with that.
    mutating func append(
        _ client: UInt64, _ number: UInt64, _ payload: ArraySlice<UInt8>, byteCountMax: Int
    ) -> Bool {
        // Receipts spare work only: the longest record alone has no room for them.
        if count == 0 && byteCount + Self.entryByteCount + payload.count > byteCountMax {
            receipts.removeAll(keepingCapacity: true)
        }
        if byteCount + Self.entryByteCount + payload.count > byteCountMax { return false }
        payloads.append(contentsOf: payload)
        entries.append(number: client, byteCount: 8)
        entries.append(number: number, byteCount: 8)
        entries.append(number: UInt64(payloads.count), byteCount: 4)
        count += 1
        latest[client] = number
        return true
    }

    mutating func note(receipt number: UInt64, of client: UInt64, byteCountMax: Int) {
        if receipts[client] == nil && byteCount + Self.receiptByteCount > byteCountMax { return }
        receipts[client] = number
    }

    func write(to record: inout [UInt8]) {
        record.append(number: UInt64(count), byteCount: 4)
        record.append(number: UInt64(receipts.count), byteCount: 4)
        record.append(contentsOf: entries)
        for (client, number) in receipts.sorted(by: { $0.key < $1.key }) {
            record.append(number: client, byteCount: 8)
            record.append(number: number, byteCount: 8)
        }
        record.append(contentsOf: payloads)
    }

    mutating func removeAll() {
        entries.removeAll(keepingCapacity: true)
        payloads.removeAll(keepingCapacity: true)
        latest.removeAll(keepingCapacity: true)
        receipts.removeAll(keepingCapacity: true)
        count = 0
    }

    /// The latest number of each client in a record, and the receipts; nil if it is no such record.
    static func read(
        _ record: [UInt8]
    ) -> (latest: [UInt64: UInt64], receipts: [(client: UInt64, number: UInt64)])? {
        guard record.count >= headByteCount else { return nil }
        let count = Int(record.number(at: 0, byteCount: 4))
        let receiptCount = Int(record.number(at: 4, byteCount: 4))
        let receiptStart = headByteCount + count * entryByteCount
        let payloadStart = receiptStart + receiptCount * receiptByteCount
        guard count > 0, payloadStart <= record.count else { return nil }
        var latest: [UInt64: UInt64] = [:]
        var end = 0
        for index in 0..<count {
            let start = headByteCount + index * entryByteCount
            latest[record.number(at: start, byteCount: 8)] =
                record.number(at: start + 8, byteCount: 8)
            let next = Int(record.number(at: start + 16, byteCount: 4))
            if next < end { return nil }
            end = next
        }
        guard payloadStart + end == record.count else { return nil }
        let receipts = (0..<receiptCount).map { index in
            let start = receiptStart + index * receiptByteCount
            return (
                client: record.number(at: start, byteCount: 8),
                number: record.number(at: start + 8, byteCount: 8)
            )
        }
        return (latest, receipts)
    }

    /// Calls a closure for each payload of a partition's share of a record that was written or
    /// read by this.
    static func forEachPayload(
        in content: RawSpan, part: FeedPart, _ body: (RawSpan) -> Void
    ) {
        func number(_ offset: Int) -> Int {
            Int(
                UInt32(
                    littleEndian: unsafe content.unsafeLoadUnaligned(
                        fromByteOffset: offset, as: UInt32.self)))
        }
        let count = number(0)
        let payloads = headByteCount + count * entryByteCount + number(4) * receiptByteCount
        func end(_ index: Int) -> Int {
            index < 0 ? 0 : number(headByteCount + index * entryByteCount + 16)
        }
        for index in (count * part.index / part.count)..<(count * (part.index + 1) / part.count) {
            body(content.extracting((payloads + end(index - 1))..<(payloads + end(index))))
        }
    }
}
