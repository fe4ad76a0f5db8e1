// A writer that was fenced off between its look at the fence and its write, on a file system whose
// locks hold nobody off: what it still writes must not touch what the new writer wrote.
import Portals
import Testing

@Suite("Journals that are taken over")
struct JournalTakeOverTests {
    /// What the old writer does while it is interrupted.
    enum Work: CaseIterable {
        case append, appendLong, nextSegment, prepare, release, close
    }

    /// Interrupts the old writer before each operation of its work in turn.
    @Test(
        "whatever a fenced writer was about to do, the new one's blocks stay",
        arguments: Work.allCases)
    func lateWrites(_ work: Work) throws {
        var interruptions = 0
        for operation in 1... {
            let disk = SimulatedDisk()
            let old = try written(disk, until: work)
            // What it was about to give up may go.
            let from = work == .release ? old.durable : old.start
            var new: SimulatedJournal?
            var expected: [[UInt8]] = []
            let later = (0..<6).map { payload(100 + $0, count: 3_000) }
            disk.interruption = (
                disk.operationCount + operation,
                {
                    disk.faults.ignoresLocks = true
                    do {
                        let journal = try opened(disk.storage())
                        try journal.fence()
                        expected = try contents(journal, from: from)
                        for block in later.prefix(4) { try journal.append(block) }
                        try journal.synchronize()
                        expected += later.prefix(4)
                        new = journal
                    } catch {
                        Issue.record("the new writer: \(error)")
                    }
                }
            )
            try perform(work, old)
            guard let new else { break }
            interruptions += 1
            // The old one goes on until it looks at the fence.
            _ = journalError { () throws(JournalError) in try old.prepare() }
            try new.append(later[4])
            try new.synchronize()
            try new.append(later[5])
            try new.prepare()
            expected += later.suffix(2)
            #expect(
                try contents(new, from: from) == expected, "\(work), before operation \(operation)")
            let position = new.end
            try new.close()
            disk.faults.ignoresLocks = false
            let reader = try opened(disk.kill())
            #expect(
                try contents(reader, from: from) == expected,
                "\(work), before operation \(operation)")
            // Also from a position at which segments meet.
            try reader.read(from: from) { _, _, next in
                #expect(next <= position)
                #expect((try? contents(reader, from: next)) != nil, "from \(next)")
                return .goOn
            }
        }
        #expect(interruptions > 0)
    }

    /// A journal with some blocks, whose writer is about to do the work.
    private func written(_ disk: SimulatedDisk, until work: Work) throws -> SimulatedJournal {
        let journal = try opened(disk.storage())
        try journal.fence()
        let count =
            switch work {
            case .append, .appendLong, .prepare, .close: 1
            case .nextSegment: 2
            case .release: 8
            }
        for index in 0..<count { try journal.append(payload(index, count: 1_000)) }
        try journal.synchronize()
        return journal
    }

    /// What is refused in the end may be.
    private func perform(_ work: Work, _ journal: SimulatedJournal) throws {
        do throws(JournalError) {
            switch work {
            case .append: try journal.append(payload(50, count: 100))
            case .appendLong: try journal.append(payload(51, count: 6_000))
            case .nextSegment: try journal.append(payload(52, count: 8_000))
            case .prepare:
                try journal.prepare()
                try journal.prepare()
            case .release: try journal.release(before: journal.durable)
            case .close: try journal.close()
            }
            try journal.synchronize()
        } catch {
            switch error {
            case .fenced, .closed: break
            case .storage(let refusal) where refusal.code == .exists || refusal.code == .missing:
                break
            default: throw error
            }
        }
    }

    @Test("a file that a fenced writer may have open is never written again")
    func earlierReigns() throws {
        let disk = SimulatedDisk()
        let old = try opened(disk.storage())
        try old.fence()
        for index in 0..<9 { try old.append(payload(index, count: 1_000)) }
        try old.synchronize()
        try old.release(before: old.durable)
        disk.faults.ignoresLocks = true
        let new = try opened(disk.storage())
        let spares = try disk.storage().names().filter { $0.hasPrefix("spare-") }
        #expect(!spares.isEmpty)
        try new.fence()
        var numbers: Set<String> = []
        for index in 0..<40 {
            try new.append(payload(index, count: 3_000))
            try new.synchronize()
            try new.release(before: new.durable)
            numbers.formUnion(try disk.storage().names().filter { $0.hasPrefix("spare-") })
        }
        // Its own are.
        #expect(!numbers.subtracting(spares).isEmpty)
        let names = try disk.storage().names()
        #expect(names.allSatisfy { !spares.contains($0) }, "\(names) still has one of \(spares)")
    }

    @Test("on one host a new writer goes on in the segment of the one before")
    func sameHost() throws {
        let disk = SimulatedDisk()
        for run in 0..<5 {
            let journal = try opened(disk.kill())
            try journal.fence()
            try journal.append(payload(run, count: 10))
            try journal.synchronize()
        }
        // 10 blocks of a page, 3 a segment.
        #expect(try disk.storage().names().count { $0.hasPrefix("journal-") } == 4)
    }
}
