// What workers tell one another: one cache line each, carried by rings, in order for each pair.

/// A message between two workers. What the words mean depends on the kind.
@frozen @usableFromInline
struct Message: BitwiseCopyable {
    enum Kind: UInt8 {
        /// An atom's part for an inlet. target: partition; sender: partition index of the producer;
        /// step: the producer's step; a: inlet; b: the part. flag 1: it is the whole atom, which is
        /// `available` with it: c: root; d: mask; e: element; f: input.
        case part
        /// A step was decided. target: partition; step; a: input; b: the atom's number or step at
        /// its producer; c: mask of senders that have a part here; d: time; e: root.
        case decision
        /// A partition has done a step. target: element; sender: partition index; step; a: first
        /// channel; b…e: for up to four channels the mask of destinations with a part; f: pending
        /// asks; flag: 1 when more channels follow; vote in bit 1: 2 when a handler failed.
        case done
        /// An atom stands in a channel. target: element; step: the producer's; a: input; b…e: for
        /// up to four senders the mask of their destinations; f: root; sender: first sender.
        case available
        /// A part was read. b: the part.
        case release
        /// An atomic step counts or not. target: partition; step; a: 1 commits, 0 undoes.
        case verdict
        /// A producer will send no more. target: element; a: the producer's element.
        case completed
        /// All that followed from an atom of a feed is done. target: element; a: the atom's number;
        /// b: the drain that its end waited for, or `max`.
        case ended
        /// An ask has a time-out. target: element; a: the time.
        case deadline
    }

    var kind: UInt8
    var flag: UInt8 = 0
    var sender: UInt16 = 0
    var target: UInt32
    var step: UInt64 = 0
    var a: UInt64 = 0
    var b: UInt64 = 0
    var c: UInt64 = 0
    var d: UInt64 = 0
    var e: UInt64 = 0
    var f: UInt64 = 0

    init(_ kind: Kind, target: Int) {
        self.kind = kind.rawValue
        self.target = UInt32(truncatingIfNeeded: target)
    }
}
