// What a run leaves, gathered from all of its partitions: a lock and an addition.
import Synchronization

/// An answer that the answers of partitions, or of atoms, add up to.
public protocol Summable: Sendable {
    /// The answer of a run in which nothing happened.
    init()

    /// Takes in the answer of another partition.
    mutating func add(_ other: Self)
}

/// The answer of a run, to which all partitions add what they have seen.
///
/// - Ownership: any thread adds; it is whole once the site is at rest.
/// - Cost: an uncontended lock each time, so add what an atom or a partition has seen, no event.
public final class Gathered<Answer: Sendable>: Sendable {
    @usableFromInline let state: Mutex<Answer>

    /// Gathers from nothing.
    @inlinable public init(_ empty: Answer) { state = Mutex(empty) }

    /// Changes the answer by what a partition has seen.
    @inlinable public func add(_ change: (inout Answer) -> Void) { state.withLock { change(&$0) } }

    /// The answer, once the site is at rest.
    @inlinable public var answer: Answer { state.withLock { $0 } }
}

extension Gathered where Answer: Summable {
    /// Gathers from nothing.
    @inlinable public convenience init() { self.init(Answer()) }

    /// Takes in what a partition or an atom has seen.
    @inlinable public func add(_ answer: Answer) { state.withLock { $0.add(answer) } }
}
