// A decided step as its partition has it, and what its levels have given so far.

/// A decided step, as a partition has it.
struct StepRecord: BitwiseCopyable {
    var number: UInt64
    var time: UInt64
    /// The step of its producer that the input came of; of a source, the atom's number.
    var producerStep: UInt64
    /// The senders that have a part for this partition.
    var senders: UInt64
    var root: UInt32
    var input: UInt16
    var levelsLeft: UInt8
    var hasEntered = false
    var hasVoted = false
    /// The application was stopped: the leader gives such steps no level to run.
    var isRefused: Bool { levelsLeft == 0 && !hasEntered }
}

/// What a level gave for a channel (or, negative, a collected node), of a step that has not ended.
struct SavedPart {
    var step: UInt64
    var channel: Int
    var destination: Int
    var part: Part
}

/// Replies that some levels of a step have taken, and others not.
struct EnteredReplies {
    var step: UInt64
    var part: Part
}
