// The bytes of a journal, drawn; numbers are little-endian. `README.md` here says why.
//
// A segment file, `journal-<position of its first byte, 16 hexadecimal digits>.segment`:
//
// ```
//  0            4096                                                       size
//  ├─ header ────┼─ block ───────┼─ block ─┼─ block ─────┼ zeros, or old ───┤
//                 each begins on a multiple of 4,096 and is filled up by zeros
// ```
//
// The segment header:
//
// ```
//  byte  0       8         12         16           24      32     40     48      56     57     185
//        │ magic │ version │ checksum │ application │ salt │ base │ size │ epoch │ name │ name │ 0…
//        │       │         │ of 0…255 │ identity    │      │      │      │       │ size │      │
// ```
//
// A block, `position` = `base` + its offset in the file:
//
// ```
//  byte  0       4         6      8         12         16         24        32      40      48
//        │ magic │ version │ kind │ payload │ checksum │ position │ durable │ epoch │ chain │ …
//        │       │         │      │ count   │          │          │ mark    │       │       │
//  byte  48       56  64
//        │ end of │ 0 │ payload …
//        │ before │   │
// ```
//
// - `checksum` is CRC-32C over the header, itself left out, and the payload, begun with the salt.
// - `durable mark`: up to where the writer knew the journal durable when it wrote this block.
// - `chain`: a hash of the block before, which covers that one's chain; so of all before.
// - `end of before`: the position after the block before, which may be in the segment before.

enum JournalLayout {
    /// What disks and the page cache write whole: a block never shares a page with another, so no
    /// torn write reaches back into one that is durable, and no write has to read a page first.
    static let pageBytes = 4_096
    static let version = 1

    /// "PORTALSJ" and "PBLK" as they stand in the file.
    static let segmentMagic: UInt64 = 0x4A53_4C41_5452_4F50
    static let blockMagic: UInt32 = 0x4B4C_4250

    static let segmentHeaderBytes = 256
    static let blockHeaderBytes = 64
    static let nameBytesMax = 128

    static func pageAligned(_ count: Int) -> Int { (count + pageBytes - 1) & ~(pageBytes - 1) }

    static func segmentName(base: UInt64) -> String {
        let digits = String(base, radix: 16)
        return "journal-\(String(repeating: "0", count: 16 - digits.count))\(digits).segment"
    }

    /// The position of the first byte of the segment file `name`; nil if it is none.
    static func segmentStart(name: String) -> UInt64? {
        guard name.hasPrefix("journal-"), name.hasSuffix(".segment"), name.utf8.count == 32 else {
            return nil
        }
        return UInt64(name.dropFirst(8).prefix(16), radix: 16)
    }

    /// What a checksum of a block begins with: other journals' blocks are not this one's, whatever
    /// payload holds a copy of them.
    static func checksumSeed(salt: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: mix(salt)) }

    /// The chain before the first block.
    static func chainSeed(salt: UInt64) -> UInt64 { mix(~salt) }

    /// Spreads each bit over all 64 (the finalizer of SplitMix64).
    static func mix(_ value: UInt64) -> UInt64 {
        var value = value
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
