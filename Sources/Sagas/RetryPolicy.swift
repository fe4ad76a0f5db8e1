// How often a call of a saga is made again, and how long it waits before.

/// How often a step, or its compensation, is asked again when it was not done.
///
/// ```swift
/// retries: .attempts(3, backoffNanoseconds: 1_000_000)
/// ```
/// The pause before an attempt doubles with each. It passes in logical time: a replay repeats it.
@frozen
public struct RetryPolicy: Sendable, Hashable, BitwiseCopyable {
    /// Calls in all, the first one included, at least 1; nil to go on until it is done.
    public var attemptsMax: Int?
    /// The pause before the second call; 0 for none.
    public var backoffNanoseconds: UInt64
    /// What no pause exceeds.
    public var backoffNanosecondsMax: UInt64

    /// A policy; see ``attempts(_:backoffNanoseconds:backoffNanosecondsMax:)``.
    public init(
        attemptsMax: Int?, backoffNanoseconds: UInt64 = 0, backoffNanosecondsMax: UInt64 = .max
    ) {
        self.attemptsMax = attemptsMax
        self.backoffNanoseconds = backoffNanoseconds
        self.backoffNanosecondsMax = backoffNanosecondsMax
    }

    /// One call, and no other.
    public static let once = RetryPolicy(attemptsMax: 1)

    /// So many calls in all, with pauses that begin with one length and double.
    public static func attempts(
        _ count: Int, backoffNanoseconds: UInt64 = 0, backoffNanosecondsMax: UInt64 = .max
    ) -> RetryPolicy {
        RetryPolicy(
            attemptsMax: count, backoffNanoseconds: backoffNanoseconds,
            backoffNanosecondsMax: backoffNanosecondsMax)
    }

    /// As many calls as it takes: after 1 ms, 2 ms, 4 ms, … and then one a second.
    ///
    /// A millisecond is some thousand times what a call takes within a site, and a second what a
    /// person who mends a service does not mind; both as in the retries of Temporal, which begin
    /// with a second because its calls cross a network.
    public static let untilDone = RetryPolicy(
        attemptsMax: nil, backoffNanoseconds: 1_000_000, backoffNanosecondsMax: 1_000_000_000)

    /// Whether another call may follow so many.
    @inlinable
    func allows(after attempts: UInt32) -> Bool { attemptsMax.map { Int(attempts) < $0 } ?? true }

    /// The pause before the call that follows so many, at least one.
    @inlinable
    func pause(after attempts: UInt32) -> UInt64 {
        if backoffNanoseconds == 0 { return 0 }
        let doublings = UInt64(attempts - 1)
        // Beyond the leading zeros the doubled value no longer fits.
        if doublings >= UInt64(backoffNanoseconds.leadingZeroBitCount) {
            return backoffNanosecondsMax
        }
        return Swift.min(backoffNanoseconds << doublings, backoffNanosecondsMax)
    }

    func faults(_ subject: String) -> [String] {
        var faults: [String] = []
        if let attemptsMax, attemptsMax < 1 || attemptsMax > Int(UInt32.max) {
            faults.append(
                "\(subject) is called \(attemptsMax) times; give at least 1 attempt, or .untilDone")
        }
        if attemptsMax == nil && backoffNanoseconds == 0 {
            faults.append(
                "\(subject) is retried until it is done, without a pause: it would keep the site "
                    + "busy for as long as its service fails; give backoffNanoseconds above 0")
        }
        if backoffNanosecondsMax < backoffNanoseconds {
            faults.append(
                "\(subject) pauses \(backoffNanoseconds) ns at first and \(backoffNanosecondsMax) "
                    + "ns at the most; give a larger backoffNanosecondsMax")
        }
        return faults
    }
}
