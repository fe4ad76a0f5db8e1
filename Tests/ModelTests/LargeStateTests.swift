// States of more bytes than the caches hold, whose lines the engine asks for before their events.
import Portals
import Testing

/// A count with a kibibyte beside it.
private struct WideCount: BitwiseCopyable {
    var count = 0
    var padding = InlineArray<127, UInt64>(repeating: 0)
}

private struct Told: Event, Comparable {
    var key: UInt64
    var count: Int
    static func < (left: Told, right: Told) -> Bool {
        (left.key, left.count) < (right.key, right.count)
    }
}

@Suite("State larger than the caches")
struct LargeStateTests {
    /// A table of half of them takes 8 MiB.
    private static let keyCount: UInt64 = 7_000

    /// Atoms of 1 to 70 events, shorter and longer than what is asked for ahead; each key thrice.
    private static var atoms: [[UInt64]] {
        var atoms: [[UInt64]] = []
        var next: UInt64 = 0
        while next < 3 * keyCount {
            let end = min(3 * keyCount, next + UInt64(1 + atoms.count % 70))
            atoms.append((next..<end).map { $0 % keyCount })
            next = end
        }
        return atoms
    }

    @Test("each event meets the state of its own key", arguments: [1, 2])
    func ownState(partitions: Int) throws {
        let out = Collector<Told>()
        let site = Driver(kind: .stepped, partitions: partitions).makeSite { _ in }
        let trial = TrialSite(
            driver: Driver(kind: .stepped, partitions: partitions), site: site)
        try trial.launch(
            Application("m") { app in
                app.workflow("w").source(app.generator("g", atoms: Self.atoms)).key { $0 }
                    .task("count", state: WideCount(), emits: Told.self) { key, state, task in
                        state.count += 1
                        state.padding[126] = key
                        task.emit(Told(key: state.padding[126], count: state.count))
                    }
                    .sink("told", out)
            })
        try trial.rest()
        var seen: [UInt64: Int] = [:]
        try #require(out.atoms.count == Self.atoms.count)
        for (given, told) in zip(Self.atoms, out.atoms) {
            let expected = given.map { key -> Told in
                seen[key, default: 0] += 1
                return Told(key: key, count: seen[key, default: 0])
            }
            #expect(told.sorted() == expected.sorted())
        }
    }
}
