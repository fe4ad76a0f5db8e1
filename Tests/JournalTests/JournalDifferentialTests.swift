// The same operations, chosen by a seed, on segment files and on SQLite: the same observations.
import Foundation
import Portals
import SQLiteJournal
import Testing

@Suite("Journal differential")
struct JournalDifferentialTests {
    @Test("segment files and SQLite answer the same operations alike", arguments: 0..<12)
    func differential(seed: UInt64) throws {
        let path = FileManager.default.temporaryDirectory.path + "/portals-\(UUID().uuidString).db"
        defer {
            for suffix in ["", "-wal", "-shm"] {
                try? FileManager.default.removeItem(atPath: path + suffix)
            }
        }
        let disk = SimulatedDisk()
        let options = smallOptions()
        func open(_ isFirst: Bool) throws -> any Journal {
            if isFirst { return try opened(disk.kill(), options) }
            return try SQLiteJournal(
                opening: path, application: testApplication, payloadBytesMax: 3 * 4_096 - 64)
        }
        var pair = [try open(true), try open(false)]
        /// Positions of both that mean the same.
        var positions = [pair.map(\.end)]
        var appended = 0
        var numbers = SeededNumbers(seed)
        for step in 0..<120 {
            let dice = numbers.below(20)
            let number = numbers.below(positions.count)
            let size = numbers.below(14_000)
            var nexts: [JournalPosition] = []
            let answers = try pair.indices.map { index -> String in
                let journal = pair[index]
                do {
                    switch dice {
                    case 0...8:
                        nexts.append(try journal.append(payload(appended, count: size)))
                        return "appended"
                    case 9...11:
                        try journal.synchronize()
                        return "durable \(journal.durable == journal.end)"
                    case 12:
                        try journal.prepare()
                        return "prepared"
                    case 13:
                        let stale = positions[number][index]
                        // The last one may be the end of one journal and before a mark of the other.
                        if number == positions.count - 1 { return "perhaps the end" }
                        _ = try journal.append([1].span.bytes, after: stale)
                        return "appended in the middle"
                    case 14:
                        // How much is freed is each one's business, the rest is not.
                        try journal.synchronize()
                        try journal.release(before: positions[number][index])
                        return "released"
                    case 15: return "epoch \(try journal.fence().rawValue)"
                    case 16:
                        try journal.close()
                        pair[index] = try open(index == 0)
                        return "epoch \(pair[index].epoch.rawValue) after closing"
                    default:
                        return "\(try contents(journal, from: positions[number][index]).hashValue)"
                    }
                } catch let error as JournalError {
                    return String("\(error)".prefix { $0 != ":" && !$0.isNumber })
                }
            }
            #expect(answers[0] == answers[1], "seed \(seed), step \(step), operation \(dice)")
            if answers[0] != answers[1] { return }
            if nexts.count == 2 {
                positions.append(nexts)
                appended += 1
            }
            if dice == 14 { positions.removeFirst(number) }
        }
        #expect(appended > 3)
    }
}
