// The in-process baselines: each system's answer to small runs of each workload, refusals, and
// answers that are wrong.
import Foundation
import KeyedCount
import PortalPingPong
import ShoppingCart
import Testing

@testable import Baselines
@testable import Harness

/// Runs a trial in this process.
func measure(_ configuration: TrialConfiguration) async throws -> TrialMeasurement {
    let system = try #require(registry.system(configuration.system))
    #expect(system.refusal(configuration) == nil)
    return try await onOwnThread { try system.run(configuration, probe: TrialProbe()) }
}

/// A trial with the defaults of its workload.
func trial(
    _ workload: String, _ system: String, _ parameters: [String: String] = [:],
    workers: Int = 2, atomSize: Int = 64, length: TrialConfiguration.Length = .events(5_000)
) throws -> TrialConfiguration {
    var configuration = TrialConfiguration(workload: workload, system: system)
    let known = try #require(registry.workload(workload))
    for axis in known.parameters { configuration.parameters[axis.name] = axis.defaultValue }
    configuration.parameters.merge(parameters) { $1 }
    configuration.workers = workers
    configuration.atomSize = atomSize
    configuration.pinning = .off
    configuration.length = length
    configuration.warmUpSeconds = 0.01
    configuration.seed = 7
    return configuration
}

@Suite struct InProcessTests {
    static let systems = ["swift-actors", "swift-async-stream", "locked-queues", "thread-pool"]

    /// With what a system can't be run with left out.
    static let cells: [(system: String, workers: Int)] = systems.flatMap { system in
        (system == "locked-queues" ? [2, 3] : [1, 2]).map { (system, $0) }
    }

    /// Threads of one's own may be more than cores; those of the pool may not.
    static func fits(_ system: String, workers: Int) -> Bool {
        !system.hasPrefix("swift") || TaskPool.refusal(workers: workers) == nil
    }

    @Test("every system counts every key rightly", arguments: cells, [1, 64, 10_000])
    func keyedCount(cell: (system: String, workers: Int), atomSize: Int) async throws {
        guard Self.fits(cell.system, workers: cell.workers) else { return }
        // A number that no atom divides, over few keys and over more than there are events.
        for (keys, events) in [("10", 777), ("10000", 5_003)] as [(String, UInt64)] {
            let measurement = try await measure(
                trial(
                    "keyed-count", cell.system, ["keys": keys], workers: cell.workers,
                    atomSize: atomSize, length: .events(events)))
            #expect(measurement.verified == .verified)
            #expect(measurement.events == events)
        }
    }

    @Test(
        "every system's carts, shelves and orders conserve every unit",
        arguments: cells + [("swift-actors-entity", 1), ("swift-actors-entity", 2)],
        ["conserving", "faithful"])
    func shoppingCart(cell: (system: String, workers: Int), mode: String) async throws {
        guard Self.fits(cell.system, workers: cell.workers) else { return }
        for atomSize in [1, 64, 10_000] {
            let measurement = try await measure(
                trial(
                    "shopping-cart", cell.system, ["mode": mode], workers: cell.workers,
                    atomSize: atomSize, length: .events(20_001)))
            #expect(measurement.verified == .verified)
            #expect(measurement.events == 20_001)
        }
    }

    @Test("full carts give their units back", arguments: systems)
    func fullCarts(system: String) async throws {
        guard Self.fits(system, workers: 2) else { return }
        // A cart of one item is full nearly always.
        var definition = ShoppingCart.Definition(operations: 20_000, restocks: 20_000)
        definition.cartItemsMax = 1
        definition.atomSize = 64
        let configuration = try trial("shopping-cart", system)
        let answer = try await onOwnThread { [definition] in
            switch system {
            case "swift-actors": ActorShoppingCart.run(definition, workers: 2)
            case "swift-async-stream": StreamedShoppingCart.run(definition, workers: 2)
            case "locked-queues": try LockedShoppingCart.run(definition, configuration)
            default: try PooledShoppingCart.run(definition, configuration)
            }
        }
        #expect(answer.fullReturns > 100)
        #expect(ShoppingCart.Oracle(definition).check(answer) == nil)
    }

    @Test(
        "every system makes every round trip",
        arguments: cells + [("swift-actors-entity", 1), ("swift-actors-entity", 2)],
        ["1", "3", "1000"])
    func pingPong(cell: (system: String, workers: Int), outstanding: String) async throws {
        guard Self.fits(cell.system, workers: cell.workers) else { return }
        if cell.system == "locked-queues" && cell.workers != 2 { return }
        // Fewer trips than chains, and more.
        for trips in [500, 5_001] as [UInt64] {
            let measurement = try await measure(
                trial(
                    "portal-ping-pong", cell.system, ["outstanding": outstanding],
                    workers: cell.workers, length: .events(trips)))
            #expect(measurement.verified == .verified)
            #expect(measurement.events == trips)
            let first = (trips + UInt64(outstanding)! - 1) / UInt64(outstanding)!
            #expect(measurement.latencySamples == first)
        }
    }

    @Test("a run by time is as long as it is asked to be, within what debug builds allow")
    func timed() async throws {
        let allowed = 0.01...1.0
        var seconds: [Double] = []
        // Beside all the other tests a trial may wait for a processor: then another is made.
        repeat {
            let measurement = try await measure(
                trial("keyed-count", "thread-pool", length: .seconds(0.1)))
            #expect(measurement.verified == .verified)
            #expect(measurement.latencySamples == 0)
            seconds.append(measurement.seconds)
        } while !allowed.contains(seconds[seconds.count - 1]) && seconds.count < 20
        #expect(allowed.contains(seconds[seconds.count - 1]), "all trials took \(seconds) s")
    }

    @Test("an answer to other events is seen to be wrong")
    func wrongAnswers() throws {
        let configuration = try trial("keyed-count", "locked-queues")
        var count = KeyedCount.Definition(events: 1_000, keys: 10, atomSize: 64, seed: 1)
        let counted = try LockedKeyedCount.run(count, configuration)
        #expect(KeyedCount.Oracle(count).check(counted) == nil)
        count.seed = 2
        #expect(KeyedCount.Oracle(count).check(counted)?.contains("counted") == true)

        var cart = ShoppingCart.Definition(operations: 5_000, restocks: 5_000, seed: 1)
        let shopped = try PooledShoppingCart.run(cart, configuration)
        #expect(ShoppingCart.Oracle(cart).check(shopped) == nil)
        cart.seed = 2
        #expect(ShoppingCart.Oracle(cart).check(shopped) != nil)

        var trips = PortalPingPong.Definition(roundTrips: 1_000, outstanding: 10)
        let played = try PooledPingPong.run(trips, configuration, clock: .monotonic)
        #expect(PortalPingPong.Oracle(trips).check(played.answer) == nil)
        trips.roundTrips = 1_001
        #expect(PortalPingPong.Oracle(trips).check(played.answer) != nil)
    }

    @Test("what a system can't do is refused by name")
    func refusals() throws {
        func refusal(_ configuration: TrialConfiguration) -> String {
            registry.system(configuration.system)?.refusal(configuration) ?? "not refused"
        }
        for system in Self.systems {
            var durable = try trial("keyed-count", system)
            durable.journal = .durable
            #expect(refusal(durable) == "\(system) has no journal")
            let other = try trial("ml-serving", system)
            #expect(refusal(other).contains("no program for ml-serving, only for keyed-count"))
            var rated = try trial("keyed-count", system)
            rated.ratePerSecond = 5
            #expect(refusal(rated).contains("--rate"))
        }
        for system in ["swift-actors", "swift-async-stream", "swift-actors-entity"] {
            #expect(
                refusal(try trial("shopping-cart", system, workers: 10_000))
                    .contains("a thread a core"))
        }
        #expect(refusal(try trial("keyed-count", "swift-actors-entity")).contains("shopping-cart"))
        #expect(
            refusal(try trial("keyed-count", "locked-queues", workers: 1)).contains("--workers 2"))
        #expect(
            refusal(try trial("portal-ping-pong", "locked-queues", workers: 3))
                .contains("--workers 2"))
        #expect(refusal(try trial("queue", "portals")).contains("portals-ring"))
        #expect(refusal(try trial("queue", "hand-written")).contains("one thread"))
        #expect(refusal(try trial("durable-append", "portals")).contains("--workers 1"))
    }
}

/// Runs something that waits for Swift's tasks on a thread that is none of theirs.
func onOwnThread<Value: Sendable>(
    _ body: @escaping @Sendable () throws -> Value
) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
    }
}
