// Programs whose outputs depend on the order of steps, on times and on random numbers: what a
// recovery could get wrong.
import Portals
import RandomApplications

/// The fixed programs of the simulation with faults; of section 6 of the model those that a crash
/// can meet in the middle.
public enum FixedProgram: String, CaseIterable, Sendable {
    /// Two sources whose atoms interleave, a portal between them, state by key.
    case shop
    /// A loop through a sequencer, fed by two sources.
    case countdown
    /// A diamond of unequal branches, and the end of each atom.
    case diamond
    /// A running sum that is asked while it is fed.
    case query
    /// A task that asks itself, and awaits.
    case recursion
    /// Two asks awaited at once, one number after the other.
    case fibonacci
    /// Two workflows of two applications, through the registry; the end of one comes amid the
    /// other.
    case registry
    /// Asks that time out, their steps' times and random numbers.
    case timeouts
    /// What asks time out on, seen by asks alone: an element whose steps show nothing by
    /// themselves.
    case silent
    /// A source with a rate, and the times of its steps.
    case clocked
    /// Events that fail, one by one.
    case deadLetters
    /// Atoms that fail as a whole.
    case aborts
    /// A failure that stops the application while others ask it.
    case stops
    /// Words, which are no trivial events.
    case words
    /// Streams and a circle of asks that end while the last steps of others show nothing, but would
    /// in another order.
    case endings

    func build(_ atoms: Int, _ watch: any SinkWatch) -> [Application] {
        let out = Out(watch: watch)
        switch self {
        case .shop: return [shopProgram(atoms, out)]
        case .countdown: return [countdownProgram(atoms, out)]
        case .diamond: return [diamondProgram(atoms, out)]
        case .query: return [queryProgram(atoms, out)]
        case .recursion: return [recursionProgram(atoms, out)]
        case .fibonacci: return [fibonacciProgram(atoms, out)]
        case .registry: return registryPrograms(atoms, out)
        case .timeouts: return [timeoutProgram(atoms, out)]
        case .silent: return [silentProgram(atoms, out)]
        case .clocked: return [clockedProgram(atoms, out)]
        case .deadLetters: return failingPrograms(atoms, .deadLetter, out)
        case .aborts: return failingPrograms(atoms, .abortAtom, out)
        case .stops: return failingPrograms(atoms, .stopApplication, out)
        case .words: return [wordProgram(atoms, out)]
        case .endings: return [endingProgram(atoms, out)]
        }
    }
}

/// Makes the sinks of a program.
struct Out: Sendable {
    let watch: any SinkWatch

    func sink<Element: Event>(_ name: String) -> @Sendable (Int) -> WatchedSink<Element> {
        { [watch] in WatchedSink(watch, sink: name, partition: $0) }
    }

    func preparingSink<Element: Event>(
        _ name: String
    ) -> @Sendable (Int) -> PreparingWatchedSink<Element> {
        { [watch] in PreparingWatchedSink(watch, sink: name, partition: $0) }
    }
}

struct Refusal: Error {}

func keyOf(_ value: Int) -> Key { Key(bitPattern: Int64(value)) }

/// Atoms of a few numbers, other ones for each `salt`.
func numbered(_ atoms: Int, _ salt: Int) -> [[Int]] {
    (0..<atoms).map { atom in (0..<(1 + (atom + salt) % 4)).map { atom * 7 + $0 * 3 + salt } }
}

private func shopProgram(_ atoms: Int, _ out: Out) -> Application {
    Application("shop") { app in
        let stock = app.portal(
            "stock", asking: Int.self, replying: Int.self, keyedBy: { keyOf($0) })
        app.workflow("inventory")
            .source(
                app.generator(
                    "restocks", atoms: (0..<atoms).map { n in (0..<5).map { $0 * n % 7 } })
            ).key(keyOf)
            .task("shelf", state: 0, emits: Int.self, replies: stock) { item, count, task in
                count += 2
                task.emit(item * 1_000 + count)
            } onRequest: { item, count, task in
                if count > 0 { count -= 1 }
                // Shown by a partition whose leader may run elsewhere, and be late with its record.
                task.emit(-item * 1_000 - count)
                task.reply(count)
            }
            .sink("restocked", out.preparingSink("restocked"))
        app.workflow("cart")
            .source(
                app.generator(
                    "orders", atoms: (0..<atoms).map { n in (0..<4).map { ($0 + n) % 7 } })
            ).key(keyOf)
            .task("cart", state: 0, emits: Int.self, asks: stock, remembering: Int.self) {
                item, _, task in
                task.ask(stock, item, remembering: item)
            } onReply: { reply, item, count, task in
                count += 1
                task.emit(item * 100_000 + reply * 100 + count)
            }
            .sink("sold", out.sink("sold"))
    }
}

private func countdownProgram(_ atoms: Int, _ out: Out) -> Application {
    Application("countdown") { app in
        let loop = app.sequencer("loop", of: Int.self)
        let stream = app.workflow("countdown").source(loop.stream).key { _ in 0 }
            .task("minus one", state: 0, emits: Int.self) { event, turns, task in
                turns += 1
                if event % 100 > 0 { task.emit(turns * 100 + event % 100 - 1) }
            }.sink("out", out.preparingSink("out")).stream()
        app.connect(app.generator("a", atoms: (0..<atoms).map { [$0 % 6] }), to: loop)
        app.connect(app.generator("b", atoms: (0..<atoms).map { [$0 % 4 + 1] }), to: loop)
        app.connect(stream, to: loop)
    }
}

private func diamondProgram(_ atoms: Int, _ out: Out) -> Application {
    Application("diamond") { app in
        let source = app.workflow("diamond").source(
            app.generator("g", atoms: (0..<atoms).map { [$0, $0 + 1] }))
        let one = source.key { _ in 1 }.key { _ in 0 }.map { $0 }
        let two = source.key { _ in 0 }
        one.union(two).task(
            "end", state: 0, emits: Int.self,
            { event, count, task in
                count += 1
                task.emit(event * 1_000 + count)
            },
            onAtomComplete: { task in
                if task.partition == partition(of: 0, count: task.partitionCount) {
                    task.emit(-Int(truncatingIfNeeded: task.time), key: 0)
                }
            }
        ).sink("out", out.preparingSink("out"))
    }
}

/// A running sum; when its stream ends, it says after how many requests.
private struct Sum: TaskBody {
    typealias Reply = Int
    var requests = 0

    func initialState() -> Int { 0 }

    func onEvent(_ event: Int, _ total: inout Int, _ task: inout Context) {
        total += event
        task.emit(total)
    }

    mutating func onRequest(_ request: Int, _ total: inout Int, _ task: inout Context) {
        requests += 1
        task.reply(total)
    }

    func onComplete(_ task: inout Context) { task.emit(-requests, key: 0) }
}

private func queryProgram(_ atoms: Int, _ out: Out) -> Application {
    Application("query") { app in
        let sum = app.portal("sum", asking: Int.self, replying: Int.self, keyedBy: { _ in 0 })
        app.workflow("sum").source(app.generator("g", atoms: numbered(atoms, 1)))
            .key { _ in 0 }
            .task("sum", Sum(), replies: sum).sink("sums", out.sink("sums"))
        for name in ["a", "b"] {
            app.workflow("asker \(name)").source(
                app.generator("questions \(name)", atoms: numbered(atoms, 2))
            ).key(keyOf)
                .task("asker", state: 0, emits: Int.self, asks: sum, remembering: Int.self) {
                    event, _, task in
                    task.ask(sum, event, remembering: event)
                } onReply: { reply, event, count, task in
                    count += 1
                    task.emit(event * 1_000_000 + reply * 10 + count)
                }.sink("answers", out.preparingSink("answers \(name)"))
        }
    }
}

private func recursionProgram(_ atoms: Int, _ out: Out) -> Application {
    Application("recursion") { app in
        let portal = app.portal("countdown", asking: Int.self, replying: Int.self)
        app.workflow("self").source(app.generator("g", atoms: (0..<atoms).map { [$0, $0 / 2] }))
            .key { keyOf($0 % 3) }
            .task("self", state: 0, emits: Int.self, replies: portal, asks: portal) {
                event, _, task in
                let future = task.ask(portal, event)
                task.await(future, { _, _, _ in })
            } onRequest: { request, _, task in
                if request == 0 {
                    task.emit(0)
                    task.reply(0)
                } else {
                    let future = task.ask(portal, request - 1)
                    task.await(
                        future,
                        { reply, count, task in
                            count += 1
                            task.emit(reply + 1 + count * 100)
                            task.reply(reply + 1)
                        })
                }
            }.sink("out", out.sink("out"))
    }
}

struct FibonacciRequest: Event { var n: Int }

private func fibonacciProgram(_ atoms: Int, _ out: Out) -> Application {
    let last = min(atoms, 7)
    return Application("fibonacci") { app in
        let portal = app.portal(
            "fibonacci", asking: FibonacciRequest.self, replying: Int.self,
            keyedBy: { keyOf($0.n) })
        let loop = app.sequencer("loop", of: Int.self)
        let next = app.workflow("asker").source(loop.stream).key { _ in 0 }
            .task("asker", state: (), emits: Int.self, asks: portal) { event, _, task in
                if event >= last { return }
                let future = task.ask(portal, FibonacciRequest(n: event))
                task.await(future, { reply, _, task in task.emit(event * 1_000 + reply) })
            }
        next.map { $0 % 1_000 }.sink("out", out.sink("out"))
        let stream = next.map { $0 / 1_000 + 1 }.stream()
        app.connect(app.generator("g", atoms: [[0]]), to: loop)
        app.connect(stream, to: loop)
        app.workflow("replier").requestsOnly()
            .task("fibonacci", state: (), emits: Never.self, replies: portal, asks: portal) {
                _, _, _ in
            } onRequest: { request, _, task in
                if request.n < 2 { return task.reply(request.n) }
                let one = task.ask(portal, FibonacciRequest(n: request.n - 1))
                let two = task.ask(portal, FibonacciRequest(n: request.n - 2))
                task.awaitAll(
                    [one, two], { replies, _, task in task.reply(replies[0] + replies[1]) })
            }
    }
}

private func registryPrograms(_ atoms: Int, _ out: Out) -> [Application] {
    [
        Application("a") { app in
            app.workflow("first").source(app.generator("g", atoms: numbered(atoms, 0)))
                .key { keyOf($0 % 3) }
                .task(
                    "count", state: 0, emits: Int.self,
                    { event, count, task in
                        count += 1
                        task.emit(event + 1)
                    }, onComplete: { task in task.emit(-task.partition - 1, key: 0) }
                ).stream()
        },
        Application("b") { app in
            let both = app.sequencer("both", of: Int.self)
            app.connect(app.stream(at: "/a/workflows/first", of: Int.self), to: both)
            app.connect(app.generator("own", atoms: numbered(atoms * 2, 5)), to: both)
            app.workflow("second").source(both.stream).key { keyOf(abs($0 % 5)) }
                .task("old", state: 0, emits: Int.self) { event, last, task in
                    task.emit(event * 1_000 + last)
                    last = event
                }.sink("out", out.sink("out"))
        },
    ]
}
