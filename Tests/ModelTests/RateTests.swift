// Generators with a rate: when their atoms enter, and from when latency counts. The clock is the
// site's own, so every figure is exact.
import Portals
import Testing

@Suite("generators with a rate")
struct RateTests {
    /// Nanoseconds between two atoms, and how many there are. All latencies stay below 256, where
    /// the histogram counts each value by itself.
    private static let period: UInt64 = 10
    private static let count = 40
    private static let rate = 1e9 / Double(period)

    /// The latencies of all atoms, ascending.
    private func latencies(_ site: TrialSite) throws -> [UInt64] {
        var histogram = LatencyHistogram(memory: .heap)
        for worker in site.engine.workers { worker.addLatencies(to: &histogram) }
        let count = Int(histogram.count)
        return (0..<count).compactMap {
            histogram.value(atPercentile: (Double($0) + 0.5) / Double(count) * 100)
        }
    }

    /// An application whose task is handed the number of each atom; its output are the times of
    /// the steps.
    private func launch(
        _ site: TrialSite, times: Collector<UInt64>,
        _ work: @escaping @Sendable (_ atom: UInt64) -> Void
    ) throws {
        try site.launch(
            Application("m") { app in
                app.workflow("w").source(
                    app.generator(
                        "g", Integers(), count: UInt64(Self.count), atomSize: 1,
                        atomsPerSecond: Self.rate)
                ).key { _ in 0 }.process("p", emits: UInt64.self) { atom, task in
                    work(atom)
                    task.emit(task.time)
                }.sink("out", times)
            })
    }

    private static let intended = (0..<count).map { UInt64($0) * period }

    @Test(
        "atoms enter at their intended times, to the nanosecond, and no error adds up",
        arguments: [1, 3, 7, 999, 1_000_000, 700_000_001])
    func intendedTimes(rate: UInt64) throws {
        try underAllDrivers(seeds: 2) { site in
            let times = Collector<UInt64>()
            // Some time has passed when the generator begins.
            site.site.advance(to: 12_345)
            let count: UInt64 = site.partitions == 1 ? 10_000 : 500
            try site.launch(
                Application("m") { app in
                    app.workflow("w").source(
                        app.generator(
                            "g", Integers(), count: count, atomSize: 1,
                            atomsPerSecond: Double(rate))
                    ).process("p", emits: UInt64.self) { _, task in task.emit(task.time) }
                        .sink("out", times)
                })
            try site.rest()
            try site.expect(
                times.events, is: (0..<count).map { 12_345 + $0 * 1_000_000_000 / rate })
            try site.expect(site.site.now, is: times.events.last ?? 0)
            try site.expect(try latencies(site), is: Array(repeating: 0, count: Int(count)))
        }
    }

    @Test("atoms enter at the times of the period, each source from another place of it")
    func arrivals() throws {
        let period = [0, 0.25, 2.5, 2.5]
        let arrivals = try #require(ArrivalTimes(period))
        try underAllDrivers(options: { $0.arrivals = arrivals }) { site in
            let times = [Collector<UInt64>(), Collector<UInt64>()]
            site.site.advance(to: 1_000)
            try site.launch(
                Application("m") { app in
                    for (index, times) in times.enumerated() {
                        app.workflow("w\(index)").source(
                            app.generator(
                                "g\(index)", Integers(), count: 10, atomSize: 1,
                                atomsPerSecond: 1e7)
                        ).process("p", emits: UInt64.self) { _, task in task.emit(task.time) }
                            .sink("out", times)
                    }
                })
            try site.rest()
            // A mean gap is 100 ns, a period 400.
            try site.expect(
                times[0].events.map { $0 - 1_000 },
                is: [0, 25, 250, 250, 400, 425, 650, 650, 800, 825])
            try site.expect(
                times[1].events.map { $0 - 1_000 },
                is: [0, 225, 225, 375, 400, 625, 625, 775, 800, 1_025])
            try site.expect(try latencies(site), is: Array(repeating: 0, count: 20))
        }
    }

    @Test(
        "times that would not keep the rate are no arrivals",
        arguments: [[], [0.5], [0, 2.5], [0, 1.5, 1]])
    func faultyArrivals(times: [Double]) {
        #expect(ArrivalTimes(times) == nil)
    }

    @Test("after a handler that took long, atoms keep their times, and latency counts from them")
    func slowHandler() throws {
        try underAllDrivers { site in
            let times = Collector<UInt64>()
            // A stepped site calls its handlers on this thread alone.
            nonisolated(unsafe) let clock = site.site
            try launch(site, times: times) { atom in
                if atom == 5 { clock.advance(to: clock.now + 95) }
            }
            try site.rest()
            try site.expect(times.events, is: Self.intended)
            // Atom 5 is done at 145; so are those that should have entered until then. A generator
            // that waited for it would show one latency of 95, and 39 of nothing.
            try site.expect(
                try latencies(site),
                is: Self.intended.map { $0 < 50 || $0 > 145 ? 0 : 145 - $0 }.sorted())
        }
    }

    @Test("after a time in which nobody stepped, too")
    func stall() throws {
        try underAllDrivers { site in
            let times = Collector<UInt64>()
            try launch(site, times: times) { _ in }
            while site.site.now < 50 { _ = site.site.step() }
            site.site.advance(to: 145)
            try site.rest()
            try site.expect(times.events, is: Self.intended)
            try site.expect(
                try latencies(site),
                is: Self.intended.map { $0 < 50 || $0 > 145 ? 0 : 145 - $0 }.sorted())
        }
    }

    @Test("latency from the actual entry hides a stall, and is kept beside the other")
    func serviceLatency() throws {
        try underAllDrivers { site in
            let times = Collector<UInt64>()
            try launch(site, times: times) { _ in }
            while site.site.now < 50 { _ = site.site.step() }
            site.site.advance(to: 2_610)
            try site.rest()
            var histogram = LatencyHistogram(memory: .heap)
            for worker in site.engine.workers { worker.addServiceLatencies(to: &histogram) }
            try site.expect(histogram.count, is: UInt64(Self.count))
            // The delay of an entry is kept to 256 ns.
            #expect(histogram.maximum ?? .max < 256)
            #expect(try latencies(site).last ?? 0 >= 2_500)
        }
    }

    @Test("where work takes longer than the period, latency grows with every atom")
    func overload() throws {
        try underAllDrivers { site in
            let times = Collector<UInt64>()
            // A stepped site calls its handlers on this thread alone.
            nonisolated(unsafe) let clock = site.site
            try launch(site, times: times) { _ in clock.advance(to: clock.now + 15) }
            try site.rest()
            try site.expect(times.events, is: Self.intended)
            // Between a handler and the end of its atom other workers may run theirs: 15 each.
            let taken = try latencies(site).sorted()
            #expect(taken.count == Self.count)
            for (index, latency) in taken.enumerated() {
                let least = 15 + UInt64(index) * 5
                #expect(latency >= least && latency <= least + 3 * 15)
            }
        }
    }
}
