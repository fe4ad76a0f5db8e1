// What a service is told of the call that it serves, and what a saga makes of its reply.
import Portals

/// Which call of which saga a request is: put it into the request, for the service to know it by.
///
/// A call that timed out is made again with the same saga, step and direction, and another attempt.
/// ``SagaLedger`` tells a service that it has served it.
@frozen
public struct SagaCall: Event, Hashable, BitwiseCopyable {
    /// The saga.
    public var saga: Key
    /// The recorded time of the step that asked: nanoseconds since launch. A service's own
    /// `task.time` may lag behind it.
    public var askedAt: UInt64
    /// The step, from 0.
    public var step: UInt16
    /// Whether the step is to be undone.
    public var isCompensation: Bool
    /// Calls of this step in this direction, this one included: from 1 on.
    public var attempt: UInt32

    /// A call; a saga makes its own.
    @inlinable
    public init(
        saga: Key, step: UInt16, isCompensation: Bool = false, attempt: UInt32 = 1,
        askedAt: UInt64 = 0
    ) {
        self.saga = saga
        self.askedAt = askedAt
        self.step = step
        self.isCompensation = isCompensation
        self.attempt = attempt
    }
}

/// What a reply means for the saga.
@frozen
public enum SagaVerdict: UInt8, Sendable, Hashable, BitwiseCopyable {
    /// The step, or its compensation, is in effect.
    case done
    /// It is not, and asking again would not help. A compensation is asked again all the same.
    case failed
    /// It is not; asking again may help, as often as the step's policy allows.
    case retry
}

/// How a saga ended.
@frozen
public enum SagaEnding: Sendable, Hashable, BitwiseCopyable {
    /// All steps are in effect.
    case committed
    /// A step failed, and all before it are undone.
    case compensated(failedStep: Int)
    /// A compensation was tried as often as its policy allows, and failed: it and the steps before
    /// it are in effect. Only with a policy that has an end.
    case stuck(failedStep: Int, undoing: Int)
    /// A saga with this identity was running: this one has done nothing.
    case alreadyRunning
}

/// The one event that a saga puts out.
@frozen
public struct SagaOutcome<Data: Event>: Event {
    /// The saga: what it was identified by.
    public var saga: Key
    /// How it ended.
    public var ending: SagaEnding
    /// Calls beyond the first of each step and compensation.
    public var retries: UInt32
    /// The recorded time of the step in which it began; nanoseconds since launch.
    public var begunAt: UInt64
    /// The same of the step in which it ended.
    public var endedAt: UInt64
    /// The saga's data, as the replies have left it.
    public var data: Data

    @inlinable
    init(
        saga: Key, ending: SagaEnding, retries: UInt32, begunAt: UInt64, endedAt: UInt64, data: Data
    ) {
        self.saga = saga
        self.ending = ending
        self.retries = retries
        self.begunAt = begunAt
        self.endedAt = endedAt
        self.data = data
    }
}

extension SagaOutcome: Equatable where Data: Equatable {}
extension SagaOutcome: Hashable where Data: Hashable {}
