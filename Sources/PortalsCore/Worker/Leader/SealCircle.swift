// How the elements of a circle of asks find out that nothing can come to any of them any more, and
// which of them seals next: their leaders run on different workers, so none sees it alone.
import Synchronization

/// Elements that wait for each other's end: each asks, or gives its stream to, another of them.
///
/// They seal one after the other, each when the ones before it have completed and all are at rest.
/// For that the leaders speak in rounds, each once a round, only while its element is *ready*: its
/// generator has ended, what lies upstream of the circle has completed, it has no step to decide or
/// to retire and no open ask (so that no time-out of its can do anything), and no source atom has
/// consequences anywhere. A round in which no element had made a step since it spoke in the round
/// before proves that all are at rest:
///
/// - Between the two rounds there was a moment at which every element was ready, since each has
///   spoken before it and again after it without a step between.
/// - No atom was on its way to one of them at that moment. Its root is live until the element
///   retires a step on it; the element would have seen that when it spoke after it, or made a step.
/// - Ready elements to which nothing is on its way stay so: an atom would have to come of their own
///   sources, which have ended; from upstream, which has completed; or as the reply to an ask, of
///   which none is open. (The reply to an ask that was given up does nothing.)
///
/// So the proof holds until one of them seals. What that causes, and its completion, start anew.
/// A recovery does without: a seal is a recorded decision, which comes after all that its element
/// decided before, and after all that the proof rests on (``DurableGate``); they speak again when
/// what was recorded is used up.
///
/// - Cost: leaders look at it only when their worker has nothing else to do.
final class SealCircle: Sendable {
    /// Their numbers in the order in which they seal: what a stream comes from before what reads
    /// it.
    let members: [Int]
    /// From the lowest bit: how many have spoken; the first of them that has not completed; whether
    /// none has made a step since it spoke last; the number of the round.
    private let state = Atomic<UInt64>(SealCircle.begin(0, isSteady: false))

    private static let placeBits: UInt64 = 20
    private static let places: UInt64 = (1 << placeBits) - 1
    private static let steadyBit: UInt64 = 1 << (2 * placeBits)
    private static let roundShift = 2 * placeBits + 1

    init(_ members: [Int]) {
        precondition(members.count < Int(Self.places), "a circle of \(members.count) elements")
        self.members = members
    }

    private static func begin(_ round: UInt64, isSteady: Bool) -> UInt64 {
        round << roundShift | (isSteady ? steadyBit : 0) | places << placeBits
    }

    private func isProved(_ state: UInt64) -> Bool { state & Self.places == members.count }

    /// The round in which its leaders speak; nil while it is proved that all are at rest.
    var round: UInt64? {
        let now = state.load(ordering: .acquiring)
        return isProved(now) ? nil : now >> Self.roundShift
    }

    /// The place of the element that is to seal, or to complete; nil while there is none.
    var turn: Int? {
        let now = state.load(ordering: .acquiring)
        let first = now >> Self.placeBits & Self.places
        return isProved(now) && first != Self.places ? Int(first) : nil
    }

    /// A ready element speaks, once in a round.
    ///
    /// - Parameters:
    ///   - place: its place in `members`; nil if it has completed.
    ///   - isSteady: it has made no step since it spoke last.
    /// - Returns: it was the last of the round, so that others have something to do.
    func speak(_ round: UInt64, place: Int?, isSteady: Bool) -> Bool {
        var old = state.load(ordering: .acquiring)
        while true {
            if old >> Self.roundShift != round || isProved(old) { return false }
            let first = min(
                old >> Self.placeBits & Self.places,
                place.map { UInt64($0) } ?? Self.places)
            let count = old & Self.places + 1
            let steady = isSteady ? old & Self.steadyBit : 0
            let isLast = count == members.count
            let new =
                isLast && steady == 0
                ? Self.begin(round + 1, isSteady: true)
                : round << Self.roundShift | steady | first << Self.placeBits | count
            // Releases what the element has done to those who speak in the next round.
            let result = state.compareExchange(
                expected: old, desired: new, ordering: .acquiringAndReleasing)
            if result.exchanged { return isLast }
            old = result.original
        }
    }

    /// An element has sealed or completed: what was said before proves nothing any more.
    func restart() {
        var old = state.load(ordering: .acquiring)
        while true {
            let result = state.compareExchange(
                expected: old, desired: Self.begin(old >> Self.roundShift + 1, isSteady: false),
                ordering: .acquiringAndReleasing)
            if result.exchanged { return }
            old = result.original
        }
    }
}
