// Two profiles of the same work held against each other, each divided by its own events: a longer
// run or a busier machine is no difference.

/// What changed between two profiles, for each event.
public struct ProfileDifference: Sendable {
    public let before: ProfileRecord
    public let after: ProfileRecord
    /// The stacks of the second profile.
    let afterStacks: FoldedStacks
    /// Of each stack of either, what one event has of it.
    let changes: [[String]: (after: Double, before: Double)]

    /// Compares two profiles.
    ///
    /// - Throws: `ProfileFault` if they count different things, or one does not know its events.
    public init(
        before: (stacks: FoldedStacks, record: ProfileRecord),
        after: (stacks: FoldedStacks, record: ProfileRecord)
    ) throws(ProfileFault) {
        self.before = before.record
        self.after = after.record
        afterStacks = after.stacks
        guard before.record.unit == after.record.unit else {
            throw ProfileFault(
                "the first profile counts \(before.record.unit.rawValue), the second "
                    + "\(after.record.unit.rawValue): compare profiles of one kind")
        }
        var changes: [[String]: (after: Double, before: Double)] = [:]
        for (stacks, record, isAfter) in [
            (before.stacks, before.record, false), (after.stacks, after.record, true),
        ] {
            for (stack, weight) in stacks.weights {
                guard let each = record.perEvent(weight) else {
                    throw ProfileFault(
                        "a profile whose trial gave no number of events (\(record.cell)) can't be "
                            + "compared: make it anew")
                }
                if isAfter {
                    changes[stack, default: (0, 0)].after += each
                } else {
                    changes[stack, default: (0, 0)].before += each
                }
            }
        }
        self.changes = changes
    }

    /// One line of the table.
    public struct Row: Sendable, Equatable {
        public var name: String
        /// What one event had and has.
        public var before: Double
        public var after: Double
        /// What it has more.
        public var change: Double { after - before }
    }

    /// By stage, the largest change first.
    public var stages: [Row] { rows { Stage.of(Array($0.dropFirst())).rawValue } }

    /// By innermost function, the largest change first.
    public var functions: [Row] { rows { $0.last ?? "" } }

    private func rows(_ name: ([String]) -> String) -> [Row] {
        var rows: [String: Row] = [:]
        for (stack, change) in changes {
            let name = name(stack)
            rows[name, default: Row(name: name, before: 0, after: 0)].before += change.before
            rows[name]?.after += change.after
        }
        return rows.values.sorted {
            abs($0.change) != abs($1.change)
                ? abs($0.change) > abs($1.change) : $0.name < $1.name
        }
    }

    var headLines: [String] {
        [("first", before), ("second", after)].map { name, record in
            let each = record.events.map { "\($0)" } ?? "?"
            return "\(name): \(record.cell), \(record.samples) samples of \(each) events"
        }
    }

    /// The tables as text.
    public var text: String {
        let unit = after.unit.perEvent
        var lines = headLines
        for (title, rows) in [("Stages", stages), ("Functions, without what they call", functions)]
        {
            lines += [
                "", title,
                Columns.right("first", 10) + Columns.right("second", 10)
                    + Columns.right("change", 10) + "  \(unit)",
            ]
            for row in rows.prefix(HotPaths.linesMax * 2) {
                lines.append(
                    [row.before, row.after].map { Columns.right(Columns.number($0), 10) }.joined()
                        + Columns.right(
                            (row.change > 0 ? "+" : "") + Columns.number(row.change), 10)
                        + "  \(row.name)")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// All functions as comma-separated values.
    public var csv: String {
        var lines = ["function,before_per_event,after_per_event,change_per_event"]
        for row in functions {
            lines.append(
                [
                    Columns.field(row.name), Columns.plain(row.before), Columns.plain(row.after),
                    Columns.plain(row.change),
                ].joined(separator: ","))
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
