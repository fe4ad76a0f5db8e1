// The rows of a leader's tables: decided steps, inputs, channels.

/// A decided step, as the leader has it.
struct LedgerEntry: BitwiseCopyable {
    var number: UInt64
    var root: UInt32
    var input: UInt16
    /// Partitions that have not done it.
    var pending: UInt64 = 0
    var participants: UInt64 = 0
    var hasFailed = false
    var isSettled = false
    var isRefusal = false

    init(number: UInt64, root: UInt32, input: UInt16) {
        self.number = number
        self.root = root
        self.input = input
    }
}

/// One entry of the recorded order of steps.
public struct OrderEntry: BitwiseCopyable, Sendable, Equatable {
    /// The input of the element that the step consumed.
    public var input: UInt16
    /// The step of the producer that made the atom; of a source, the atom's number.
    public var producerStep: UInt64
}

/// What a step reads of an input.
struct InputLine: BitwiseCopyable {
    var available: Uncounted<AvailableAtoms>
    var senders: Int
    var levelCount: UInt8
    var skipsEmptyPartitions: Bool
}

/// What a step reads of a channel: all of its consumer that it needs, because the consumer's own
/// lines are written by another worker.
struct ChannelLine: BitwiseCopyable {
    var consumer: Int
    var input: Int
    var firstPartition: Int
    var inlet: Int
}

/// Inputs that come before or after those of other classes, in turn among themselves.
struct ClassLine: BitwiseCopyable {
    var start = 0
    var count = 0
    var turn = 0
}
