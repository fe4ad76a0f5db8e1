// What callgrind, perf stat and jemalloc's profiler write, read from samples of their files.
import Testing

@testable import Profile

@Suite struct CounterTests {
    @Test("callgrind's own costs are added up, those of callees left out, recursions put together")
    func callgrind() {
        let text = """
            events: Ir
            fl=a.c
            fn=outer
            10 5
            11 7
            cfn=inner
            calls=2 20
            12 900
            13 1
            fn=inner'2
            20 100
            fn=inner
            20 11
            totals: 1024
            """
        #expect(Callgrind(text: text).instructions == ["outer": 13, "inner": 111])
    }

    @Test("the difference of two counts holds no start-up and no check of the answer")
    func difference() {
        let few = Callgrind(
            text: "fn=main\n1 100\nfn=work\n1 10\nfn=$s10KeyedCount6OracleV8expectedyyF\n1 5\n")
        let many = Callgrind(
            text: "fn=main\n1 100\nfn=work\n1 70\nfn=$s10KeyedCount6OracleV8expectedyyF\n1 500\n")
        #expect(Callgrind.difference(few: few, many: many).text == "instructions;work 60\n")
    }

    @Test("counters that the machine lacks are left out, never zero")
    func perfStat() {
        let text = """
            # started on Sun Nov 22 03:00:00 2026

            1000,,instructions:u,500000,100.00,0.50,insn per cycle
            <not supported>,,cache-misses,0,100.00,,
            2000,,cycles:u,500000,100.00,,
            """
        let counts = PerfStat(text: text)
        #expect(counts.counts.map(\.name) == ["instructions", "cycles"])
        #expect(counts.text(events: 100).contains("10.0 per event"))
        #expect(counts.text(events: 0) == "no events were counted\n")
    }

    private static let heap = """
        heap_v2/32768
          t*: 3: 300 [5: 163840]
          t0: 3: 300 [5: 163840]
        @ 0x1011 0x2021
          t*: 1: 8 [4: 131072]
          t0: 1: 8 [4: 131072]
        @ 0x1011
          t*: 0: 0 [0: 0]

        MAPPED_LIBRARIES:
        00001000-00002000 r-xp 00000500 fe:01 42 /no/such/program
        00002000-00003000 rw-p 00000000 00:00 0
        """

    @Test("jemalloc's profile counts all that was allocated, scaled up by what was looked at")
    func heap() throws {
        let profile = try HeapProfile(text: Self.heap)
        // Blocks as large as the rate are seen with a chance of 1 - 1/e.
        let scale = 1 / (1 - 0.367_879_441_171_442_33)
        #expect(profile.sites.count == 1)
        #expect(abs(profile.sites[0].bytes - 131_072 * scale) < 1)
        #expect(abs(profile.blocks - 4 * scale) < 0.001)
        #expect(profile.mappings.map(\.path) == ["/no/such/program"])
        #expect(profile.samples.samples.map(\.frames.count) == [2])
        #expect(profile.samples.frames[0].object == "/no/such/program")
        #expect(throws: ProfileFault.self) { try HeapProfile(text: "something else") }
    }

    @Test("the functions of this program are found by name and by address")
    func symbols() throws {
        let symbols = try #require(ObjectSymbols(path: "/proc/self/exe"))
        let start = try #require(symbols.addresses["main"])
        #expect(symbols.function(at: start)?.name == "main")
        #expect(symbols.function(at: 0) == nil)
        #expect(ObjectSymbols(path: "/proc/self/status") == nil)
    }
}
