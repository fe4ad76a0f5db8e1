// Every bit flipped, every length cut, random bytes: nothing wrong is ever read, and what was
// durable is never silently short.
import Portals
import Testing

/// A closed journal of five blocks in two segments, and what to compare with.
private struct Specimen {
    let disk = SimulatedDisk()
    var all: [[UInt8]] = []
    /// For each segment file, bytes of it that blocks and heads use.
    var used: [String: [Range<Int>]] = [:]

    init(closes: Bool = true) throws {
        let journal = try opened(disk.storage())
        try journal.fence()
        for (index, size) in [10, 4_032, 5_000, 100].enumerated() {
            all.append(payload(index, count: size))
            try journal.append(all[index])
            try journal.synchronize()
        }
        if closes { try journal.close() }
        var blocks: [(UInt64, Int)] = []
        try journal_(disk).read(from: JournalPosition(rawValue: 4_096)) { payload, position, _ in
            blocks.append((position.rawValue, payload.byteCount))
            return .goOn
        }
        for (position, count) in blocks {
            let base = position / 16_384 * 16_384
            let name = Self.name(base)
            used[name, default: []].append(Int(position - base)..<Int(position - base) + 64 + count)
        }
    }

    private func journal_(_ disk: SimulatedDisk) throws -> SimulatedJournal {
        try opened(disk.kill())
    }

    static func name(_ base: UInt64) -> String {
        let digits = String(base, radix: 16)
        return "journal-\(String(repeating: "0", count: 16 - digits.count))\(digits).segment"
    }
}

@Suite("Journal damage")
struct JournalDamageTests {
    @Test("a flipped bit anywhere is refused where it is damage, and never read")
    func bitFlips() throws {
        let specimen = try Specimen()
        #expect(specimen.used.count == 2)
        var refusals = 0
        for base in [UInt64(0), 16_384] {
            let name = Specimen.name(base)
            for byte in 0..<16_384 {
                let bit = byte * 8 + byte % 8
                specimen.disk.flipBit(bit, in: name)
                defer { specimen.disk.flipBit(bit, in: name) }
                let isUsed = byte < 256 || specimen.used[name]!.contains { $0.contains(byte) }
                do throws(JournalError) {
                    let found = try contents(try opened(specimen.disk.kill()))
                    // After closing, the mark stands behind the last block: nothing may be missing.
                    #expect(found == specimen.all, "byte \(byte) of \(name)")
                    #expect(!isUsed, "byte \(byte) of \(name) was flipped and not missed")
                } catch {
                    refusals += 1
                    guard case .damaged(let damage) = error else {
                        Issue.record("byte \(byte) of \(name): \(error)")
                        return
                    }
                    #expect(damage.file == name)
                    #expect(damage.offset <= byte && byte < damage.offset + 3 * 4_096)
                }
            }
        }
        #expect(refusals >= 2 * 256 + 4 * 64 + 10 + 4_032 + 5_000 + 100)
    }

    @Test(
        "a flipped bit of a journal that was not closed loses at most the last block, and says so")
    func bitFlipsOfUnclosed() throws {
        let specimen = try Specimen(closes: false)
        for base in [UInt64(0), 16_384] {
            let name = Specimen.name(base)
            for byte in stride(from: 0, to: 16_384, by: 3) {
                let bit = byte * 8 + byte % 8
                specimen.disk.flipBit(bit, in: name)
                defer { specimen.disk.flipBit(bit, in: name) }
                do throws(JournalError) {
                    let journal = try opened(specimen.disk.kill())
                    let found = try contents(journal)
                    if found != specimen.all {
                        #expect(found == Array(specimen.all.dropLast()), "byte \(byte) of \(name)")
                        // Its magic or position gone, nothing tells that a block ever was there.
                        let inBlock = byte - specimen.used[name]!.last!.lowerBound
                        let isSilent = (0..<8).contains(inBlock) || (16..<24).contains(inBlock)
                        #expect(isSilent || (32..<40).contains(inBlock) || journal.cut != nil)
                    }
                } catch {
                    guard case .damaged = error else {
                        Issue.record("byte \(byte) of \(name): \(error)")
                        return
                    }
                }
            }
        }
    }

    @Test("a file cut to any length is refused with its name and length")
    func truncation() throws {
        for base in [UInt64(0), 16_384] {
            let name = Specimen.name(base)
            let specimen = try Specimen()
            for size in (0..<16_384).reversed() {
                try specimen.disk.kill().open(name, for: .writing).truncate(to: size)
                let error = journalError { () throws(JournalError) in
                    _ = try opened(specimen.disk.kill())
                }
                guard case .damaged(let damage) = error else {
                    Issue.record("\(size) bytes of \(name): \(String(describing: error))")
                    return
                }
                #expect(damage.file == name)
                if size >= 256 { #expect(damage.offset == size) }
            }
        }
    }

    @Test("a segment missing between others is named with its position")
    func missingSegment() throws {
        let disk = SimulatedDisk()
        let journal = try opened(disk.storage())
        try journal.fence()
        for index in 0..<9 { try journal.append(payload(index, count: 4_000)) }
        try journal.synchronize()
        try disk.kill().remove(Specimen.name(16_384))
        let error = journalError { () throws(JournalError) in _ = try opened(disk.kill()) }
        #expect(
            error
                == .missingSegment(
                    directory: "/simulated", position: JournalPosition(rawValue: 16_384)))
        #expect(error?.description.contains("--cut-at 16384") == true)
    }

    @Test("a whole block of another history, in the right place, is not taken for this one's")
    func splice() throws {
        let name = Specimen.name(0)
        let disks = try [1, 2].map { (first: UInt8) in
            let disk = SimulatedDisk()
            let journal = try opened(disk.storage())
            try journal.fence()
            for value in [first, 9] {
                try journal.append([value])
                try journal.synchronize()
            }
            try journal.close()
            return disk
        }
        // Salt, position, epoch and marks are the same; only the hash of the block before differs.
        let file = try disks[1].kill().open(name, for: .reading)
        var image = [UInt8](repeating: 0, count: 16_384)
        try file.read(into: &image)
        try disks[0].kill().open(name, for: .writing)
            .write(Array(image[12_288...]).span.bytes, at: 12_288)
        let error = journalError { () throws(JournalError) in _ = try opened(disks[0].kill()) }
        guard case .damaged(let damage) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(damage.position == JournalPosition(rawValue: 12_288))
    }

    @Test("random bytes over a journal never make it crash, hang or give a block not appended")
    func mutations() throws {
        var numbers = SeededNumbers(2_026)
        let specimen = try Specimen()
        var images: [String: [UInt8]] = [:]
        let storage = specimen.disk.kill()
        for base in [UInt64(0), 16_384] {
            var bytes = [UInt8](repeating: 0, count: 16_384)
            try storage.open(Specimen.name(base), for: .reading).read(into: &bytes)
            images[Specimen.name(base)] = bytes
        }
        for round in 0..<4_000 {
            let disk = SimulatedDisk()
            let storage = disk.storage()
            for (name, image) in images.sorted(by: { $0.key < $1.key }) {
                var bytes = image
                for _ in 0..<numbers.below(3) { mutate(&bytes, &numbers) }
                try storage.create(name, size: bytes.count).write(bytes.span.bytes, at: 0)
            }
            do throws(JournalError) {
                let journal = try opened(disk.kill())
                let found = try contents(journal)
                #expect(found == Array(specimen.all.prefix(found.count)))
                try journal.fence()
                try journal.append([1])
            } catch {
                #expect(!error.description.isEmpty, "round \(round)")
            }
        }
    }

    private func mutate(_ bytes: inout [UInt8], _ numbers: inout SeededNumbers) {
        let at = numbers.below(bytes.count)
        let count = min(1 + numbers.below(600), bytes.count - at)
        switch numbers.below(4) {
        case 0: for index in at..<at + count { bytes[index] = UInt8(numbers.below(256)) }
        case 1: for index in at..<at + count { bytes[index] = 0 }
        case 2:
            // A page in another's place.
            let (from, to) = (numbers.below(4) * 4_096, numbers.below(4) * 4_096)
            bytes.replaceSubrange(to..<to + 4_096, with: bytes[from..<from + 4_096])
        default: bytes[at] ^= 1 << UInt8(numbers.below(8))
        }
    }
}
