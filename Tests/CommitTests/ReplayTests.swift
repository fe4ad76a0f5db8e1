// A recorded run is looked at again: what its sinks got, step by step, and its state after a step.
import CrashWorld
import Foundation
import Portals
import Testing

private struct Total: Event, Hashable {
    var item: UInt64
    var count: Int
}

/// Ten atoms of three items, counted; the counts go to a file as well.
private func totals(_ path: String, limit: Int = 10) -> Application {
    Application("totals") { app in
        app.workflow("count")
            .source(
                app.generator(
                    "items", atoms: (0..<limit).map { n in (0..<3).map { UInt64($0 + n) % 4 } })
            )
            .key { $0 }
            .task("total", state: 0, emits: Total.self) { item, count, task in
                count += 1
                task.emit(Total(item: item, count: count))
            }
            .sink("lines", FileSink(path) { $1 += Array("\($0.item):\($0.count)\n".utf8) })
    }
}

/// Runs it in a directory, on two workers.
private func record(_ directory: TestDirectory, snapshotAfter: Bool = false) throws -> String {
    try FileManager.default.createDirectory(
        atPath: directory.path, withIntermediateDirectories: true)
    let journal = directory.path + "/journal"
    let site = try Site(.threads(2), journal: .directory(journal))
    try site.launch(totals(directory.path + "/lines"))
    try site.awaitRest(timeoutSeconds: 60)
    if snapshotAfter { try site.snapshot() }
    return journal
}

@Suite struct ReplayTests {
    private func lines(_ outputs: [WatchedEvents]) -> [String] {
        outputs.flatMap { output in
            output.events.map { "\(output.step).\(output.partition) \($0)" }
        }
    }

    @Test("all that the sinks got comes again, by step and partition, and no file is touched")
    func outputs() throws {
        let directory = TestDirectory()
        let journal = try record(directory)
        let files = [0, 1].map { directory.path + "/lines.\($0)" }
        let written = try files.map { try String(contentsOfFile: $0, encoding: .utf8) }
        for file in files { try FileManager.default.removeItem(atPath: file) }
        var outputs: [WatchedEvents] = []
        let replay = try Replay(Recording(journal), of: totals(directory.path + "/lines")) {
            outputs.append($0)
        }
        // Ten atoms and the end of the stream.
        #expect(try replay.run() == 11)
        #expect(outputs.allSatisfy { $0.path == "/totals/workflows/count/lines" })
        #expect(outputs.reduce(0) { $0 + $1.events.count } == 30)
        for partition in 0..<2 {
            let own = outputs.filter { $0.partition == partition }.flatMap(\.events)
            let counts = written[partition].split(separator: "\n").map { line in
                let parts = line.split(separator: ":")
                return "Total(item: \(parts[0]), count: \(parts[1]))"
            }
            #expect(own.map { $0.replacing(/^.*Total/, with: "Total") } == counts)
        }
        #expect(files.allSatisfy { !FileManager.default.fileExists(atPath: $0) })
        #expect(replay.engine.comparedDigests > 0)
    }

    @Test("up to a step, the state is that after the step", arguments: [0, 1, 4, 9])
    func state(step: Int) throws {
        let directory = TestDirectory()
        let journal = try record(directory)
        var outputs: [WatchedEvents] = []
        let replay = try Replay(
            Recording(journal), of: totals(""), to: UInt64(step),
            showing: "/totals/workflows/count/total"
        ) { outputs.append($0) }
        try replay.run()
        #expect(replay.engine.nextStep(of: "/totals/workflows/count") == UInt64(step + 1))
        var expected: [UInt64: Int] = [:]
        for atom in 0...step {
            for item in 0..<3 { expected[UInt64(item + atom) % 4, default: 0] += 1 }
        }
        var found: [UInt64: Int] = [:]
        replay.engine.describeStates(path: "/totals/workflows/count/total") { state in
            if let key = state.key { found[key] = Int(state.value) }
        }
        #expect(found == expected)
        #expect(outputs.map(\.step).max() == UInt64(step))
        #expect(outputs.reduce(0) { $0 + $1.events.count } == 3 * (step + 1))
    }

    @Test("a replay can begin with a snapshot, and leaves the site's directory as it was")
    func snapshot() throws {
        let directory = TestDirectory()
        let journal = try record(directory, snapshotAfter: true)
        func contents() throws -> [String: Int] {
            var sizes: [String: Int] = [:]
            for name in try FileManager.default.contentsOfDirectory(atPath: journal) {
                let data = try Data(contentsOf: URL(fileURLWithPath: journal + "/" + name))
                if name != "lock" { sizes[name] = data.hashValue }
            }
            return sizes
        }
        let before = try contents()
        let near = try Replay(Recording(journal), of: totals(""), startingAt: .nearest)
        #expect(near.snapshot != nil)
        #expect(try near.run() == 0)
        var found: [UInt64: String] = [:]
        near.engine.describeStates { if let key = $0.key { found[key] = $0.value } }
        #expect(found.values.reduce(0) { $0 + (Int($1) ?? 0) } == 30)
        let far = try Replay(Recording(journal), of: totals(""), to: 3, startingAt: .nearest)
        #expect(far.snapshot == nil)
        #expect(try far.run() == 4)
        #expect(try contents() == before)
    }

    private func refusal(_ body: () throws -> Void) -> String {
        do { try body() } catch { return "\(error)" }
        return "it was not refused"
    }

    @Test("what can't be replayed is refused with its place and a cure")
    func refusals() throws {
        let directory = TestDirectory()
        let journal = try record(directory)
        let app = totals("")
        func replay(_ step: UInt64?, element: String? = nil, showing: String? = nil) throws {
            _ = try Replay(
                Recording(journal), of: app, to: step, element: element, showing: showing)
        }
        #expect(refusal { _ = try Recording("/no/such") }.contains("/no/such holds no journal"))
        #expect(
            refusal { _ = try Recording(directory.path) }.contains("no segment file of a journal"))
        #expect(refusal { try replay(11) }.contains("the last one recorded is 10"))
        #expect(refusal { try replay(1, element: "/totals/x") }.contains("/totals/workflows/count"))
        #expect(refusal { try replay(nil, showing: "/y") }.contains("there is no '/y'"))
        let other = Application("totals") { app in
            app.workflow("count").source(app.generator("items", atoms: [[1]]))
                .map { $0 + 1 }.sink("x")
        }
        let text = refusal { _ = try Replay(Recording(journal), of: other) }
        #expect(text.contains("was written by other applications or options"))
        let named = Application("others") { app in
            app.workflow("count").source(app.generator("items", atoms: [[1]])).sink("x")
        }
        #expect(
            refusal { _ = try Replay(Recording(journal), of: named) }.contains(
                "the journal of application 'totals', not of 'others'"))
        let several = Application("two") { app in
            for name in ["a", "b"] {
                app.workflow(name).source(app.generator("of-\(name)", atoms: [[1]])).sink("x")
            }
        }
        let second = directory.path + "/second"
        do {
            let site = try Site(.threads(1), journal: .directory(second))
            try site.launch(several)
            try site.awaitRest(timeoutSeconds: 60)
        }
        #expect(
            refusal { _ = try Replay(Recording(second), of: several, to: 0) }.contains(
                "name one of:\n  /two/workflows/a\n  /two/workflows/b"))
        let site = try Site(.threads(1), journal: .directory(second))
        try site.launch(several)
        #expect(refusal { _ = try Recording(second) }.contains("has it"))
    }

    @Test("a replay names the task that makes something else")
    func notDeterministic() throws {
        let directory = TestDirectory()
        let journal = try record(directory)
        let other = Application("totals") { app in
            app.workflow("count")
                .source(
                    app.generator(
                        "items", atoms: (0..<10).map { n in (0..<3).map { UInt64($0 + n) % 4 } })
                )
                .key { $0 }
                .task("total", state: 0, emits: Total.self) { item, count, task in
                    count += task.step == 5 ? 2 : 1
                    task.emit(Total(item: item, count: count))
                }
                .sink("lines", FileSink("") { _, _ in })
        }
        let replay = try Replay(Recording(journal), of: other)
        let text = refusal { try replay.run() }
        #expect(text.contains("/totals/workflows/count/total is not deterministic"))
        #expect(text.contains("in step 5 "))
    }
}
