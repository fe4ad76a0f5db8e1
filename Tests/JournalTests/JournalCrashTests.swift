// Crashes by seed: what was synchronized survives, and only a beginning of what was appended is
// read.
import Foundation
import Portals
import Testing

/// One run of a journal through several crashes, all of it decided by a seed.
struct CrashRun {
    let seed: UInt64
    private var numbers: SeededNumbers
    private let disk: SimulatedDisk
    /// All blocks appended since the last start, after those that were found then.
    private var appended: [[UInt8]] = []
    /// How many of them are durable.
    private var durableCount = 0
    /// Where a reader begins, and how many blocks lie before it.
    private var origin: JournalPosition?
    private var skipped = 0
    private var blockCount = 0
    private var positions: [JournalPosition] = []
    private(set) var cutCount = 0
    private(set) var lostCount = 0

    init(seed: UInt64) {
        self.seed = seed
        numbers = SeededNumbers(seed)
        disk = SimulatedDisk(seed: seed)
    }

    /// Runs and returns what is wrong; nil if nothing is.
    mutating func fault() -> String? {
        var storage = disk.storage()
        for crash in 0..<4 {
            do {
                if let fault = try live(storage) { return "before crash \(crash): \(fault)" }
            } catch JournalError.storage(let error) where error.code == .closed {
                // The power failed.
            } catch JournalError.storage(let error) where error.operation == .synchronize {
                // The journal has ended; only a restart can go on.
            } catch JournalError.storage(let error) where error.code == .diskFull {
            } catch {
                return "before crash \(crash): \(error)"
            }
            disk.faults = StorageFaults()
            storage =
                disk.hasPower && numbers.below(4) == 0
                ? disk.kill() : disk.crash(seed: numbers.next())
        }
        do {
            return try check(try opened(storage), "at the end")
        } catch {
            return "at the end: \(error)"
        }
    }

    private mutating func plan() {
        if numbers.below(2) == 0 {
            disk.faults.powerFailsAtOperation = disk.operationCount + 1 + numbers.below(120)
        }
        if numbers.below(3) == 0 {
            disk.faults.failingSynchronizations = [
                disk.synchronizationCount + 1 + numbers.below(12)
            ]
        }
        if numbers.below(5) == 0 {
            disk.faults.capacityBytes = disk.usedBytes + numbers.below(10) * 4_096
        }
    }

    /// Opens, checks and goes on, until the plan or the dice end it.
    private mutating func live(_ storage: SimulatedStorage) throws -> String? {
        plan()
        let journal = try opened(storage)
        if let fault = try check(journal, "after opening") { return fault }
        let found = appended.count
        try journal.fence()
        durableCount = max(durableCount, found)
        for _ in 0..<numbers.below(30) {
            switch numbers.below(10) {
            case 0...4:
                let bytes = payload(
                    blockCount, count: numbers.below(journal.payloadBytesMax + 1), run: seed)
                blockCount += 1
                // It may reach the disk even if the append fails.
                appended.append(bytes)
                positions.append(journal.end)
                do throws(JournalError) {
                    try journal.append(bytes)
                } catch {
                    if case .storage(let error) = error, error.code == .diskFull {
                        appended.removeLast()
                        positions.removeLast()
                    }
                    throw error
                }
            case 5...7:
                try journal.synchronize()
                durableCount = appended.count
            case 8: try journal.prepare()
            default:
                if durableCount > 1 {
                    // As after a snapshot: what is released is durable.
                    let index = numbers.below(durableCount)
                    let position = positions[index]
                    origin = position
                    appended.removeFirst(index)
                    positions.removeFirst(index)
                    durableCount -= index
                    try journal.release(before: position)
                }
            }
        }
        if numbers.below(3) == 0 {
            try journal.close()
            durableCount = appended.count
        }
        return nil
    }

    /// Compares what is read with what was appended; what is read is what there is from now on.
    private mutating func check(_ journal: SimulatedJournal, _ when: String) throws -> String? {
        let found = try contents(journal, from: origin)
        if journal.cut != nil { cutCount += 1 }
        if found.count < durableCount {
            return "\(when): \(found.count) blocks of \(durableCount) durable ones are left"
        }
        if found.count > appended.count {
            return "\(when): \(found.count) blocks, though \(appended.count) were appended"
        }
        for index in found.indices where found[index] != appended[index] {
            return "\(when): block \(index) of \(found.count) is not the one appended"
        }
        lostCount += appended.count - found.count
        appended.removeLast(appended.count - found.count)
        positions.removeLast(positions.count - found.count)
        return nil
    }
}

@Suite("Journal crashes")
struct JournalCrashTests {
    /// The seeds to run: `PORTALS_SEEDS` of them, or 1,000.
    static let seedCount =
        ProcessInfo.processInfo.environment["PORTALS_SEEDS"].flatMap(UInt64.init) ?? 1_000

    @Test(
        "synchronized blocks survive any crash, and only a beginning of what was appended is read")
    func crashes() {
        var cuts = 0
        var lost = 0
        let count = Self.seedCount
        for seed in 0..<count {
            var run = CrashRun(seed: seed)
            if let fault = run.fault() {
                Issue.record("seed \(seed): \(fault)")
                return
            }
            cuts += run.cutCount
            lost += run.lostCount
        }
        // A disk that loses nothing would prove nothing.
        #expect(cuts > Int(count / 20))
        #expect(lost > Int(count / 2))
    }

    @Test("a block lost before one that was kept is a cut tail, if neither was synchronized")
    func lostBeforeKept() throws {
        var kinds = (cut: 0, clean: 0, whole: 0)
        for seed in 0..<200 {
            let disk = SimulatedDisk()
            let journal = try opened(disk.storage(), smallOptions(pages: 8))
            try journal.fence()
            try journal.append([1])
            try journal.synchronize()
            let durable = journal.end
            for index in 2...4 { try journal.append([UInt8(index)]) }
            let again = try opened(disk.crash(seed: UInt64(seed)), smallOptions(pages: 8))
            let found = try contents(again)
            #expect(found == Array([[1], [2], [3], [4]].prefix(found.count)))
            #expect(!found.isEmpty)
            if let cut = again.cut {
                #expect(cut.position >= durable && cut.position == again.end)
                #expect(cut.byteCount % 4_096 == 0 && cut.byteCount > 0)
                kinds.cut += 1
            } else if found.count == 4 {
                kinds.whole += 1
            } else {
                kinds.clean += 1
            }
            // The tail that was cut is no damage later on.
            try again.fence()
            try again.append([5])
            try again.close()
            let last = try opened(disk.crash(seed: UInt64(seed)), smallOptions(pages: 8))
            #expect(last.cut == nil)
            #expect(try contents(last) == found + [[5]])
        }
        #expect(kinds.cut > 20 && kinds.clean > 20 && kinds.whole > 20, "\(kinds)")
    }

    @Test("a block of a tail that was cut is not read where the next block did not fit")
    func staleBlock() throws {
        var seen = 0
        for seed in 0..<200 {
            let disk = SimulatedDisk()
            let journal = try opened(disk.storage())
            try journal.fence()
            try journal.append([1])
            try journal.append([2])
            let again = try opened(disk.crash(seed: UInt64(seed)))
            // Block 1 lost, block 2 kept: it stands in the last page of the segment.
            guard again.cut?.byteCount == 8_192 else { continue }
            seen += 1
            try again.fence()
            let position = again.end
            try again.append(payload(3, count: 5_000))
            #expect(try contents(again, from: position) == [payload(3, count: 5_000)])
        }
        #expect(seen > 10)
    }

    @Test("what a failed synchronization left in the cache is durable only once written again")
    func failedSynchronization() throws {
        for seed in 0..<100 {
            let disk = SimulatedDisk(seed: UInt64(seed))
            let journal = try opened(disk.storage())
            try journal.fence()
            try journal.append([1])
            try journal.synchronize()
            try journal.append([2])
            disk.faults.failingSynchronizations = [disk.synchronizationCount + 1]
            let device = StorageError(
                .device, .synchronize, path: "/simulated/journal-0000000000000000.segment")
            #expect(
                journalError { () throws(JournalError) in try journal.synchronize() }
                    == .storage(device))
            // It has ended for good, though the disk would answer again.
            #expect(
                journalError { () throws(JournalError) in try journal.synchronize() }
                    == .failed(device))
            #expect(
                journalError { () throws(JournalError) in try journal.append([3]) }
                    == .failed(device))
            #expect(
                journalError { () throws(JournalError) in try journal.fence() } == .failed(device))

            // The next process finds block 2 in the cache and takes it for its own.
            let second = try opened(disk.kill())
            try second.fence()
            #expect(try contents(second) == [[1], [2]])
            #expect(second.durable == second.end)
            let third = try opened(disk.crash(seed: UInt64(seed)))
            #expect(try contents(third) == [[1], [2]])
        }
    }
}
