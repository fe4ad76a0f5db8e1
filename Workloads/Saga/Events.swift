// The events of the saga workload; all plain bits.

/// An order; as the data of its saga it also holds what the services have replied.
@frozen
public struct Order: Sendable, BitwiseCopyable {
    /// Services that an order can run through at the most.
    public static let stepsMax = 10

    /// Its place in the source.
    public var number: UInt64
    public var item: UInt32
    /// What each service adds to the item's balance, at least 1.
    public var amount: UInt16
    /// The step that fails; none if it is not below the number of steps.
    public var failsAt: UInt8
    /// Reads of its effects by other orders, found when they were undone.
    public var dirtyReads: UInt32 = 0
    /// Sum of the balances that it found.
    public var found: Int64 = 0
    /// How often each service had been asked about the item when the order took effect there.
    public var marks = InlineArray<10, UInt32>(repeating: 0)

    /// Makes an order that has run through nothing.
    @inlinable
    public init(number: UInt64, item: UInt32, amount: UInt16, failsAt: UInt8) {
        self.number = number
        self.item = item
        self.amount = amount
        self.failsAt = failsAt
    }
}

/// What a service is asked; its key is the item, apart from that of every other service.
@frozen
public struct ServiceRequest: Sendable, BitwiseCopyable {
    public var item: UInt32
    /// Of an undoing: the mark that the service gave with the effect.
    public var mark: UInt32
    public var amount: UInt16
    public var fails: Bool
    public var isUndo: Bool

    /// Makes a request.
    @inlinable
    public init(item: UInt32, mark: UInt32 = 0, amount: UInt16, fails: Bool, isUndo: Bool) {
        self.item = item
        self.mark = mark
        self.amount = amount
        self.fails = fails
        self.isUndo = isUndo
    }
}

/// What a service replies.
@frozen
public struct ServiceReply: Sendable, BitwiseCopyable {
    /// The balance that it found.
    public var found: Int64
    /// How often it was asked about the item, this call included; of an undoing, how often others
    /// were told of what is now undone.
    public var count: UInt32
    public var isDone: Bool

    /// Makes a reply.
    @inlinable
    public init(found: Int64, count: UInt32, isDone: Bool) {
        self.found = found
        self.count = count
        self.isDone = isDone
    }
}

/// What one service knows of one item.
@frozen
public struct Account: Sendable, BitwiseCopyable, Hashable {
    /// Sum of the amounts in effect.
    public var balance: Int64 = 0
    /// Calls that have looked at the balance, undoings left out.
    public var reads: UInt32 = 0
    /// Effects that were undone, and calls that looked between an effect and its undoing.
    public var undone: UInt32 = 0
    public var dirtyReads: UInt64 = 0

    /// Makes the account of an item that nobody ordered.
    @inlinable public init() {}

    /// Serves a call.
    @inlinable @inline(__always)
    public mutating func serve(_ request: ServiceRequest) -> ServiceReply {
        if request.isUndo {
            let others = reads &- request.mark
            balance -= Int64(request.amount)
            undone &+= 1
            dirtyReads &+= UInt64(others)
            return ServiceReply(found: balance, count: others, isDone: true)
        }
        reads &+= 1
        let found = balance
        if !request.fails { balance += Int64(request.amount) }
        return ServiceReply(found: found, count: reads, isDone: !request.fails)
    }
}
