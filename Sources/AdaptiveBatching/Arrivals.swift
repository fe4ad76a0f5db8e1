// What waits outside to be taken into atoms, as an implementation of it is asked.
import Portals

/// What has come, and was not taken.
public enum Arrived: Sendable, Equatable {
    /// So many events, at least one.
    case events(Int)
    /// None; more may come, and whoever brings them wakes the source.
    case none
    /// None before this time, which is not here yet: nanoseconds of the site's clock.
    case noneUntil(nanoseconds: UInt64)
    /// No more will come: the stream seals.
    case ended
}

/// Events that come from outside, in an order, and wait to be taken into atoms.
///
/// Events are numbered from 0 in the order in which they are taken, over all runs of a site with a
/// journal: an atom is a range of these numbers.
///
/// - Ownership: the thread of the worker that leads the source calls all, one at a time; `isIdle`
///   is also called by others while that stands still.
/// - Cost: `look` is called at each step of a worker that has nothing else to do, and must not
///   wait; the others once an atom.
public protocol Arrivals: AnyObject {
    /// Bytes of the longest record of an atom of so many events.
    func recordByteCountMax(eventCount: Int) -> Int
    /// Called once, before the first look.
    ///
    /// - Parameters:
    ///   - next: the number of the event that is taken next: so many were taken by runs before.
    ///   - wake: to be called, by any thread, when something has come where nothing was.
    func begin(at next: Int, wake: @escaping @Sendable () -> Void)
    /// How many have come by a time, and were not taken.
    ///
    /// - Parameter nanoseconds: of the site's clock; never less than at the last call.
    func look(at nanoseconds: UInt64) -> Arrived
    /// Takes the oldest events, as many as the range has: appends to the atom's record what they
    /// are, or how to make them again, for its decoder; or that and what the decoder gets instead
    /// to its content.
    ///
    /// - Parameter range: their numbers; not more than the last look said.
    func take(_ range: Range<Int>, into atom: inout FeedAtom)
    /// An atom that an earlier run took comes again, before `begin`; its content is to be filled in
    /// if it had one.
    ///
    /// - Returns: how many events it has.
    /// - Errors: what is wrong with the record; the recovery is refused.
    func replay(_ atom: inout FeedAtom) throws(ArrivalsError) -> Int
    /// All that followed from an atom's events is done, and sinks have it; in `durable` mode, when
    /// it is durable. Replayed atoms complete too; atoms in no promised order.
    func completed(_ range: Range<Int>, at nanoseconds: UInt64)
    /// Nothing has come that was not taken, and it isn't known that something will: a site may
    /// rest.
    var isIdle: Bool { get }
}

extension Arrivals {
    /// Does nothing.
    public func completed(_ range: Range<Int>, at nanoseconds: UInt64) {}
}

/// A record that arrivals can't take back.
public struct ArrivalsError: Error, CustomStringConvertible {
    /// What is wrong, and what to do.
    public let description: String
    /// Says what is wrong.
    public init(_ description: String) { self.description = description }
}
