// Every refusal of a journal that is not damage: each its own error with place and cure, and
// nothing overwritten.
import CPlatform
import Foundation
import Portals
import Testing

@Suite("Journal refusals")
struct JournalRefusalTests {
    /// A journal of one block, closed.
    private func specimen() throws -> SimulatedDisk {
        let disk = SimulatedDisk()
        let journal = try opened(disk.storage())
        try journal.fence()
        try journal.append([1])
        try journal.close()
        return disk
    }

    private func image(_ disk: SimulatedDisk) throws -> [String: [UInt8]] {
        let storage = disk.storage()
        var images: [String: [UInt8]] = [:]
        for name in try storage.names() {
            let file = try storage.open(name, for: .reading)
            var bytes = [UInt8](repeating: 0, count: try file.size())
            try file.read(into: &bytes)
            images[name] = bytes
        }
        return images
    }

    @Test("another application's journal is refused by both names and left as it is")
    func otherApplication() throws {
        let disk = try specimen()
        let before = try image(disk)
        for other in [
            JournalApplication(name: "other", identity: 7),
            JournalApplication(name: "test", identity: 8),
        ] {
            let error = journalError { () throws(JournalError) in
                _ = try SegmentJournal(
                    opening: disk.storage(), application: other, options: smallOptions())
            }
            guard case .otherApplication(let path, let found, let expected) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(path == "/simulated/journal-0000000000000000.segment")
            #expect(found == "'test' (7)")
            #expect(expected == "'\(other.name)' (\(other.identity))")
        }
        #expect(try image(disk) == before)
    }

    @Test("a newer format is refused with both versions and left as it is")
    func newerFormat() throws {
        let disk = try specimen()
        let name = "journal-0000000000000000.segment"
        var head = Array(try image(disk)[name]![..<256])
        head[8] = 9
        let sum = unsafe head.withUnsafeBytes { bytes in
            unsafe portals_crc32c(
                portals_crc32c(0, bytes.baseAddress, 12), bytes.baseAddress! + 16, 240)
        }
        for byte in 0..<4 { head[12 + byte] = UInt8(truncatingIfNeeded: sum >> (8 * byte)) }
        try disk.storage().open(name, for: .writing).write(head.span.bytes, at: 0)
        let before = try image(disk)
        let error = journalError { () throws(JournalError) in _ = try opened(disk.storage()) }
        #expect(error == .newerFormat(path: "/simulated/\(name)", version: 9, supported: 1))
        #expect(try image(disk) == before)
    }

    @Test("a directory that another process has is refused, until that one closes it")
    func inUse() throws {
        let disk = SimulatedDisk()
        let first = try opened(disk.storage())
        let error = journalError { () throws(JournalError) in _ = try opened(disk.storage()) }
        #expect(
            error == .storage(StorageError(.inUse, .lock, path: "/simulated", holder: 1)))
        #expect(error?.description.contains("process 1 has it") == true)
        try first.close()
        _ = try opened(disk.storage())
    }

    @Test("a full disk refuses the next segment; with room again the journal goes on")
    func fullDisk() throws {
        let disk = SimulatedDisk()
        let journal = try opened(disk.storage())
        try journal.fence()
        var all: [[UInt8]] = []
        disk.faults.capacityBytes = disk.usedBytes
        var full: JournalError?
        for index in 0..<4 where full == nil {
            full = journalError { () throws(JournalError) in
                try journal.append(payload(index, count: 4_000))
            }
            if full == nil { all.append(payload(index, count: 4_000)) }
        }
        #expect(
            full == .storage(StorageError(.diskFull, .create, path: "/simulated/next-1.segment")))
        #expect(full?.description.contains("free space") == true)
        #expect(try contents(journal) == all)
        try journal.synchronize()
        disk.faults.capacityBytes = .max
        all.append([7])
        try journal.append([7])
        try journal.append(payload(9, count: 9_000))
        try journal.close()
        #expect(try contents(try opened(disk.kill())) == all + [payload(9, count: 9_000)])
    }

    @Test("a read-only directory is refused at opening")
    func readOnly() throws {
        let disk = try specimen()
        disk.faults.isReadOnly = true
        let error = journalError { () throws(JournalError) in _ = try opened(disk.kill()) }
        #expect(error == .storage(StorageError(.readOnly, .lock, path: "/simulated")))
    }

    @Test("every error says something of its own, with a cure")
    func descriptions() {
        let position = JournalPosition(rawValue: 4_096)
        let epoch = JournalEpoch(rawValue: 1)
        let storage = StorageError(.write, path: "/x/y", systemError: ENOSPC)
        #expect(
            storage.description
                == "/x/y: write failed: No space left on device (errno 28); "
                + "free space on that file system or move the directory, then start again")
        let errors: [JournalError] = [
            .storage(storage), .failed(storage), .notFenced, .closed,
            .newerFormat(path: "/x", version: 2, supported: 1),
            .otherApplication(path: "/x", found: "a", expected: "b"),
            .missingSegment(directory: "/x", position: position),
            .notTheEnd(after: position, end: position), .fenced(epoch: epoch, by: epoch),
            .payloadTooLarge(bytes: 2, max: 1), .released(position: position, start: position),
            .notABlock(position: position),
        ]
        #expect(Set(errors.map(\.description)).count == errors.count)
    }
}
