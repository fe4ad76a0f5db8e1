// The bytes of a snapshot file, drawn; numbers are little-endian.
//
// The file is `snapshot-<number, 16 hexadecimal digits>.snapshot`, in the directory of the journal.
//
// ```
//  byte  0       8         12         16       24     32         40     48
//        │ magic │ version │ checksum │ number │ base │ position │ time │ section │ section │ …
//        │       │         │ of others│        │      │          │      │
// ```
//
// A section:
//
// ```
//  byte  0      4            8          12
//        │ kind │ byte count │ checksum │ payload …
//        │      │ of payload │          │
// ```
//
// - `checksum` is CRC-32C over kind, count and payload, begun with the number of the section and
//   that of the snapshot: a section that stands elsewhere, or belongs to another file, has another.
// - `layout`: the text of SiteLayout. `element`: its words. `node`: element, partition, number,
//   words of the head, fingerprints. `units`: of the node before, each `unit u32, byte count u32,
//   bytes`. `feed`, `sink`: what it stores, one section each. `end`: the number of sections before
//   it; a file without it is not whole.
//
// The bytes of unit 0 are what has no key; each of the others holds a group of the table, as
// StateTable+Snapshot.swift in PortalsCore draws it.

enum SnapshotLayout {
    static let version: UInt32 = 1
    /// "PORTALSN" as it stands in the file.
    static let magic: UInt64 = 0x4E53_4C41_5452_4F50
    static let headerBytes = 48
    static let sectionBytes = 12
    /// Units go into sections of about this size: what is held at once, and what is checked at
    /// once.
    static let unitsBytes = 1 << 20

    enum Section: UInt32 {
        case layout = 1
        case element = 2
        case node = 3
        case units = 4
        case feed = 5
        case sink = 6
        case end = 7
    }

    static func name(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return "snapshot-\(String(repeating: "0", count: 16 - digits.count))\(digits).snapshot"
    }

    /// What it is called until it is whole and durable.
    static func unfinishedName(_ number: UInt64) -> String { name(number) + ".unfinished" }

    /// The number of the unfinished file `name`; nil if it is none.
    static func unfinishedNumber(name: String) -> UInt64? {
        name.hasSuffix(".unfinished") ? number(name: String(name.dropLast(11))) : nil
    }

    /// The first number of an epoch: a writer that was fenced off, and does not know it yet, never
    /// gives its snapshot the name of a newer one.
    static func firstNumber(_ epoch: JournalEpoch) -> UInt64 { epoch.rawValue << 24 | 1 }

    /// The number of the snapshot file `name`; nil if it is none.
    static func number(name: String) -> UInt64? {
        guard name.hasPrefix("snapshot-"), name.hasSuffix(".snapshot"), name.utf8.count == 34
        else { return nil }
        return UInt64(name.dropFirst(9).prefix(16), radix: 16)
    }

    static func checksumSeed(snapshot: UInt64, section: Int) -> UInt32 {
        UInt32(truncatingIfNeeded: JournalLayout.mix(snapshot &* 0x1_0001 &+ UInt64(section)))
    }
}
