// What a run of the counting actor must report: a count for each workflow, and what its sink saw.
import Synthetic

/// The result of a run.
public struct Answer: Sendable, Hashable {
    /// What the actor of each workflow counted.
    public var counted: [EventSum]
    /// What came out of each workflow.
    public var passedOn: [EventSum]

    /// The answer of a run in which nothing came.
    public init(_ definition: Definition) {
        counted = Array(repeating: EventSum(), count: definition.workflows)
        passedOn = counted
    }
}
