// Space that is reserved and not written: passed over when a journal is opened, and written ahead
// of short blocks.
import Foundation
import Portals
import Testing

@Suite("Journal space")
struct JournalSpaceTests {
    private func options(mebibytes: Int) -> JournalOptions {
        var options = smallOptions()
        options.segmentBytes = mebibytes << 20
        return options
    }

    @Test("opening reads no more of a large segment than of a small one, if it holds no more")
    func opening() throws {
        let counts = try [4, 16].map { mebibytes in
            let disk = SimulatedDisk()
            let journal = try opened(disk.storage(), options(mebibytes: mebibytes))
            try journal.fence()
            for index in 0..<3 { try journal.append(payload(index, count: 5_000)) }
            try journal.synchronize()
            try journal.prepare()
            let storage = disk.kill()
            let before = disk.operationCount
            let again = try opened(storage, options(mebibytes: mebibytes))
            #expect(try contents(again).count == 3)
            return disk.operationCount - before
        }
        #expect(counts[0] == counts[1])
        #expect(counts[0] < 24)
    }

    @Test("a durable block behind megabytes of zeros is found, and the journal refused")
    func blockBehindZeros() throws {
        let disk = SimulatedDisk()
        let journal = try opened(disk.storage(), options(mebibytes: 8))
        try journal.fence()
        for index in 0..<4 {
            try journal.append(payload(index, count: 1_500_000))
            try journal.synchronize()
        }
        let storage = disk.kill()
        let name = try #require(try storage.names().first { $0.hasPrefix("journal-") })
        let file = try storage.open(name, for: .writing)
        let zeros = [UInt8](repeating: 0, count: 4_500_000 - 8_192)
        try file.write(zeros.span.bytes, at: 8_192)
        let error = journalError { () throws(JournalError) in
            _ = try opened(storage, options(mebibytes: 8))
        }
        guard case .damaged(let damage) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(damage.offset == 8_192)
    }

    /// Synchronizations of `count` calls of `prepare`.
    private func prepare(
        _ journal: SegmentJournal<SimulatedStorage>, _ disk: SimulatedDisk, count: Int = 1
    ) throws -> Int {
        let before = disk.synchronizationCount
        for _ in 0..<count { try journal.prepare() }
        return disk.synchronizationCount - before
    }

    @Test("an idle writer writes zeros ahead of short blocks, and none of long ones")
    func ahead() throws {
        let disk = SimulatedDisk()
        let journal = try opened(disk.storage(), options(mebibytes: 8))
        try journal.fence()
        // The next segment, and 2 MiB of zeros.
        #expect(try prepare(journal, disk) == 2)
        #expect(try prepare(journal, disk, count: 5) == 0)
        // Without a pause between them when room for 16 is left, after 496 blocks: then for 512.
        var ahead = 0
        for index in 0..<1_000 {
            try journal.append(payload(index, count: 100))
            try journal.synchronize()
            ahead += try prepare(journal, disk)
        }
        #expect(ahead == 1)
        // In a pause a piece at a time, until 2 MiB are done.
        #expect((1...8).contains(try prepare(journal, disk, count: 10)))
        #expect(try prepare(journal, disk, count: 10) == 0)
        for index in 0..<50 {
            try journal.append(payload(index, count: 50_000))
            try journal.synchronize()
            #expect(try prepare(journal, disk, count: 3) == 0)
        }
        #expect(try contents(try opened(disk.kill(), options(mebibytes: 8))).count == 1_050)
    }

    @Test("the file system tells where a file may hold data")
    func nextData() throws {
        let path = FileManager.default.temporaryDirectory.path + "/portals-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try check(try FileStorage(path: path), isExact: false)
        try check(SimulatedDisk().storage(), isExact: true)
    }

    private func check(_ storage: some Storage, isExact: Bool) throws {
        let file = try storage.create("file", size: 1 << 20)
        let empty = try file.nextData(from: 0)
        // A file system that can't tell answers with where it was asked.
        #expect(empty == nil || !isExact && empty == 0)
        let bytes: [UInt8] = [0, 7]
        try file.write(bytes.span.bytes, at: 300_000)
        let found = try #require(try file.nextData(from: 4_096))
        #expect(isExact ? found == 300_001 : (4_096...300_000).contains(found))
        #expect(try file.nextData(from: 300_001) == 300_001)
        #expect(try file.nextData(from: 2 << 20) ?? (2 << 20) == 2 << 20)
        file.close()
        #expect(throws: StorageError.self) { try file.nextData(from: 0) }
    }
}
