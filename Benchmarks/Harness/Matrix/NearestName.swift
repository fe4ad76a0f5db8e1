// The known name that a mistyped one was meant to be.

/// Suggestions for mistyped names.
enum NearestName {
    /// The cure for an unknown name: the nearest known one, or all of them.
    static func cure(for name: String, among known: [String]) -> String {
        guard !known.isEmpty else { return "there is none in this program" }
        let ranked = known.map { ($0, distance(name.lowercased(), $0)) }
        if let best = ranked.min(by: { $0.1 < $1.1 }), best.1 <= max(2, name.count / 3) {
            return "did you mean '\(best.0)'?"
        }
        return "known are: \(known.joined(separator: ", "))"
    }

    /// Insertions, deletions and substitutions that make one text of the other (Levenshtein).
    static func distance(_ left: String, _ right: String) -> Int {
        let right = Array(right)
        var previous = Array(0...right.count)
        for (row, letter) in left.enumerated() {
            var current = [row + 1]
            for (column, other) in right.enumerated() {
                current.append(
                    min(
                        previous[column + 1] + 1, current[column] + 1,
                        previous[column] + (letter == other ? 0 : 1)))
            }
            previous = current
        }
        return previous[right.count]
    }
}
