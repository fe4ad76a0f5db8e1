// Instructions by function as callgrind counts them: the same on any machine, however busy it is.

/// What one run of callgrind counted.
public struct Callgrind: Sendable, Equatable {
    /// Instructions of each function without those that it calls, by mangled name.
    public private(set) var instructions: [String: UInt64] = [:]

    /// Reads the file of a run with `--compress-strings=no --compress-pos=no`.
    ///
    /// Format: valgrind manual, "Callgrind Format Specification". A line behind `calls=` holds what
    /// the callee took, which is counted with that.
    public init(text: String) {
        var function = ""
        var isCall = false
        for line in text.split(separator: "\n") {
            if line.hasPrefix("fn=") {
                function = String(line.dropFirst(3))
                // A quote and a number tell recursions apart.
                if let quote = function.lastIndex(of: "'") {
                    function = String(function[..<quote])
                }
            } else if line.hasPrefix("calls=") {
                isCall = true
            } else if line.first?.isNumber ?? false {
                if isCall {
                    isCall = false
                } else if let cost = line.split(separator: " ").dropFirst().first.flatMap({
                    UInt64($0)
                }) {
                    instructions[function, default: 0] += cost
                }
            }
        }
    }

    /// What `many` counted beyond `few`: without start and end of the process, and without the
    /// check of the answer, which is no part of what is measured.
    ///
    /// - Returns: stacks of one function each.
    public static func difference(few: Callgrind, many: Callgrind) -> FoldedStacks {
        var stacks = FoldedStacks()
        for (function, count) in many.instructions {
            let before = few.instructions[function] ?? 0
            let name = Demangler.shortName(function)
            if count > before, !name.contains("Oracle.") {
                stacks.add(["instructions", name], weight: count - before)
            }
        }
        return stacks
    }
}
