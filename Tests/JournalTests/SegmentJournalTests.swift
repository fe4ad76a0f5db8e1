// What a journal of segment files keeps, gives back and gives up, without faults.
import Portals
import Testing

@Suite("Segment journal")
struct SegmentJournalTests {
    @Test("blocks of any size come back in their order, also after reopening")
    func roundTrip() throws {
        let disk = SimulatedDisk()
        let journal = try opened(disk.storage())
        try journal.fence()
        let sizes = [0, 1, 63, 64, 4_031, 4_032, 4_033, 8_000, journal.payloadBytesMax, 5, 4_096]
        let all = sizes.enumerated().map { payload($0.offset, count: $0.element) }
        for bytes in all { try journal.append(bytes) }
        #expect(try contents(journal) == all)
        try journal.synchronize()
        #expect(journal.durable == journal.end)
        try journal.close()

        let again = try opened(disk.kill())
        #expect(again.cut == nil)
        #expect(try contents(again) == all)
        try again.fence()
        try again.append([1, 2, 3])
        #expect(try contents(again) == all + [[1, 2, 3]])
    }

    @Test("reading begins after any position that an append returned")
    func positions() throws {
        for pages in 2...5 {
            let disk = SimulatedDisk()
            let journal = try opened(disk.storage(), smallOptions(pages: pages))
            try journal.fence()
            var numbers = SeededNumbers(UInt64(pages))
            var all: [[UInt8]] = []
            var ends: [JournalPosition] = [journal.start]
            for index in 0..<20 {
                all.append(payload(index, count: numbers.below(journal.payloadBytesMax + 1)))
                ends.append(try journal.append(all[index]))
            }
            for (index, position) in ends.enumerated() {
                #expect(try contents(journal, from: position) == Array(all[index...]))
            }
            var starts: [JournalPosition] = []
            var nexts: [JournalPosition] = []
            try journal.read(from: journal.start) { _, position, next in
                starts.append(position)
                nexts.append(next)
                return .goOn
            }
            #expect(nexts == Array(ends[1...]))
            for (index, position) in starts.enumerated() {
                #expect(try contents(journal, from: position) == Array(all[index...]))
            }
            for raw in stride(from: 0, to: journal.end.rawValue + 5_000, by: 256) {
                let position = JournalPosition(rawValue: raw)
                if starts.contains(position) || ends.contains(position) { continue }
                if raw < journal.start.rawValue { continue }
                let error = journalError { () throws(JournalError) in
                    _ = try contents(journal, from: position)
                }
                // A mark is a block too, which no append returned.
                guard let error else {
                    #expect(raw == 0 || raw % 4_096 == 0)
                    continue
                }
                #expect(error == .notABlock(position: position))
            }
        }
    }

    @Test("a visitor that stops sees no further block")
    func stop() throws {
        let journal = try opened(SimulatedDisk().storage())
        try journal.fence()
        for index in 0..<5 { try journal.append(payload(index, count: 10)) }
        var seen = 0
        try journal.read(from: journal.start) { _, _, _ in
            seen += 1
            return seen == 2 ? .stop : .goOn
        }
        #expect(seen == 2)
    }

    @Test("an append after another position than the end is refused and changes nothing")
    func notTheEnd() throws {
        let journal = try opened(SimulatedDisk().storage())
        try journal.fence()
        let first = journal.end
        let second = try journal.append([1])
        let error = journalError { () throws(JournalError) in
            _ = try journal.append([2].span.bytes, after: first)
        }
        #expect(error == .notTheEnd(after: first, end: second))
        #expect(journal.end == second)
        #expect(try contents(journal) == [[1]])
    }

    @Test("a payload that fits no segment is refused with both sizes")
    func tooLarge() throws {
        let journal = try opened(SimulatedDisk().storage())
        try journal.fence()
        let max = 3 * 4_096 - 64
        #expect(journal.payloadBytesMax == max)
        let error = journalError { () throws(JournalError) in
            try journal.append([UInt8](repeating: 0, count: max + 1))
        }
        #expect(error == .payloadTooLarge(bytes: max + 1, max: max))
        try journal.append([UInt8](repeating: 0, count: max))
    }

    @Test("without a fence nothing is appended; after closing nothing at all")
    func order() throws {
        let journal = try opened(SimulatedDisk().storage())
        let append = { () throws(JournalError) in _ = try journal.append([1]) }
        #expect(journalError(append) == .notFenced)
        try journal.fence()
        try journal.close()
        #expect(journalError(append) == .closed)
        #expect(
            journalError { () throws(JournalError) in _ = try contents(journal) } == .closed)
    }

    @Test("segments given up are written again, and their old blocks never read")
    func recycling() throws {
        let disk = SimulatedDisk()
        var journal = try opened(disk.storage())
        try journal.fence()
        var kept: [[UInt8]] = []
        var position = journal.end
        for index in 0..<200 {
            kept.append(payload(index, count: 6_000))
            let before = journal.end
            try journal.append(kept[index])
            try journal.synchronize()
            if index % 7 == 0 { try journal.prepare() }
            if index % 5 == 4 {
                position = before
                try journal.release(before: position)
            }
            if index % 17 == 0 {
                if index % 2 == 0 { try journal.close() }
                journal = try opened(disk.kill())
                #expect(journal.cut == nil)
                try journal.fence()
            }
            #expect(try contents(journal, from: position).last == kept[index])
        }
        #expect(try contents(journal, from: position) == Array(kept[199...]))
        let names = try disk.kill().names()
        #expect(names.filter { $0.hasSuffix(".segment") }.count <= 5)
        #expect(names.contains { $0.hasPrefix("spare-") })
        let error = journalError { () throws(JournalError) in
            _ = try contents(try opened(disk.kill()), from: JournalPosition(rawValue: 4_096))
        }
        guard case .released = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test("segments of another size go on where those before end")
    func sizes() throws {
        let disk = SimulatedDisk()
        var all: [[UInt8]] = []
        for (run, pages) in [4, 8, 3, 3, 6].enumerated() {
            let journal = try opened(disk.kill(), smallOptions(pages: pages))
            try journal.fence()
            for index in 0..<7 {
                all.append(payload(index, count: 5_000, run: UInt64(run)))
                try journal.append(all[all.count - 1])
            }
            try journal.prepare()
            try journal.close()
        }
        #expect(try contents(try opened(disk.kill())) == all)
    }

    @Test("each fence begins an epoch, and the one before it can append no more")
    func fencing() throws {
        var faults = StorageFaults()
        faults.ignoresLocks = true
        let disk = SimulatedDisk(faults: faults)
        let first = try opened(disk.storage())
        #expect(try first.fence() == JournalEpoch(rawValue: 1))
        try first.append([1])
        let second = try opened(disk.storage())
        try first.append([2])
        try first.synchronize()
        #expect(try second.fence() == JournalEpoch(rawValue: 2))
        #expect(try contents(second) == [[1], [2]])
        let fenced = JournalError.fenced(
            epoch: JournalEpoch(rawValue: 1), by: JournalEpoch(rawValue: 2))
        #expect(journalError { () throws(JournalError) in try first.append([3]) } == fenced)
        #expect(journalError { () throws(JournalError) in try first.synchronize() } == fenced)
        #expect(journalError { () throws(JournalError) in try first.prepare() } == fenced)
        try second.append([4])
        try second.close()
        #expect(try contents(try opened(disk.kill())) == [[1], [2], [4]])
    }
}
