// A workload as the harness knows it: a name, a question, and what may be varied.

/// A kind of work that systems are compared on.
public struct Workload: Sendable, Equatable {
    /// The name in flags, files and results: lower case with dashes.
    public let name: String
    /// The question that a measurement of it answers, in one line.
    public let question: String
    /// Axes that only this workload has.
    public let parameters: [ParameterAxis]

    /// A workload.
    public init(name: String, question: String, parameters: [ParameterAxis] = []) {
        self.name = name
        self.question = question
        self.parameters = parameters
    }
}
