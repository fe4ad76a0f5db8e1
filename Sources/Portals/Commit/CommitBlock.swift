// What the payload of a journal's block holds: words of eight bytes, the first of which says what.

/// The kinds of blocks that a site writes.
///
/// ```
/// layout   │ 1 │ byteCount │ UTF-8 …                      what runs: elements, partitions, seed
/// records  │ 2 │ worker, wordCount │ words … │ worker, …   what leaders decided, by worker
/// cut      │ 3 │ elementCount │ step …                    a recovery goes on with these steps
/// ```
/// All words are little-endian. Of `records`, each worker's words end at the end of a record.
enum CommitBlock: UInt64 {
    case layout = 1
    case records = 2
    case cut = 3

    /// A layout's text as a payload.
    static func layout(_ text: String) -> [UInt64] {
        let bytes = Array(text.utf8)
        return [layout.rawValue, UInt64(bytes.count)] + words(bytes)
    }

    /// The number of the step with which each element goes on after a recovery.
    static func cut(_ ends: [UInt64]) -> [UInt64] { [cut.rawValue, UInt64(ends.count)] + ends }

    private static func words(_ bytes: [UInt8]) -> [UInt64] {
        stride(from: 0, to: bytes.count, by: 8).map { start in
            bytes[start..<min(start + 8, bytes.count)].reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
    }

    /// The text of a layout's payload; nil if it is cut off.
    static func text(_ words: some Collection<UInt64>) -> String? {
        guard let byteCount = words.dropFirst().first, byteCount <= UInt64(words.count - 2) * 8
        else { return nil }
        let bytes = words.dropFirst(2).flatMap { word in
            (0..<8).map { UInt8(truncatingIfNeeded: word >> (UInt64($0) * 8)) }
        }
        return String(decoding: bytes.prefix(Int(byteCount)), as: UTF8.self)
    }
}
