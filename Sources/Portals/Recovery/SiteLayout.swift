// What a journal's records depend on, as text: a site goes on from a journal only with the same.

/// The parts of an engine's layout that give a record its meaning.
///
/// Where partitions run does not matter; how many there are, what they take and send, and the seed
/// of their tables and random numbers do.
enum SiteLayout {
    /// One line an element, in the order of the launch, and one of the seed.
    static func text(_ engine: Engine) -> String {
        var lines = ["seed \(engine.options.seed)"]
        let description = engine.planDescription
        for element in description.elements {
            lines.append(
                "\(element.path) (\(element.kind)), \(element.workers.count) partitions; "
                    + "stages \(element.stages.map { $0.joined(separator: " → ") }); takes "
                    + "\(element.inputs)")
        }
        return lines.joined(separator: "\n")
    }

    /// The seed that a layout was written with.
    static func seed(_ text: String) -> UInt64? {
        text.split(separator: "\n").first?.split(separator: " ").last.flatMap { UInt64($0) }
    }

    /// The numbers of partitions that a layout was written with, by path.
    static func partitionCounts(_ text: String) -> [String: Int] {
        var counts: [String: Int] = [:]
        for line in text.split(separator: "\n").dropFirst() {
            // As `text` writes it: path (kind), count partitions; …
            let head = line.prefix { $0 != ";" }.split(separator: " ")
            if head.count >= 4, let count = Int(head[head.count - 2]) {
                counts[String(head[0])] = count
            }
        }
        return counts
    }

    /// The first line that differs.
    static func difference(
        _ journal: String, _ launched: String
    ) -> (journal: String, launched: String)? {
        if journal == launched { return nil }
        let old = journal.split(separator: "\n").map(String.init)
        let new = launched.split(separator: "\n").map(String.init)
        for index in 0..<max(old.count, new.count) {
            let left = index < old.count ? old[index] : "nothing more"
            let right = index < new.count ? new[index] : "nothing more"
            if left != right { return (left, right) }
        }
        return nil
    }
}
