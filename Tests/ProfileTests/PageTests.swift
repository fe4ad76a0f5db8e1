// Flame graphs, tables and differences: what is drawn and written, of stacks that are known.
import Foundation
import Testing

@testable import Profile

@Suite struct PageTests {
    private static func stacks(_ weights: [(String, UInt64)]) -> FoldedStacks {
        var stacks = FoldedStacks()
        for (stack, weight) in weights {
            stacks.add(stack.split(separator: ";").map(String.init), weight: weight)
        }
        return stacks
    }

    private static func record(events: UInt64?, unit: ProfileUnit = .nanoseconds) -> ProfileRecord {
        var record = ProfileRecord(
            workload: "w", system: "s", cell: "w · s", unit: unit, samples: 4)
        record.events = events
        return record
    }

    @Test("a frame is as wide as its share and stands inside its caller")
    func laysOut() throws {
        let tree = FlameTree(Self.stacks([("t;a;b", 60), ("t;a", 20), ("t;c", 20)]))
        #expect(tree.depth == 4)
        let frames = Dictionary(uniqueKeysWithValues: tree.frames.map { ($0.name, $0) })
        #expect(frames.count == 5)
        let outer = try #require(frames["a"])
        let inner = try #require(frames["b"])
        #expect(outer.width == 0.8)
        #expect(inner.width == 0.6)
        #expect(inner.depth == outer.depth + 1)
        #expect(inner.start >= outer.start)
        #expect(inner.start + inner.width <= outer.start + outer.width)
        #expect(frames["c"]?.start == 0.8)
    }

    @Test("what is too narrow to be seen is left out, and counted")
    func omits() {
        let tree = FlameTree(Self.stacks([("t;a", 100_000), ("t;b", 1)]))
        #expect(tree.frames.map(\.name) == ["all", "t", "a"])
        #expect(tree.omitted == 1)
    }

    @Test("names are escaped wherever they stand in the page")
    func escapes() {
        let name = #"<script>alert("x & 'y'")</script>"#
        #expect(
            Markup.escaped(name)
                == "&lt;script&gt;alert(&quot;x &amp; &#39;y&#39;&quot;)&lt;/script&gt;")
        let html = FlameGraphPage(Self.stacks([("t;" + name, 1)]), Self.record(events: 1)).html
        #expect(!html.contains("<script>alert"))
        #expect(html.contains("&lt;script&gt;alert"))
        // One script of its own, and nothing from elsewhere.
        #expect(html.ranges(of: "<script>").count == 1)
        #expect(!html.contains("http"))
        #expect(!html.contains("<link") && !html.contains("src="))
    }

    @Test("the tables divide by the events of the window")
    func tables() {
        let stacks = Self.stacks([
            ("t;TaskPart.handle(_:) [Count];StateTable.search(_:)", 300), ("t;Leader.admit()", 100),
        ])
        let paths = HotPaths(stacks)
        #expect(paths.stages.map(\.stage) == [.state, .leader])
        #expect(paths.stages.map(\.weight) == [300, 100])
        #expect(
            paths.csv(Self.record(events: 50)) == """
                task,stage,function,nanoseconds,share,per_event
                Count,state table,StateTable.search(_:),300,0.750000,6.000000
                ,leader,Leader.admit(),100,0.250000,2.000000

                """)
        // Without events there is no figure for each.
        #expect(paths.csv(Self.record(events: nil)).contains(",0.750000,\n"))
        #expect(paths.text(Self.record(events: 50)).contains("75.0 %       6.00  state table"))
    }

    @Test("a difference compares what one event has, not how long the runs were")
    func differs() throws {
        let before = (stacks: Self.stacks([("t;a", 100), ("t;b", 100)]), Self.record(events: 10))
        // Ten times as long, and `b` twice as slow for each event.
        let after = (
            stacks: Self.stacks([("t;a", 1_000), ("t;b", 2_000)]), Self.record(events: 100)
        )
        let difference = try ProfileDifference(
            before: (before.stacks, before.1), after: (after.stacks, after.1))
        #expect(difference.functions.map(\.name) == ["b", "a"])
        #expect(difference.functions.map(\.change) == [10, 0])
        #expect(difference.functions.map(\.before) == [10, 10])
        let html = FlameGraphPage(difference).html
        // `b` is red by half of what it has now, `a` white, and nothing blue.
        #expect(html.contains("rgb(240,70,70)"))
        #expect(html.contains("rgb(240,235,235)"))
        #expect(!html.contains(",240)"))
    }

    @Test("a function that vanished counts in the table and in its callers")
    func vanishes() throws {
        let difference = try ProfileDifference(
            before: (Self.stacks([("t;a", 10), ("t;b", 30)]), Self.record(events: 1)),
            after: (Self.stacks([("t;a", 10)]), Self.record(events: 1)))
        #expect(difference.functions.first == .init(name: "b", before: 30, after: 0))
        #expect(FlameGraphPage(difference).html.contains("rgb(70,70,240)"))
    }

    @Test("profiles of different things, or without events, are not compared")
    func refusesDifference() {
        let stacks = Self.stacks([("t;a", 1)])
        #expect(throws: ProfileFault.self) {
            try ProfileDifference(
                before: (stacks, Self.record(events: 1)),
                after: (stacks, Self.record(events: 1, unit: .bytes)))
        }
        #expect(throws: ProfileFault.self) {
            try ProfileDifference(
                before: (stacks, Self.record(events: 1)), after: (stacks, Self.record(events: nil)))
        }
    }

    @Test("a folder holds what was written into it, and a folder of something else is refused")
    func folders() throws {
        let path = FileManager.default.temporaryDirectory
            .appendingPathComponent("profile-test-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let stacks = Self.stacks([("t;a;b", 3), ("t;a", 1)])
        let record = Self.record(events: 7)
        try ProfileFolder(path).write(stacks, record)
        let read = try ProfileFolder(path).read()
        #expect(read.stacks == stacks)
        #expect(read.record == record)
        #expect(throws: ProfileFault.self) { try ProfileFolder(path + "/none").read() }
        var newer = record
        newer.version = 2
        try ProfileFolder(path).write(stacks, newer)
        #expect(throws: ProfileFault.self) { try ProfileFolder(path).read() }
    }
}
