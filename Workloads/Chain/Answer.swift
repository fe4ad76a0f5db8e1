// What a run of a chain must report, made of what comes out of it.
import Synthetic

/// The result of a run or of one partition of it: the events that came out, and the sum of what the
/// members have made of them.
public typealias Answer = EventSum
