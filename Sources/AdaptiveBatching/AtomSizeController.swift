// How large atoms may be, found by trying: grow while they complete in time, shrink when one does
// not.

/// The largest size of atoms that completes within an objective, as far as is known.
///
/// ```
/// size
///   │         ╱│  ╱│  ╱│      additive growth, a tenth back at each miss
///   │       ╱  │╱  │╱  │╱
///   │     ┌┘
///   │   ┌─┘                   doubling, while an atom takes less than half of the objective
///   │ ┌─┘
///   └──────────────────────── atoms
/// ```
/// A value without a clock: whoever forms atoms asks it for ``limit``, and tells it how long each
/// took.
///
/// - Cost: a few instructions an atom; no memory.
/// - Source: Crankshaw et al., *Clipper* (NSDI 2017), section 4.3: additive increase, multiplicative
///   decrease by 10 %. Two rules are ours, for limits in the thousands that Clipper does not have:
///   doubling far below the objective, and a larger step back far above it. Neither overshoots where
///   an atom of n events takes a + b·n: twice the size takes less than twice the time, and the size
///   times objective over time is never below the largest size that keeps the objective.
public struct AtomSizeController: Sendable, Equatable {
    /// Nanoseconds that an atom may take, from its forming to its completion.
    public let objectiveNanoseconds: UInt64
    /// Between these the limit stays.
    public let sizes: ClosedRange<Int>
    /// Events that the limit grows by, where it does not double. 1: the finest; the limit is found
    /// by doubling, so that this only follows it.
    public let increment: Int
    /// What a miss multiplies the limit by, if it was a near one. 0.9, as in Clipper: the best size
    /// moves little, unlike a network's bandwidth, where half is usual.
    public let backoff: Double
    /// Events that an atom may have now.
    public private(set) var limit: Int

    /// What the limit keeps at least of itself at a miss: one atom that met a stall of seconds must
    /// not cost what was learned. A half is undone by one doubling.
    private static let backoffMin = 0.5

    /// Starts at the smallest size, where nothing is known.
    ///
    /// - Parameter sizes: from 1 at least.
    public init(
        objectiveNanoseconds: UInt64, sizes: ClosedRange<Int> = 1...4_096, increment: Int = 1,
        backoff: Double = 0.9
    ) {
        precondition(
            sizes.lowerBound >= 1, "atoms have from \(sizes.lowerBound) events: give at least 1")
        precondition(increment >= 1, "the limit grows by \(increment): give at least 1")
        precondition(
            backoff >= Self.backoffMin && backoff < 1,
            "a miss multiplies the limit by \(backoff): give from 0.5 to below 1")
        self.objectiveNanoseconds = objectiveNanoseconds
        self.sizes = sizes
        self.increment = increment
        self.backoff = backoff
        limit = sizes.lowerBound
    }

    /// An atom is completed.
    ///
    /// - Only atoms that were filled to the present limit argue for more: smaller ones say nothing
    ///   of larger ones, and those formed under a smaller limit have had their say.
    /// - A miss counts once for all atoms that were in flight under its limit.
    /// - Parameters:
    ///   - limit: the limit when it was formed.
    ///   - nanoseconds: from then until it was completed.
    public mutating func atomCompleted(eventCount: Int, limit formed: Int, nanoseconds: UInt64) {
        if nanoseconds > objectiveNanoseconds {
            let ratio = Double(objectiveNanoseconds) / Double(nanoseconds)
            let factor = max(Self.backoffMin, min(backoff, ratio))
            limit = max(sizes.lowerBound, min(limit, Int(Double(formed) * factor)))
        } else if eventCount >= limit {
            let larger =
                nanoseconds <= objectiveNanoseconds / 2
                ? limit.multipliedReportingOverflow(by: 2)
                : limit.addingReportingOverflow(increment)
            limit = larger.overflow ? sizes.upperBound : min(larger.partialValue, sizes.upperBound)
        }
    }
}
