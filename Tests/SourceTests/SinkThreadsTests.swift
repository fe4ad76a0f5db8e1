// Sinks that write outside: each output once, over crashes; what does not fit is refused by name.
import Foundation
import Synchronization
import Testing

@testable import Portals
@testable import PortalsCore

/// Doubles the numbers of a followed file, keyed, into files.
private func doubling(
    _ directory: TestDirectory, out: String = "out",
    synchronization: FileSinkSynchronization = .none
) -> Application {
    Application("doubling") { app in
        app.workflow("double")
            .source(
                app.source("numbers", LinesFile(directory.file("in"), end: .follows)) {
                    UInt64($0.text)
                }
            )
            .key { $0 }
            .map { $0 * 2 }
            .sink(
                "doubled",
                FileSink(directory.file(out), synchronization: synchronization) { number, bytes in
                    bytes.append(contentsOf: Array("\(number)\n".utf8))
                })
    }
}

@Suite struct SinkThreadsTests {
    private func run(
        _ directory: TestDirectory, partitions: Int = 1, mode: CommitMode = .durable,
        out: String = "out", synchronization: FileSinkSynchronization = .none,
        holds wanted: [Int]? = nil, _ then: (Site) throws -> Void = { _ in }
    ) throws {
        var journal = directory.journal
        journal.mode = mode
        let site = try site(partitions: partitions, journal: mode == .none ? nil : journal)
        try site.launch(doubling(directory, out: out, synchronization: synchronization))
        if let wanted {
            let isThere = eventually {
                let lines = (0..<partitions).flatMap { partition in
                    (directory.text("out.\(partition)") ?? "").split(separator: "\n")
                }
                return lines.map { Int($0) ?? 0 }.sorted() == wanted.map { $0 * 2 }.sorted()
            }
            #expect(isThere)
        }
        try site.awaitRest(timeoutSeconds: 20)
        try then(site)
    }

    @Test("a file sink writes each output once, over restarts, on one partition and on several")
    func files() throws {
        for (partitions, synchronization) in [(1, FileSinkSynchronization.atom), (3, .none)] {
            let directory = try TestDirectory()
            try directory.write("in", "")
            var numbers: [Int] = []
            for run in 0..<3 {
                try self.run(
                    directory, partitions: partitions, synchronization: synchronization,
                    holds: numbers)
                numbers += run * 10..<(run + 1) * 10
                try directory.append(
                    "in", (run * 10..<(run + 1) * 10).map { "\($0)\n" }.joined())
                try self.run(
                    directory, partitions: partitions, synchronization: synchronization,
                    holds: numbers)
            }
        }
    }

    @Test("a file that lost its end is written again, where all outputs come again")
    func healed() throws {
        let directory = try TestDirectory()
        try directory.write("in", (0..<20).map { "\($0)\n" }.joined())
        try run(directory, holds: Array(0..<20))
        let text = try #require(directory.text("out.0"))
        truncate(directory.file("out.0"), 11)
        try run(directory, holds: Array(0..<20))
        try FileManager.default.removeItem(atPath: directory.file("out.0"))
        try run(directory, holds: Array(0..<20))
        #expect(directory.text("out.0") == text)
    }

    @Test("a file with other contents, or more of them, stops the launch and stays as it is")
    func contradicted() throws {
        let directory = try TestDirectory()
        try directory.write("in", (0..<20).map { "\($0)\n" }.joined())
        try run(directory, holds: Array(0..<20))
        let text = try #require(directory.text("out.0"))
        let other = text.replacingOccurrences(of: "\n10\n", with: "\n11\n")
        try directory.write("out.0", other)
        let why = try #require(reason { try run(directory) })
        #expect(why.contains("out.0 contradicts what step 0 gives now, at byte 11"))
        #expect(why.contains("/doubling/workflows/double/doubled"))
        #expect(directory.text("out.0") == other)
        try directory.write("out.0", text + "more")
        let longer = try #require(reason { try run(directory) })
        #expect(longer.contains("holds \(text.utf8.count + 4) bytes, but the journal accounts for"))
        #expect(directory.text("out.0") == text + "more")
        try directory.write("out.0", text)
        try run(directory, holds: Array(0..<20))
        // A new journal has written nothing.
        try FileManager.default.removeItem(atPath: directory.file("journal"))
        #expect(try #require(reason { try run(directory) }).contains("accounts for 0 only"))
    }

    @Test("where the site may forget, a file loses what it has forgotten")
    func forgotten() throws {
        let directory = try TestDirectory()
        try directory.write("in", (0..<5).map { "\($0)\n" }.joined())
        try run(directory, mode: .asynchronous, holds: Array(0..<5))
        let text = try #require(directory.text("out.0"))
        try directory.append("out.0", "forgotten\n")
        try run(directory, mode: .asynchronous, holds: Array(0..<5))
        #expect(directory.text("out.0") == text)
    }

    @Test("a file that can't be opened or written stops the site, by name")
    func unwritable() throws {
        let directory = try TestDirectory()
        try directory.write("in", "1\n")
        let gone = try #require(reason { try run(directory, out: "no/out") })
        #expect(gone.contains("no/out.0") && gone.contains("doubled"))
        try FileManager.default.createSymbolicLink(
            atPath: directory.file("full.0"), withDestinationPath: "/dev/full")
        let site = try site(partitions: 1)
        try site.launch(doubling(directory, out: "full"))
        let full = try #require(
            reason {
                _ = eventually { site.standing { !site.engine.sinkFailures.isEmpty } }
                try site.awaitRest(timeoutSeconds: 20)
            })
        #expect(full.contains("the site has stopped") && full.contains("full.0"))
        #expect(full.contains("No space left on device"))
    }

    @Test("a snapshot's length is gone on from; a lost end and another one are refused by name")
    func state() throws {
        let directory = try TestDirectory()
        let path = directory.file("out")
        let first = OutputFile(path, .none)
        first.write(atom("hello\n", 0))
        let state = first.storedState()
        first.write(atom("world\n", 1))
        #expect(first.synchronize() == nil && first.failure == nil)

        let second = OutputFile(path, .none)
        #expect(second.restoreState(state) == nil)
        second.write(atom("world\nand more\n", 1))
        second.recovered(isExact: true)
        #expect(second.failure == nil && directory.text("out") == "hello\nworld\nand more\n")

        let third = OutputFile(path, .none)
        #expect(third.restoreState(state) == nil)
        third.recovered(isExact: true)
        #expect(third.failure?.contains("21 bytes, but the journal accounts for 6 only") == true)

        try directory.write("out", "Hello\nworld\n")
        let other = OutputFile(path, .none).restoreState(state)
        #expect(
            other?.contains("out does not hold what was written before the snapshot: bytes 0 to 6")
                == true)
        try directory.write("out", "hell")
        let lost = OutputFile(path, .none).restoreState(state)
        #expect(lost?.contains("out holds 4 bytes, but 6 were written before the snapshot") == true)
        for wrong in [[], Array(state.dropLast()), Array(repeating: 0, count: 24)] {
            #expect(OutputFile(path, .none).restoreState(wrong) != nil)
        }
        // Shortened while it is written: a snapshot must not count on it.
        let shrinks = OutputFile(path, .none)
        shrinks.write(atom("hello\n", 0))
        truncate(path, 3)
        _ = shrinks.storedState()
        #expect(shrinks.failure?.contains("out has shrunk to 3 bytes, but 6 were written") == true)
    }

    @Test("the sinks of an engine give their states and take them, one by one")
    func states() throws {
        let directory = try TestDirectory()
        try directory.write("in", "1\n2\n3\n")
        var states: [[UInt8]] = []
        try run(directory, partitions: 2, holds: [1, 2, 3]) { site in
            states = site.standing { site.engine.sinks.map { $0.storedState() } }
            #expect(
                site.engine.sinks.allSatisfy { $0.synchronize?() == nil && $0.synchronize != nil })
            #expect(site.engine.feeds.map(\.path) == ["/doubling/generators/numbers"])
        }
        #expect(states.count == 2)
        let engine = SteppedSite(EngineOptions.two).engine
        try engine.launch([doubling(directory)])
        for (sink, state) in zip(engine.sinks, states) { try sink.restoreState(state) }
        #expect(engine.sinks.map { $0.storedState() } == states)
        let refused = reason { try engine.sinks[1].restoreState([1]) }
        #expect(try #require(refused).contains("/doubling/workflows/double/doubled, partition 1: "))
        var counting = CountingSink<UInt64>()
        counting.show(70_000)
        let stored = counting.storedState()
        var counted = CountingSink<UInt64>()
        try counted.restoreState(stored)
        #expect(counted.count == 70_000)
        #expect(throws: RecordError.self) { try counted.restoreState([1]) }
    }

    @Test("an idempotent sink sees the same numbers again after a restart, and stops the site")
    func idempotent() throws {
        let directory = try TestDirectory()
        try directory.write("in", "")
        let table = Table()
        for run in 0..<4 {
            let site = try site(partitions: 2, journal: directory.journal)
            try directory.append("in", "\(run)\n\(run + 100)\n")
            try site.launch(
                Application("tables") { app in
                    app.workflow("keep")
                        .source(
                            app.source("in", LinesFile(directory.file("in"), end: .follows)) {
                                UInt64($0.text)
                            }
                        )
                        .key { $0 }
                        .sink("table", table)
                })
            let count = 2 * (run + 1)
            if run == 2 {
                table.refuses = true
                try directory.append("in", "1000\n")
                let why = try #require(
                    reason {
                        _ = eventually { site.standing { !site.engine.sinkFailures.isEmpty } }
                        try site.awaitRest(timeoutSeconds: 20)
                    })
                #expect(why.contains("/tables/workflows/keep/table can't take its outputs: atom "))
                #expect(why.contains("the table is full"))
                table.refuses = false
            } else {
                #expect(eventually { table.rows.count == count + (run > 2 ? 1 : 0) })
            }
            #expect(table.contradictions.isEmpty)
        }
        #expect(table.rows.sorted() == [0, 1, 2, 3, 100, 101, 102, 103, 1_000])
        #expect(table.streams == ["/tables/workflows/keep/table"])
    }
}

extension EngineOptions {
    static var two: EngineOptions {
        var options = EngineOptions()
        options.partitions = 2
        return options
    }
}

/// A sink outside that keeps the first atom of a number.
private final class Table: IdempotentSink {
    private struct Kept {
        var atoms: [[UInt64]: [UInt64]] = [:]
        var streams: Set<String> = []
        var contradictions: [String] = []
        var refuses = false
    }
    private let kept = Mutex(Kept())
    var rows: [UInt64] { kept.withLock { $0.atoms.values.flatMap { $0 } } }
    var streams: Set<String> { kept.withLock { $0.streams } }
    var contradictions: [String] { kept.withLock { $0.contradictions } }
    var refuses: Bool {
        get { kept.withLock { $0.refuses } }
        set { kept.withLock { $0.refuses = newValue } }
    }

    struct Full: Error, CustomStringConvertible { var description: String { "the table is full" } }

    func release(_ atom: ReleasedAtom<UInt64>) throws {
        try kept.withLock { kept in
            if kept.refuses { throw Full() }
            kept.streams.insert(atom.stream)
            let place = [UInt64(atom.partition), atom.number]
            if let before = kept.atoms[place], before != atom.events {
                kept.contradictions.append("\(place): \(before), then \(atom.events)")
            }
            kept.atoms[place] = atom.events
        }
    }
}

/// An atom of a step as a file sink encodes it.
private func atom(_ text: String, _ step: UInt64) -> EncodedAtoms {
    var atom = EncodedAtoms()
    atom.bytes += Array(text.utf8)
    atom.endAtom(step)
    return atom
}
