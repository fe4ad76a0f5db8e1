// Lets all workers of a site stand still while something is done, whoever asks.
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
    /// - Cost: some 50 µs, and waits for one step of each worker.
    func callAsFunction<Result>(_ body: () throws -> Result) rethrows -> Result {
        var result: Result?
        try turn.withLock { _ in
            control.give(.stand)
            while control.standingCount < parkers.count {
                for parker in parkers { parker.unpark() }
                ThreadSleep.sleep(nanoseconds: 20_000)
            }
            defer {
                control.give(.run)
                while control.standingCount > 0 && control.current == .run {
                    for parker in parkers { parker.unpark() }
                    ThreadSleep.sleep(nanoseconds: 20_000)
                }
            }
            result = try body()
        }
        guard let result else { preconditionFailure("the closure was not called") }
        return result
    }
}
