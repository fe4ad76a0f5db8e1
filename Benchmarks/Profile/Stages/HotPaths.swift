// Where the time goes, in words and numbers: by stage, by task and stage, by function.

/// The table of hot paths of one profile.
public struct HotPaths: Sendable {
    /// One line of it.
    public struct Row: Sendable, Equatable {
        /// The user's type whose code runs; nil where it is nobody's.
        public var task: String?
        public var stage: Stage
        /// Without its mark; empty in a line of a whole stage.
        public var function: String
        public var weight: UInt64
    }

    /// By task, stage and innermost function, the heaviest first.
    public let rows: [Row]
    /// The heaviest stacks, cut to what lies above the runtime's entry.
    public let paths: [(stack: [String], weight: UInt64)]
    /// The sum of all weights.
    public let total: UInt64

    /// Sums the stacks of a profile up; the first name of each is that of its thread.
    public init(_ stacks: FoldedStacks) {
        struct Place: Hashable {
            var task: String?
            var stage: Stage
            var function: String
        }
        var places: [Place: UInt64] = [:]
        var leaves: [[String]: UInt64] = [:]
        for (stack, weight) in stacks.weights {
            let frames = Array(stack.dropFirst())
            let place = Place(
                task: TaskName.of(frames), stage: Stage.of(frames),
                function: frames.last ?? stack.first ?? "")
            places[place, default: 0] += weight
            leaves[Array(frames.suffix(Self.framesShown)), default: 0] += weight
        }
        rows = places.map {
            Row(
                task: $0.key.task, stage: $0.key.stage, function: $0.key.function,
                weight: $0.value)
        }
        .sorted { ($1.weight, $0.function) < ($0.weight, $1.function) }
        paths = leaves.map { ($0.key, $0.value) }
            .sorted { $0.1 != $1.1 ? $0.1 > $1.1 : $0.0.lexicographicallyPrecedes($1.0) }
        total = stacks.total
    }

    /// Innermost frames of a path in the table: enough to tell who called.
    static let framesShown = 5

    /// Lines of each part of the text: as many as fit on a page.
    static let linesMax = 20

    /// The share of what lies in functions that the core compiles for the user's types and that
    /// nothing could be told apart in: their handlers, states and asks in one.
    public var mingledShare: Double {
        let mingled = rows.filter {
            $0.function.hasPrefix("make") && $0.function.contains("Node(")
                && !$0.function.hasSuffix(SampleNaming.inlinedMark)
        }
        return total == 0 ? 0 : Double(mingled.reduce(0) { $0 + $1.weight }) / Double(total)
    }

    /// Weight of each stage that has any, the heaviest first.
    public var stages: [(stage: Stage, weight: UInt64)] {
        var sums: [Stage: UInt64] = [:]
        for row in rows { sums[row.stage, default: 0] += row.weight }
        return sums.map { ($0.key, $0.value) }
            .sorted { $0.1 != $1.1 ? $0.1 > $1.1 : $0.0.rawValue < $1.0.rawValue }
    }

    /// Weight of each stage of each task, the heaviest first.
    public var tasks: [(task: String?, stage: Stage, weight: UInt64)] {
        struct Place: Hashable {
            var task: String?
            var stage: Stage
        }
        var sums: [Place: UInt64] = [:]
        for row in rows { sums[Place(task: row.task, stage: row.stage), default: 0] += row.weight }
        return sums.map { ($0.key.task, $0.key.stage, $0.value) }
            .sorted {
                $0.2 != $1.2
                    ? $0.2 > $1.2 : ($0.0 ?? "", $0.1.rawValue) < ($1.0 ?? "", $1.1.rawValue)
            }
    }

    /// The table as text.
    public func text(_ record: ProfileRecord) -> String {
        var lines = record.headLines
        let unit = record.unit.perEvent
        func columns(_ weight: UInt64) -> String {
            let share = total == 0 ? 0 : Double(weight) / Double(total)
            return Columns.right(Columns.percent(share), 7)
                + Columns.right(Columns.number(record.perEvent(weight)), 11)
        }
        let head = Columns.right("share", 7) + Columns.right(unit, 11)
        lines += ["", "Stages", head + "  stage"]
        for (stage, weight) in stages { lines.append(columns(weight) + "  \(stage.rawValue)") }
        lines += ["", "Tasks and stages", head + "  " + Columns.left("task", 24) + "stage"]
        for (task, stage, weight) in tasks.prefix(Self.linesMax) {
            lines.append(columns(weight) + "  " + Columns.left(task ?? "-", 24) + stage.rawValue)
        }
        lines += ["", "Functions, without what they call", head + "  function (stage)"]
        for (function, stage, weight) in functions.prefix(Self.linesMax) {
            lines.append(columns(weight) + "  \(function) (\(stage.rawValue))")
        }
        lines += ["", "Hot paths, innermost function last", head + "  path"]
        for (stack, weight) in paths.prefix(Self.linesMax) {
            lines.append(columns(weight) + "  " + stack.joined(separator: " > "))
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private var functions: [(function: String, stage: Stage, weight: UInt64)] {
        struct Place: Hashable {
            var function: String
            var stage: Stage
        }
        var sums: [Place: UInt64] = [:]
        for row in rows {
            sums[Place(function: row.function, stage: row.stage), default: 0] += row.weight
        }
        return sums.map { ($0.key.function, $0.key.stage, $0.value) }
            .sorted { $0.2 != $1.2 ? $0.2 > $1.2 : $0.0 < $1.0 }
    }

    /// The rows as comma-separated values; a task that is nobody's is empty.
    public func csv(_ record: ProfileRecord) -> String {
        var lines = ["task,stage,function,\(record.unit.column),share,per_event"]
        for row in rows {
            let share = total == 0 ? "" : Columns.plain(Double(row.weight) / Double(total))
            let fields = [
                row.task ?? "", row.stage.rawValue, row.function, "\(row.weight)", share,
                record.perEvent(row.weight).map { Columns.plain($0) } ?? "",
            ]
            lines.append(fields.map(Columns.field).joined(separator: ","))
        }
        return lines.joined(separator: "\n") + "\n"
    }
}

/// Numbers and texts in columns.
enum Columns {
    static func right(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }

    static func left(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }

    static func percent(_ share: Double) -> String { fixed(share * 100, 1) + " %" }

    /// Three digits that count; `-` where nothing was measured.
    static func number(_ value: Double?) -> String {
        guard let value, value.isFinite else { return "-" }
        let size = abs(value)
        return fixed(value, size >= 100 || value == 0 ? 0 : size >= 10 ? 1 : size >= 0.1 ? 2 : 4)
    }

    /// For files: six digits behind the point, without an exponent.
    static func plain(_ value: Double) -> String { fixed(value, 6) }

    static func fixed(_ value: Double, _ digits: Int) -> String {
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let scaled = (abs(value) * scale).rounded()
        guard scaled < 1e18 else { return "\(value)" }
        let whole = UInt64(scaled)
        let sign = value < 0 && whole > 0 ? "-" : ""
        if digits == 0 { return "\(sign)\(whole)" }
        let unit = UInt64(scale)
        let fraction = String(whole % unit)
        let padding = String(repeating: "0", count: digits - fraction.count)
        return "\(sign)\(whole / unit).\(padding)\(fraction)"
    }

    /// A field of a CSV file (RFC 4180).
    static func field(_ text: String) -> String {
        guard text.contains(where: { "\",\n\r".contains($0) }) else { return text }
        return "\"" + text.replacing("\"", with: "\"\"") + "\""
    }
}
