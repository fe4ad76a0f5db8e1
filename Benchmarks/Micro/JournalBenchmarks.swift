// The journal's append and fdatasync against a plain write of the same size and fdatasync to a file
// that was written before: what the blocks, checksums and segments cost of the disk's bandwidth.
import Glibc
import Portals

/// Bytes of a pass: some 30 ms at the 500 MB/s of the measuring machine's disk.
private let passBytes = 16 << 20
/// Enough for a median of a disk whose synchronizations scatter by half.
private let journalSamples = 9
/// Passes that fill the files once, so that both write blocks that the disk has already: more than
/// three segments, of which two are spares.
private let warmUpPasses = 14
/// Passes until the plain file is written from its beginning again: the 192 MiB of the three segments
/// that the journal goes round in. A file written over and over in one place is faster than a disk,
/// here by a third: the host keeps it in its caches.
private let passesAround = 12
private let journalSizes = [(64 << 10, "64 KiB"), (256 << 10, "256 KiB"), (1 << 20, "1 MiB")]

/// Measures the sizes whose names `wanted` accepts, in a directory below the working directory.
func journalResults(
    wanted: (String) -> Bool, progress: (String) -> Void
) throws(MicroError) -> [MicroResult] {
    var results: [MicroResult] = []
    for (size, text) in journalSizes {
        let name = "journal append and fdatasync, \(text)"
        guard wanted(name) else { continue }
        progress(name)
        do {
            results.append(try journalResult(name, size: size))
        } catch {
            throw .refuted(benchmark: name, fault: "\(error)")
        }
    }
    return results
}

/// Passes of both in turn, so that both meet the same moods of the disk.
private func journalResult(_ name: String, size: Int) throws -> MicroResult {
    let path = "portals-micro-\(getpid())"
    let storage = try FileStorage(path: path)
    defer {
        for name in (try? storage.names()) ?? [] { try? storage.remove(name) }
        unsafe rmdir(path)
    }
    let journal = try SegmentJournal(
        opening: storage, application: JournalApplication(name: "micro"))
    try journal.fence()
    let plain = try storage.create("plain", size: passBytes * passesAround)
    let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 8) }
    let commitCount = passBytes / size
    var journalFigures: [Double] = []
    var plainFigures: [Double] = []
    for pass in 0..<warmUpPasses + journalSamples {
        let origin = pass % passesAround * passBytes
        let began = nanoseconds(CLOCK_MONOTONIC)
        for commit in 0..<commitCount {
            unsafe try plain.write(bytes.span.bytes, at: origin + commit * size)
            try plain.synchronize()
        }
        let between = nanoseconds(CLOCK_MONOTONIC)
        let first = journal.end
        for _ in 0..<commitCount {
            _ = unsafe try journal.append(bytes.span.bytes, after: journal.end)
            try journal.synchronize()
        }
        try journal.prepare()
        let ended = nanoseconds(CLOCK_MONOTONIC)
        var right = 0
        try journal.read(from: first) { payload, _, _ in
            if unsafe payload.withUnsafeBytes({ unsafe bytes.elementsEqual($0) }) { right += 1 }
            return .goOn
        }
        guard right == commitCount else {
            throw MicroError.wrongAnswer(
                benchmark: name, expected: UInt64(commitCount), got: UInt64(right))
        }
        try journal.release(before: journal.end)
        if pass < warmUpPasses { continue }
        // Bytes a nanosecond, times a thousand: megabytes a second.
        plainFigures.append(Double(passBytes) / (between - began) * 1e3)
        journalFigures.append(Double(passBytes) / (ended - between) * 1e3)
    }
    try journal.close()
    return MicroResult(
        name: name, unit: "MB/s", samples: journalFigures,
        limit: MicroResult.Limit(
            text: "plain write and fdatasync",
            figure: MicroResult(name: "", unit: "", samples: plainFigures).median))
}
