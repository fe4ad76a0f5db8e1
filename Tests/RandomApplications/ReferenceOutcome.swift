// What a run of the reference model comes to, and how it can be made wrong on purpose.

/// What must come out of a system, for one order of steps.
public struct ReferenceOutcome: Sendable, Hashable {
    /// By workflow and sink: atoms with events, in the order of steps; in each by partition.
    public var sinks: [[[[Token]]]]
    /// By workflow: the dead letters of each step that has some. Of an aborted step, one.
    public var letters: [[[Letter]]]
    /// By workflow.
    public var abortedSteps: [[UInt64]]
    /// By splitter: events that no split wanted.
    public var droppedEvents: [Int]
    /// Events, requests and replies handled, in all.
    public var handledCount = 0
    public var order: StepOrder = [:]
}

/// A failure as the model sees it.
public struct Letter: Sendable, Hashable, CustomStringConvertible {
    public var task: String
    public var step: UInt64
    public var partition: Int
    public var key: UInt64
    public var event: String

    public var description: String {
        "\(task) step \(step) partition \(partition) key \(key): \(event)"
    }
}

/// An order that can't be followed, or a program that breaks a rule of the model.
public struct ReferenceFault: Error, CustomStringConvertible, Sendable {
    public var description: String

    public init(_ description: String) { self.description = description }
}

/// Errors put into the reference model, to see that a comparison notices them.
public enum Mutation: String, Sendable, CaseIterable {
    case dropsAnEvent, swapsUnions, forgetsAtomEnds, keepsFailedState, reversesSenders
    case reversesReplies, sharesStates, forgetsStreamEnds, losesAReply, commitsAborted
}
