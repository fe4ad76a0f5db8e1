// What a worker does while it has nothing to do.
import CPlatform
import Glibc

/// How a worker waits for work. When unsure, `park`.
public enum IdleStrategy: String, CaseIterable, Sendable {
    /// Looks again and again with only a pause instruction between.
    ///
    /// Trades a whole core, always, for the lowest wake-up: one cache-line transfer, 0.1 to 0.5 µs.
    /// The risk: with more runnable threads than processors it takes the time slice of the very
    /// thread it waits for, and a hand-over then takes milliseconds. Pick it for measuring latency,
    /// on pinned workers with a processor each.
    case spin
    /// Spins for a short while, then offers the processor to other threads between looks.
    ///
    /// Trades a core that looks fully busy for a wake-up near that of `spin` when nobody else wants
    /// the processor, and for progress when somebody does. Each look costs a system call of about
    /// 0.5 µs. Pick it where workers may outnumber processors and latency matters more than power.
    case yield
    /// Spins, then yields, then sleeps in the kernel until somebody unparks the worker.
    ///
    /// Trades a wake-up of 5 to 60 µs after a quiet time for an idle worker that uses no
    /// processor. Under load it behaves like `spin`. Needs every giver of work to call
    /// `Parker.unparkIfAnnounced` after publishing it. Pick it when unsure.
    case park
}

/// The idle time of one worker: its loop calls `idled` after each step that did nothing and
/// `worked` after each that did something.
///
/// ```
/// while !stopped { if worker.step() { idle.worked() } else { idle.idled() } }
/// ```
///
/// Before it sleeps it announces that to the parker and returns, so that the next step of the loop
/// is the one look for work that makes a lost wake-up impossible.
///
/// - Ownership: one thread, the one that sleeps on the parker.
/// - Cost: `worked` is two compares; `idled` spins, yields or sleeps. No allocation.
public struct IdleState {
    /// What it trades.
    public let strategy: IdleStrategy
    /// Where the worker sleeps; givers of work wake it there.
    public let parker: Parker
    /// Steps without work, each with one pause, before the thread yields.
    ///
    /// 1,000: a pause takes 26 ns and a look at a few rings some 10, so 26 to 40 µs in all: about
    /// what a sleep and its wake-up cost (20 µs one way, both measured on an EPYC guest, 2026-11).
    /// Spinning for as long as sleeping costs loses at most half against the best choice, whatever
    /// the arrivals (Karlin et al., "Competitive snoopy caching", 1988).
    public let spinCount: Int
    /// Steps without work after those, each with one `sched_yield`, before the thread parks.
    ///
    /// 50: at 0.5 µs each about 25 µs more, during which another thread on this processor runs.
    public let yieldCount: Int
    /// The same where something that was asked for is under way, so that a wake-up is near.
    ///
    /// 600: some 300 µs, longer than the synchronization of a disk that an output waits for, 0.1 to
    /// 0.25 ms. Yields, so whoever brings it loses no processor to those who wait.
    public static let awaitingYieldCount = 600
    /// The longest sleep; nil sleeps until unparked.
    public let parkNanosecondsMax: UInt64?

    private var idleSteps = 0
    private var hasAnnounced = false

    /// Starts awake; negative counts are taken as 0.
    public init(
        _ strategy: IdleStrategy, parker: Parker, spinCount: Int = 1_000, yieldCount: Int = 50,
        parkNanosecondsMax: UInt64? = nil
    ) {
        self.strategy = strategy
        self.parker = parker
        self.spinCount = max(0, spinCount)
        self.yieldCount = max(0, yieldCount)
        self.parkNanosecondsMax = parkNanosecondsMax
    }

    /// What one idle step does.
    public enum Action: Equatable, Sendable { case spin, yield, announce, park }

    /// The step did something: the next idle time starts with spinning.
    public mutating func worked() {
        if hasAnnounced {
            parker.withdraw()
            hasAnnounced = false
        }
        idleSteps = 0
    }

    /// Nothing is expected soon, or the processor is somebody else's: goes on as if it had spun and
    /// yielded already.
    public mutating func skipToSleep() { idleSteps = max(idleSteps, spinCount + yieldCount) }

    /// The step found nothing: waits as the strategy says and tells what it did.
    ///
    /// - Parameters:
    ///   - limitNanoseconds: bounds a sleep, if it is shorter than the longest one.
    ///   - isAwaiting: something that was asked for is under way; see ``awaitingYieldCount``.
    @discardableResult
    public mutating func idled(
        limitNanoseconds: UInt64? = nil, isAwaiting: Bool = false
    ) -> Action {
        let action = nextAction(yields: isAwaiting ? Self.awaitingYieldCount : yieldCount)
        switch action {
        case .spin: portals_pause()
        case .yield: sched_yield()
        case .announce: parker.announce()
        case .park:
            let longest = parkNanosecondsMax ?? .max
            let limit = min(limitNanoseconds ?? .max, longest)
            parker.park(timeoutNanoseconds: limit == .max ? nil : limit)
        }
        return action
    }

    /// The transition, without carrying the action out.
    private mutating func nextAction(yields: Int) -> Action {
        if strategy == .spin { return .spin }
        if idleSteps < spinCount {
            idleSteps += 1
            return .spin
        }
        if strategy == .yield { return .yield }
        if !hasAnnounced && idleSteps - spinCount < yields {
            idleSteps += 1
            return .yield
        }
        // Announce, let the loop look once, park; after a sleep look and announce again.
        hasAnnounced.toggle()
        return hasAnnounced ? .announce : .park
    }
}
