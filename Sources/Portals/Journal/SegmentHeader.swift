// The head of a segment file: its fields, its bytes (drawn in JournalLayout.swift), its faults.

/// The head of a segment file.
struct SegmentHeader: Equatable {
    var application: JournalApplication
    var salt: UInt64
    var start: UInt64
    var size: Int
    var epoch: UInt64

    /// Position after its last byte, where the next segment begins.
    var end: UInt64 { start + UInt64(size) }

    /// What is wrong with a header.
    enum Fault: Error {
        case noMagic, checksum
        case newerFormat(Int)
    }

    /// Writes the header to the first page of `bytes`, whose rest is zeros.
    func store(to bytes: JournalBuffer) {
        bytes.clear()
        bytes.store(JournalLayout.segmentMagic, at: 0)
        bytes.store(UInt32(JournalLayout.version), at: 8)
        bytes.store(application.identity, at: 16)
        bytes.store(salt, at: 24)
        bytes.store(start, at: 32)
        bytes.store(UInt64(size), at: 40)
        bytes.store(epoch, at: 48)
        let name = Self.kept(application.name)
        bytes.store(UInt8(name.count), at: 56)
        for (index, byte) in name.enumerated() { bytes.store(byte, at: 57 + index) }
        bytes.store(Self.checksum(of: bytes), at: 12)
    }

    init(
        application: JournalApplication, salt: UInt64, start: UInt64, size: Int, epoch: UInt64
    ) {
        self.application = JournalApplication(
            name: String(decoding: Self.kept(application.name), as: UTF8.self),
            identity: application.identity)
        self.salt = salt
        self.start = start
        self.size = size
        self.epoch = epoch
    }

    /// The header in the first page of `bytes`.
    ///
    /// Every version keeps magic, version and checksum where they are: a flipped bit of the version
    /// is damage, not a newer format.
    init(_ bytes: JournalBuffer) throws(Fault) {
        guard bytes.load(UInt64.self, at: 0) == JournalLayout.segmentMagic else { throw .noMagic }
        guard bytes.load(UInt32.self, at: 12) == Self.checksum(of: bytes) else { throw .checksum }
        let version = Int(bytes.load(UInt32.self, at: 8))
        if version > JournalLayout.version { throw .newerFormat(version) }
        let count = min(Int(bytes.load(UInt8.self, at: 56)), JournalLayout.nameBytesMax)
        let name = (0..<count).map { bytes.load(UInt8.self, at: 57 + $0) }
        application = JournalApplication(
            name: String(decoding: name, as: UTF8.self), identity: bytes.load(UInt64.self, at: 16))
        salt = bytes.load(UInt64.self, at: 24)
        start = bytes.load(UInt64.self, at: 32)
        size = Int(truncatingIfNeeded: bytes.load(UInt64.self, at: 40))
        epoch = bytes.load(UInt64.self, at: 48)
    }

    private static func kept(_ name: String) -> ArraySlice<UInt8> {
        Array(name.utf8).prefix(JournalLayout.nameBytesMax)
    }

    private static func checksum(of bytes: JournalBuffer) -> UInt32 {
        let sum = bytes.checksum(0..<12, seed: 0)
        return bytes.checksum(16..<JournalLayout.segmentHeaderBytes, seed: sum)
    }
}
