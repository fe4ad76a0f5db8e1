// Lets all workers of a site stand still while something is done, whoever asks.
import CPlatform
import Platform
import Synchronization

/// Stops worker threads between two of their steps, and lets them go on.
final class Standing: Sendable {
    private let control: ThreadControl
    private let parkers: [Parker]
    /// Held by the one for whom they stand.
    private let turn = Mutex<Void>(())

    init(control: ThreadControl, parkers: [Parker]) {
        self.control = control
        self.parkers = parkers
    }

    /// Wakes all workers that sleep.
    func wake() { for parker in parkers { parker.unparkIfAnnounced() } }

    /// Runs a closure while all workers stand still.
    ///
    /// - Cost: waits for one step of each worker. With two of them on two cores, where the caller
    ///   takes a core from one, 0.15 ms in the median with a look of the harness (`look_seconds`).
    func callAsFunction<Result>(_ body: () throws -> Result) rethrows -> Result {
        var result: Result?
        try turn.withLock { _ in
            control.give(.stand)
            wait { control.standingCount < parkers.count }
            defer {
                control.give(.run)
                wait { control.standingCount > 0 && control.current == .run }
            }
            result = try body()
        }
        guard let result else { preconditionFailure("the closure was not called") }
        return result
    }

    /// Waits while something holds, and wakes workers that sleep. The first microseconds without a
    /// sleep, which takes some seventy: workers that stand already would stand so much longer.
    private func wait(while holds: () -> Bool) {
        while holds() {
            for parker in parkers { parker.unpark() }
            let end = MonotonicClock.nanoseconds() &+ Self.spinNanoseconds
            while holds() && MonotonicClock.nanoseconds() < end { portals_pause() }
            if holds() { ThreadSleep.sleep(nanoseconds: 20_000) }
        }
    }

    /// Longer than most steps; a worker that shares the caller's processor waits so long for it.
    private static let spinNanoseconds: UInt64 = 20_000
}
