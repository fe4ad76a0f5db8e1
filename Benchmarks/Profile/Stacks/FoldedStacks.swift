// Stacks with what was counted of each: the form that everything here is made of, and that other
// tools read (Brendan Gregg's folded stacks).

/// Stacks of names, outermost first, each with its weight.
public struct FoldedStacks: Sendable, Equatable {
    /// Weight by stack.
    public private(set) var weights: [[String]: UInt64] = [:]

    /// No stacks.
    public init() {}

    /// Adds to a stack; `;` and line ends in its names become `:` and blanks.
    public mutating func add(_ stack: [String], weight: UInt64) {
        weights[stack.map(Self.cleaned), default: 0] += weight
    }

    /// The sum of all weights.
    public var total: UInt64 { weights.values.reduce(0, +) }

    /// All stacks with their weights, in the order of their names: the same for the same stacks.
    public var sorted: [(stack: [String], weight: UInt64)] {
        weights.map { ($0.key, $0.value) }
            .sorted { $0.stack.lexicographicallyPrecedes($1.stack) }
    }

    /// One line a stack, `outer;inner weight`.
    public var text: String {
        sorted.map { "\($0.stack.joined(separator: ";")) \($0.weight)\n" }.joined()
    }

    /// Reads what ``text`` wrote, or another tool of that form.
    ///
    /// - Throws: `ProfileFault` with the first line that is none.
    public init(text: String) throws(ProfileFault) {
        for (number, line) in text.split(separator: "\n").enumerated() {
            guard let blank = line.lastIndex(of: " "),
                let weight = UInt64(line[line.index(after: blank)...])
            else {
                throw ProfileFault(
                    "line \(number + 1) of the folded stacks has no weight at its end: '\(line)'")
            }
            add(line[..<blank].split(separator: ";").map(String.init), weight: weight)
        }
    }

    private static func cleaned(_ name: String) -> String {
        guard name.utf8.contains(where: { $0 == 0x3b || $0 == 0x0a }) else { return name }
        return String(name.map { $0 == ";" ? ":" : $0 == "\n" ? " " : $0 })
    }
}

/// Why a profile can't be made or read, and what to do.
public struct ProfileFault: Error, Sendable, Equatable, CustomStringConvertible {
    public let description: String

    /// A fault, in words.
    public init(_ description: String) { self.description = description }
}
