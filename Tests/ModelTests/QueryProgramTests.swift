// The programs of section 6 whose events are not integers, or whose results rest on the schedule.
import Portals
import Testing

@Suite("Programs with words and queries")
struct QueryProgramTests {
    @Test("word count of the quick brown fox")
    func wordCount() throws {
        let text = "the quick brown fox jumps over the lazy dog"
        @Sendable func key(_ word: String) -> Key {
            // FNV-1a: the same in every process, unlike Swift's own hash.
            word.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ Key($1)) &* 0x100_0000_01B3 }
        }
        var expected: [WordCount] = []
        for word in ["the", "quick", "brown", "fox", "jumps", "over", "the", "lazy", "dog"] {
            let before = expected.count { $0.word == word }
            expected.append(WordCount(word: word, count: before + 1))
        }
        try underAllDrivers { site in
            let out = Collector<WordCount>()
            try site.launch(
                Application("m") { app in
                    app.workflow("count").source(app.generator("g", atoms: [[text]]))
                        .process("split", emits: String.self) { line, task in
                            for word in line.split(separator: " ") { task.emit(String(word)) }
                        }
                        .key(key)
                        .task("count", state: 0, emits: WordCount.self) { word, count, task in
                            count += 1
                            task.emit(WordCount(word: word, count: count))
                        }.sink("out", out)
                })
            try site.rest()
            try site.expect(atoms: out.atoms, are: [expected], by: { key($0.word) })
            try site.expect(out.isSealed, "not sealed")
        }
    }

    @Test(
        "a sum queried while it is fed atoms of ten: each answer is one at an atom boundary"
    )
    func queriedSum() throws {
        var differ: Set<[Int]> = []
        try underAllDrivers { site in
            let out = Collector<Int>()
            try site.launch(
                Application("m") { app in
                    let portal = app.portal(
                        "sum", asking: Bool.self, replying: Int.self, keyedBy: { _ in 3 })
                    app.workflow("sum").source(
                        app.generator("numbers", Integers(), count: 400, atomSize: 10)
                    ).map { Int($0) }.key { _ in 3 }
                        .task("sum", state: 0, emits: Never.self, replies: portal) {
                            event, sum, _ in
                            sum += event
                        } onRequest: { _, sum, task in
                            task.reply(sum)
                        }.sink("none")
                    app.workflow("query").source(
                        app.generator("queries", atoms: Array(repeating: [true], count: 60))
                    ).key { _ in 0 }
                        .task("query", state: (), emits: Int.self, asks: portal) { event, _, task in
                            let future = task.ask(portal, event)
                            task.await(future, { sum, _, task in task.emit(sum) })
                        }.sink("out", out)
                })
            try site.rest()
            let answers = out.events
            try site.expect(answers.count, is: 60)
            let boundaries = Set((0...40).map { atoms in atoms * 10 * (atoms * 10 - 1) / 2 })
            try site.expect(
                answers.allSatisfy { boundaries.contains($0) }, "a sum inside an atom: \(answers)")
            try site.expect(answers, is: answers.sorted())
            differ.insert(answers)
        }
        #expect(differ.count > 10, "the schedules hardly differ: queries do not fall between atoms")
    }
}
