// Looking at a journal and cutting it, on simulated and real directories.
import CPlatform
import Foundation
import Portals
import Testing

@Suite("Journal repair")
struct JournalRepairTests {
    @Test("a damaged journal is cut where its error says, what is cut is kept, and it goes on")
    func cut() throws {
        for (byte, left) in [(4_096 + 20, 0), (8_192 + 100, 0), (12_288 + 100, 1), (10, 0)] {
            let disk = SimulatedDisk()
            let journal = try opened(disk.storage())
            try journal.fence()
            for index in 0..<6 {
                try journal.append(payload(index, count: 3_000))
                try journal.synchronize()
            }
            try journal.close()
            disk.flipBit(byte * 8, in: "journal-0000000000000000.segment")
            let error = journalError { () throws(JournalError) in _ = try opened(disk.kill()) }
            guard case .damaged(let damage) = error else {
                Issue.record("byte \(byte): \(String(describing: error))")
                return
            }
            let inspection = try JournalInspection(disk.kill())
            #expect(inspection.refusal == error)
            #expect(inspection.segments.reduce(0) { $0 + $1.blockCount } == left)

            let kept = try JournalRepair.cut(disk.kill(), at: damage.position)
            #expect(!kept.isEmpty && kept.allSatisfy { $0.hasPrefix("cut-") })
            let names = try disk.kill().names()
            #expect(kept.allSatisfy(names.contains))
            let again = try opened(disk.kill())
            #expect(again.cut == nil)
            try again.fence()
            try again.append([9])
            try again.close()
            let expected = (0..<left).map { payload($0, count: 3_000) } + [[9]]
            #expect(try contents(try opened(disk.kill())) == expected)
            #expect(try JournalInspection(disk.kill()).refusal == nil)
        }
    }

    @Test("a position inside a block is no place to cut, and nothing is changed")
    func noPlace() throws {
        let disk = SimulatedDisk()
        let journal = try opened(disk.storage())
        try journal.fence()
        try journal.append(payload(0, count: 6_000))
        try journal.close()
        let position = JournalPosition(rawValue: 12_288)
        let error = journalError { () throws(JournalError) in
            _ = try JournalRepair.cut(disk.kill(), at: position)
        }
        #expect(error == .notABlock(position: position))
        #expect(try contents(try opened(disk.kill())) == [payload(0, count: 6_000)])
    }

    @Test("the files of a real directory hold what a simulated one does, and refuse as it does")
    func realFiles() throws {
        let path = FileManager.default.temporaryDirectory.path + "/portals-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let missing = StorageError(.missing, .open, path: path, systemError: ENOENT)
        #expect(throws: missing) { try FileStorage(path: path, missing: .refuse) }
        var all: [[UInt8]] = []
        var position = JournalPosition(rawValue: 4_096)
        for run in 0..<4 {
            let journal = try SegmentJournal(
                opening: FileStorage(path: path), application: testApplication,
                options: smallOptions())
            #expect(journal.cut == nil)
            #expect(try contents(journal, from: position) == all)
            try journal.fence()
            for index in 0..<10 {
                all.append(payload(index, count: 1_000 * index, run: UInt64(run)))
                if index == 5 {
                    position = journal.end
                    all.removeFirst(all.count - 1)
                }
                try journal.append(all[all.count - 1])
            }
            try journal.synchronize()
            try journal.release(before: position)
            try journal.prepare()
            let error = journalError { () throws(JournalError) in
                let second = try storageOf(path)
                _ = try SegmentJournal(opening: second, application: testApplication)
            }
            guard case .storage(let refusal) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(refusal.code == .inUse && refusal.holder == getpid())
            if run % 2 == 0 { try journal.close() }
        }
        #expect(try JournalInspection(try FileStorage(path: path)).refusal == nil)
    }

    private func storageOf(_ path: String) throws(JournalError) -> FileStorage {
        do {
            return try FileStorage(path: path)
        } catch {
            throw .storage(error)
        }
    }

    @Test("a full device and a directory that takes no files are told by their codes")
    func deviceErrors() throws {
        let full = try FileStorage(path: "/dev", missing: .refuse).open("full", for: .writing)
        do throws(StorageError) {
            try full.write([1].span.bytes, at: 0)
            Issue.record("/dev/full took a byte")
        } catch {
            #expect(error.code == .diskFull && error.path == "/dev/full")
        }
        do throws(StorageError) {
            _ = try FileStorage(path: "/proc", missing: .refuse).create("x", size: 1)
            Issue.record("/proc took a file")
        } catch {
            #expect([.readOnly, .permission, .missing].contains(error.code))
        }
    }

    @Test("the checksum is CRC-32C, by the instruction as by the table, whole or in parts")
    func checksum() {
        #expect(
            "123456789".utf8.map { $0 }.withUnsafeBytes {
                portals_crc32c(0, $0.baseAddress, $0.count)
            } == 0xE306_9283)
        // RFC 3720, B.4: 32 bytes of zeros, of ones, ascending.
        let vectors: [([UInt8], UInt32)] = [
            ([UInt8](repeating: 0, count: 32), 0x8A91_36AA),
            ([UInt8](repeating: 255, count: 32), 0x62A8_AB43),
            ((0..<32).map { UInt8($0) }, 0x46DD_794E),
        ]
        for (bytes, sum) in vectors {
            #expect(bytes.withUnsafeBytes { portals_crc32c(0, $0.baseAddress, 32) } == sum)
            #expect(bytes.withUnsafeBytes { portals_crc32c_by_table(0, $0.baseAddress, 32) } == sum)
        }
        var numbers = SeededNumbers(5)
        let bytes = (0..<40_000).map { _ in UInt8(numbers.below(256)) }
        bytes.withUnsafeBytes { all in
            for round in 0..<400 {
                let begin = numbers.below(64)
                let count = round < 100 ? round * 8 + round : numbers.below(39_000)
                let part = all.baseAddress! + begin
                let sum = portals_crc32c(7, part, count)
                #expect(sum == portals_crc32c_by_table(7, part, count))
                let cut = count / 3
                let first = portals_crc32c(7, part, cut)
                #expect(sum == portals_crc32c(first, part + cut, count - cut))
            }
        }
    }
}
