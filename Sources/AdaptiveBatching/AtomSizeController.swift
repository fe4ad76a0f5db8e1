// How large atoms may be, found by trying: grow while they complete in time, shrink when one does
// not.

/// The largest size of atoms that completes within an objective, as far as is known.
///
/// ```
/// limit
///   │            ╱│   ╱│   ╱│     by `increment`; at a miss a tenth back
///   │          ╱  │ ╱  │ ╱  │ ╱
///   │       ┌─┘   └    └    └
///   │     ┌─┘                     by an eighth, while an atom takes less than 8/9 of the objective
///   │    ┌┘
///   │  ┌─┘                        twofold, while it takes less than half
///   └──────────────────────── atoms
/// ```
/// A value without a clock: whoever forms atoms asks it for ``limit``, and tells it how long each
/// took.
///
/// - Cost: a few instructions an atom; no memory.
/// - Source: Crankshaw et al., *Clipper* (NSDI 2017), section 4.3: additive increase, and a
///   decrease by a tenth, because the best size moves little, unlike a network's bandwidth. Near
///   the objective it is that. Clipper's sizes are tens or hundreds; in the thousands its additions
///   would take minutes, so farther away the steps are larger, as far as the time leaves room for
///   them. Where an atom of n events takes a + b·n they do not overshoot: f times the size takes
///   less than f times the time, and the size times objective over time, where that is below 1, is
///   not below the largest size that keeps the objective.
public struct AtomSizeController: Sendable, Equatable {
    /// Nanoseconds that an atom may take, from its forming to its completion.
    public let objectiveNanoseconds: UInt64
    /// Between these the limit stays.
    public let sizes: ClosedRange<Int>
    /// Events that the limit grows by near the objective. 1: the finest, and the fewest misses; a
    /// limit of thousands then takes some hundred atoms from one miss to the next.
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
            let step: Int
            if nanoseconds <= objectiveNanoseconds / 2 {
                step = limit
            } else if nanoseconds <= objectiveNanoseconds - objectiveNanoseconds / 9 {
                step = limit / 8
            } else {
                step = 0
            }
            let room = sizes.upperBound - limit
            limit += min(room, max(increment, step))
        }
    }
}
