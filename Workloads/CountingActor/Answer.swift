// What a run of the counting actor must report: a count for each workflow, and what its sink saw.

/// Events that one place has seen.
@frozen
public struct Count: Sendable, BitwiseCopyable, Hashable {
    /// How many.
    public var events: UInt64 = 0
    /// Their sum, modulo 2^64.
    public var sum: UInt64 = 0

    /// Counts from nothing.
    @inlinable public init() {}

    /// Takes one event.
    @inlinable @inline(__always)
    public mutating func take(_ value: Value) {
        events &+= 1
        sum &+= value.integer
    }

    /// Takes in what another place has seen.
    public mutating func add(_ other: Count) {
        events += other.events
        sum &+= other.sum
    }
}

/// The result of a run.
public struct Answer: Sendable, Hashable {
    /// What the actor of each workflow counted.
    public var counted: [Count]
    /// What came out of each workflow.
    public var passedOn: [Count]

    /// The answer of a run in which nothing came.
    public init(_ definition: Definition) {
        counted = Array(repeating: Count(), count: definition.workflows)
        passedOn = counted
    }
}
