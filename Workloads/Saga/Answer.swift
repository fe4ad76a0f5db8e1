// What a run of the saga workload must report, and how outcomes are counted.

/// The result of a run: how the orders ended, and what the services hold.
public struct Answer: Sendable, Hashable {
    /// How the orders ended.
    public var tally = Tally()
    /// By service and item: the sums of amounts in effect.
    public var balances: [[Int64]]
    /// Calls that services undid, and calls by others between an effect and its undoing.
    public var undone: UInt64 = 0
    public var dirtyReads: UInt64 = 0

    /// Makes the answer of a run without orders.
    public init(_ definition: Definition) {
        balances = Array(
            repeating: Array(repeating: 0, count: Int(definition.items)), count: definition.steps)
    }

    /// Takes in what a service knows of an item.
    public mutating func add(_ account: Account, service: Int, item: UInt32) {
        balances[service][Int(item)] += account.balance
        undone += UInt64(account.undone)
        dirtyReads += account.dirtyReads
    }
}

/// Counts of outcomes, on one partition or of all.
@frozen
public struct Tally: Sendable, Hashable, BitwiseCopyable {
    public var committed: UInt64 = 0
    /// Orders whose effects were all undone; of atomic orders, those that were aborted.
    public var compensated: UInt64 = 0
    /// Orders that ended in any other way: there must be none.
    public var other: UInt64 = 0
    /// Sums over the numbers of those orders, scattered, modulo 2^64: which they were. That of
    /// compensated ones also says at which step they failed.
    public var committedDigest: UInt64 = 0
    public var compensatedDigest: UInt64 = 0
    /// Over committed orders: the balances that they found.
    public var foundDigest: UInt64 = 0
    /// Reads by others of what was undone later, as the outcomes tell.
    public var dirtyReads: UInt64 = 0

    /// Counts nothing.
    @inlinable public init() {}

    /// Counts an order of which every step is in effect.
    @inlinable @inline(__always)
    public mutating func commit(_ order: Order) {
        committed &+= 1
        let scattered = splitMix64(seed: 0, index: order.number)
        committedDigest &+= scattered
        foundDigest &+= scattered &* UInt64(bitPattern: order.found)
    }

    /// Counts an order of which every step is undone.
    @inlinable @inline(__always)
    public mutating func compensate(_ order: Order, failedStep: Int) {
        compensated &+= 1
        compensatedDigest &+= splitMix64(seed: UInt64(failedStep) &+ 1, index: order.number)
        dirtyReads &+= UInt64(order.dirtyReads)
    }

    /// Takes in the counts of another partition.
    public mutating func add(_ other: Tally) {
        committed += other.committed
        compensated += other.compensated
        self.other += other.other
        committedDigest &+= other.committedDigest
        compensatedDigest &+= other.compensatedDigest
        foundDigest &+= other.foundDigest
        dirtyReads += other.dirtyReads
    }
}
