// Random applications: whatever their shape, an atom comes out the same on one partition,
// stepped, and on several, simulated.
import Portals
import Testing

/// A workflow's shape, drawn from a seed: chains, diamonds, keys, tasks with state, asks.
private struct RandomShape {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 0x1234_5678_9ABC_DEF1 }

    mutating func below(_ count: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int((state >> 33) % UInt64(count))
    }

    /// Adds one to four stages. Every stage treats each key by itself, and a key's events as a
    /// multiset, so what comes out does not rest on the order of sending partitions.
    mutating func extend(
        _ flow: Flow<Int, Keyed>, depth: Int, portal: Portal<Int, Int>, name: String
    ) -> Flow<Int, Keyed> {
        var flow = flow
        for stage in 0..<(1 + below(4)) {
            let path = "\(name).\(stage)"
            switch below(depth > 0 ? 8 : 6) {
            case 0: flow = flow.map { $0 &* 3 &+ 1 }
            case 1: flow = flow.filter { $0 % 5 != 0 }
            case 2:
                let modulus = 1 + below(9)
                flow = flow.key { Key(UInt(bitPattern: $0) % UInt(modulus)) }
            case 3:
                flow = flow.task(path, SumsOfAtoms())
            case 4:
                flow = flow.process(path, emits: Int.self) { event, task in
                    task.emit(event)
                    if event % 3 == 0 { task.emit(event / 3) }
                }
            case 5:
                flow = flow.key { keyOf($0) }
            default:
                let left = extend(flow, depth: depth - 1, portal: portal, name: path + "l")
                let right = extend(flow, depth: depth - 1, portal: portal, name: path + "r")
                flow = left.union(right)
            }
        }
        return flow
    }
}

/// Emits each event and, after an atom, for each key of the atom the sum of all its events so far.
private struct SumsOfAtoms: TaskBody {
    var touched: [Key: Int] = [:]
    var sums: [Key: Int] = [:]
    mutating func onEvent(_ event: Int, _ state: inout Void, _ task: inout Context) {
        touched[task.key, default: 0] &+= event % 1_000
        task.emit(event)
    }
    mutating func onAtomComplete(_ task: inout Context) {
        for (key, sum) in touched.sorted(by: { $0.key < $1.key }) {
            sums[key, default: 0] &+= sum
            task.emit(sums[key, default: 0], key: key)
        }
        touched = [:]
    }
}

@Suite("Random applications")
struct RandomApplicationTests {
    /// The output's atoms, and the replies in all, each sorted.
    private func run(_ seed: UInt64, _ site: SteppedSite, _ place: String) -> ([[Int]], [Int])? {
        let out = Collector<Int>()
        let replies = Collector<Int>()
        do {
            try site.launch(
                Application("m") { app in
                    var shape = RandomShape(seed: seed)
                    let portal = app.portal(
                        "p", asking: Int.self, replying: Int.self,
                        keyedBy: { Key(UInt(bitPattern: $0) % 5) })
                    app.workflow("r").requestsOnly()
                        .task("t", state: (), emits: Never.self, replies: portal, asks: portal) {
                            _, _, _ in
                        } onRequest: { request, _, task in
                            if request % 4 != 1 { return task.reply(request &* 2) }
                            let future = task.ask(portal, request / 4 * 2)
                            task.await(future, { reply, _, task in task.reply(reply &+ 7) })
                        }.sink("none")
                    let atoms = (0..<12).map { atom in
                        (0..<shape.below(30)).map { atom * 30 + $0 }
                    }
                    let source = app.workflow("one").source(app.generator("g", atoms: atoms))
                        .key(keyOf)
                    let one = shape.extend(source, depth: 2, portal: portal, name: "s").stream()
                    let second = app.workflow("two").source(one).key { keyOf($0 / 2) }
                    shape.extend(second, depth: 1, portal: portal, name: "s").sink("out", out)
                        .task("ask", state: (), emits: Int.self, asks: portal) { event, _, task in
                            let future = task.ask(portal, event)
                            task.await(future, { reply, _, task in task.emit(reply) })
                        }.sink("replies", replies)
                })
        } catch {
            Issue.record("\(place): \(error)")
            return nil
        }
        guard site.run(stepsMax: 1_000_000), out.isSealed, replies.isSealed else {
            Issue.record("\(place): does not come to rest, sealed")
            return nil
        }
        return (out.atoms.map { $0.sorted() }, replies.events.sorted())
    }

    @Test("stepped on one partition and simulated on 2 and 4, the atoms are the same")
    func sameAtoms() {
        var events = 0
        for seed in 0..<min(simulationSeeds, 50) {
            guard let expected = run(seed, SteppedSite(), "seed \(seed), stepped") else { return }
            events += expected.0.reduce(0) { $0 + $1.count }
            for driver in Driver.all([2, 4], seeds: 3) {
                let place = "seed \(seed), \(driver)"
                guard let got = run(seed, driver.makeSite { _ in }, place) else { return }
                if got.0 != expected.0 || got.1 != expected.1 {
                    Issue.record("\(place): \(got), not \(expected)")
                    return
                }
            }
        }
        #expect(events > 1_000, "the applications hardly emit anything")
    }
}
