// The head of a block: its fields, its bytes (JournalLayout.swift draws them), its place in the
// chain.
import CPlatform

/// The head of a block, without magic and version, which are what they must be.
struct BlockHeader: Equatable {
    enum Kind: UInt16 {
        /// The payload is the site's.
        case data
        /// Empty: begins an epoch, or closes the journal.
        case mark
    }

    var kind: Kind
    var payloadCount: Int
    var position: UInt64
    var durable: UInt64
    var epoch: UInt64
    var chain: UInt64
    var endOfBefore: UInt64
    /// Of header and payload; set by ``seal(_:payload:seed:)`` or read.
    var checksum: UInt32 = 0

    /// Bytes up to the next block.
    var alignedBytes: Int {
        JournalLayout.pageAligned(JournalLayout.blockHeaderBytes + payloadCount)
    }

    /// The hash that the block after this one carries.
    ///
    /// The checksum covers the payload and this chain; position and epoch make it differ from any
    /// block that stood here before, even where its checksum is the same by chance.
    var chainAfter: UInt64 {
        JournalLayout.mix(
            JournalLayout.mix(chain ^ UInt64(checksum)) ^ position
                ^ JournalLayout.mix(epoch))
    }

    /// Writes the header for `payload` to `bytes` and keeps the checksum.
    mutating func seal(_ bytes: JournalBuffer, payload: RawSpan, seed: UInt32) {
        bytes.store(JournalLayout.blockMagic, at: 0)
        bytes.store(UInt16(JournalLayout.version), at: 4)
        bytes.store(kind.rawValue, at: 6)
        bytes.store(UInt32(payloadCount), at: 8)
        bytes.store(position, at: 16)
        bytes.store(durable, at: 24)
        bytes.store(epoch, at: 32)
        bytes.store(chain, at: 40)
        bytes.store(endOfBefore, at: 48)
        bytes.store(UInt64(0), at: 56)
        var sum = bytes.checksum(0..<12, seed: seed)
        sum = bytes.checksum(16..<JournalLayout.blockHeaderBytes, seed: sum)
        checksum = unsafe payload.withUnsafeBytes { payload in
            unsafe portals_crc32c(sum, payload.baseAddress, payload.count)
        }
        bytes.store(checksum, at: 12)
    }

    /// The header at `offset` of `bytes` if it looks like one; the checksum is not looked at.
    ///
    /// A newer version needs no error of its own here: the one who writes it begins a segment.
    init?(_ bytes: JournalBuffer, at offset: Int) {
        guard bytes.load(UInt32.self, at: offset) == JournalLayout.blockMagic,
            bytes.load(UInt16.self, at: offset + 4) == UInt16(JournalLayout.version),
            let kind = Kind(rawValue: bytes.load(UInt16.self, at: offset + 6))
        else { return nil }
        self.kind = kind
        payloadCount = Int(bytes.load(UInt32.self, at: offset + 8))
        checksum = bytes.load(UInt32.self, at: offset + 12)
        position = bytes.load(UInt64.self, at: offset + 16)
        durable = bytes.load(UInt64.self, at: offset + 24)
        epoch = bytes.load(UInt64.self, at: offset + 32)
        chain = bytes.load(UInt64.self, at: offset + 40)
        endOfBefore = bytes.load(UInt64.self, at: offset + 48)
    }

    init(
        kind: Kind, payloadCount: Int, position: UInt64, durable: UInt64, epoch: UInt64,
        chain: UInt64, endOfBefore: UInt64
    ) {
        self.kind = kind
        self.payloadCount = payloadCount
        self.position = position
        self.durable = durable
        self.epoch = epoch
        self.chain = chain
        self.endOfBefore = endOfBefore
    }
}
