// What is wrong with an application, said before anything runs.

/// Everything that is wrong with an application, each fault with its path and its cure.
public struct LaunchError: Error, Equatable, CustomStringConvertible {
    /// The faults, in words.
    public let faults: [String]

    /// All faults as text, one a line.
    public var description: String {
        "the application was not launched:\n" + faults.map { "  " + $0 }.joined(separator: "\n")
    }
}
