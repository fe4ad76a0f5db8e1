// Steady state allocates nothing: counts the bytes that the stepping thread takes from the
// allocator between two points of endless runs, after everything has grown to its size. A program
// and not a suite, because only optimised code keeps the promise: a debug build allocates where
// generic code is not specialised. `scripts/test --only allocations` builds and runs it.
import AdaptiveBatching
import Chain
import CountingActor
import Glibc
import IntegerFilter
import KeyedCount
import Platform
import PortalPingPong
import Portals
import SagaWorkload
import ShoppingCart
import ThreadRing

/// Bytes that the calling thread has allocated.
func allocatedByteCount() -> UInt64 {
    guard let count = AllocatorStatistics.threadAllocatedByteCount() else {
        print("not counted: jemalloc does not serve this process; start it without LD_PRELOAD")
        exit(69)
    }
    return count
}

/// Bytes allocated and atoms made of the element at `path`, from the end of the warm-up on.
func steadyState(
    of application: Application, path: String, partitions: Int
) throws
    -> (bytes: UInt64, atoms: UInt64)
{
    let steps = 100_000
    var options = EngineOptions()
    options.workers = partitions
    let site = SteppedSite(options)
    try site.launch(application)
    for _ in 0..<steps { precondition(site.step(), "\(path) came to rest while it warmed up") }
    let atoms = site.engine.admittedAtoms(of: path)
    let bytes = allocatedByteCount()
    for _ in 0..<steps { precondition(site.step(), "\(path) came to rest: nothing was measured") }
    let end = allocatedByteCount()
    return (end - bytes, site.engine.admittedAtoms(of: path) - atoms)
}

/// An inbox that is never empty for long, as threads that send would have it.
final class RefilledInbox: Arrivals {
    private let inbox = Inbox<UInt64>(capacity: 256)

    func recordByteCountMax(eventCount: Int) -> Int {
        inbox.recordByteCountMax(eventCount: eventCount)
    }
    func begin(at next: Int, wake: @escaping @Sendable () -> Void) {
        inbox.begin(at: next, wake: wake)
    }
    func look(at nanoseconds: UInt64) -> Arrived {
        if inbox.isIdle { for number in UInt64(0)..<256 { _ = inbox.send(number) } }
        return inbox.look(at: nanoseconds)
    }
    func take(_ range: Range<Int>, into atom: inout FeedAtom) { inbox.take(range, into: &atom) }
    func replay(_ atom: inout FeedAtom) throws(ArrivalsError) -> Int { try inbox.replay(&atom) }
    var isIdle: Bool { false }
}

/// An endless application, and the element whose atoms show that it runs.
struct Subject {
    var name: String
    var path: String
    var application: () -> Application
}

let subjects = [
    Subject(name: "keyed count", path: KeyedCount.Definition.workflowPath) {
        let definition = KeyedCount.Definition(events: .max, keys: 1_000, atomSize: 64)
        return definition.application(KeyedCount.Results(definition))
    },
    Subject(name: "integer filter", path: IntegerFilter.Definition.workflowPath) {
        IntegerFilter.Definition(events: 1 << 32, atomSize: 64, predicate: .scatteredHalf)
            .application(IntegerFilter.Results())
    },
    Subject(name: "sagas", path: SagaWorkload.Definition.ordersPath) {
        let definition = SagaWorkload.Definition(orders: .max, failurePercent: 0, items: 20)
        return definition.application(SagaWorkload.Results(definition))
    },
    Subject(name: "sagas that are compensated", path: SagaWorkload.Definition.ordersPath) {
        let definition = SagaWorkload.Definition(orders: .max, failurePercent: 20, items: 20)
        return definition.application(SagaWorkload.Results(definition))
    },
    Subject(name: "shopping cart", path: ShoppingCart.Definition.cartPath) {
        let definition = ShoppingCart.Definition(
            operations: .max, restocks: .max, users: 10, items: 20)
        return definition.application(ShoppingCart.Results(definition))
    },
    Subject(
        name: "ask, remember a frame, reply: one chain", path: "/portal-ping-pong/workflows/asker"
    ) {
        PortalPingPong.Definition(roundTrips: 1 << 40, outstanding: 1)
            .application(PortalPingPong.Results())
    },
    Subject(
        name: "ask, remember a frame, reply: 100 chains", path: "/portal-ping-pong/workflows/asker"
    ) {
        PortalPingPong.Definition(roundTrips: 1 << 40, outstanding: 100)
            .application(PortalPingPong.Results())
    },
    Subject(
        name: "a token round a ring of workflows and sequencers",
        path: "/thread-ring/workflows/member-0"
    ) {
        ThreadRing.Definition(ring: .sequencers, length: 3, hops: 1 << 40)
            .application(ThreadRing.Results())
    },
    Subject(name: "one generator, four workflows", path: "/counting/generators/values") {
        let definition = CountingActor.Definition(workflows: 4, events: 1 << 40)
        return definition.application(CountingActor.Results(definition))
    },
    Subject(name: "an inbox in adaptive atoms", path: "/adaptive/workflows/pass") {
        let batches = AdaptiveBatches(RefilledInbox(), objectiveNanoseconds: 1_000)
        return Application("adaptive") { app in
            let numbers = app.source("inbox", batches) {
                (bytes: RawSpan, part: FeedPart, out: inout Emitter<UInt64>) in
                for index in part.share(of: bytes.byteCount / 8) {
                    out.emit(
                        unsafe bytes.unsafeLoad(fromByteOffset: 8 * index, as: UInt64.self))
                }
            }
            app.workflow("pass").source(numbers).key { $0 }.sink("out")
        }
    },
    Subject(name: "a chain of workflows", path: "/chain-of-workflows/workflows/member-0") {
        Chain.Definition(members: .workflows, length: 8, events: 1 << 40, atomSize: 16)
            .application(Chain.Results())
    },
]

/// A task that allocates: the check must see it.
let wasteful = Application("wasteful") { app in
    app.workflow("w")
        .source(app.generator("g", Integers(), count: nil, atomSize: 64))
        .key { $0 % 100 }
        .task("t", state: [UInt64](), emits: UInt64.self) { event, state, task in
            state = [event, event + 1]
            task.emit(event)
        }.sink("out")
}

var isRight = true
let seen = try steadyState(of: wasteful, path: "/wasteful/workflows/w", partitions: 1)
// Two elements and the header of the array: 48 bytes for each of the 64 events.
if seen.atoms == 0 || seen.bytes < seen.atoms * 64 * 48 {
    print("the count is blind: \(seen.bytes) bytes where each of \(seen.atoms * 64) events has 48")
    isRight = false
}
for subject in subjects {
    for partitions in [1, 2, 4] {
        let (bytes, atoms) = try steadyState(
            of: subject.application(), path: subject.path, partitions: partitions)
        print("\(subject.name) on \(partitions): \(bytes) bytes allocated, \(atoms) source atoms")
        if bytes != 0 { isRight = false }
    }
}
if !isRight { print("steady state must allocate nothing") }
exit(isRight ? 0 : 1)
