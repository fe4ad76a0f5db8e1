// The runtime's account of a trial, as it travels back from the process that ran it, and as it is
// printed.
import Report

/// What the runtime says of itself: by task, workflow, worker and ring. All times in nanoseconds.
public struct TrialAccount: Codable, Sendable, Equatable {
    /// One line; what does not apply to its kind is nil.
    public struct Line: Codable, Sendable, Equatable {
        /// `task`, `workflow`, `worker`, `loop` (what a worker does with its time) or `ring`.
        public var part: String
        /// The path of a task or workflow, with its kind; of a ring, its two workers.
        public var name: String
        public var worker: Int
        public var partition: Int?
        /// Counted.
        public var events: UInt64?
        public var requests: UInt64?
        public var replies: UInt64?
        public var steps: UInt64?
        public var commits: UInt64?
        /// Sampled: at work, and waiting; of a workflow, for each step from its decision to its
        /// end.
        public var nanoseconds: Double?
        public var waitingNanoseconds: Double?
        /// Sampled: steps decided and not ended, or messages in a ring, and what it holds.
        public var queued: Double?
        public var queuedMax: Int?
        public var capacity: Int?

        /// A line without figures.
        public init(part: String, name: String, worker: Int, partition: Int? = nil) {
            self.part = part
            self.name = name
            self.worker = worker
            self.partition = partition
        }
    }

    public var lines: [Line]

    /// An account of these lines.
    public init(lines: [Line]) { self.lines = lines }

    private static let columns = [
        "part", "name", "worker", "partition", "events", "requests", "replies", "steps", "commits",
        "nanoseconds", "waiting_nanoseconds", "queued", "queued_max", "capacity",
    ]

    /// As comma-separated values with a header; what was not measured is empty.
    public var csv: String {
        var text = Self.columns.joined(separator: ",") + "\n"
        for line in lines {
            func whole(_ value: (some BinaryInteger)?) -> String { value.map { "\($0)" } ?? "" }
            func number(_ value: Double?) -> String {
                value.map { "\(($0 * 1_000).rounded() / 1_000)" } ?? ""
            }
            let fields = [
                line.part, line.name, "\(line.worker)", whole(line.partition), whole(line.events),
                whole(line.requests), whole(line.replies), whole(line.steps), whole(line.commits),
                number(line.nanoseconds), number(line.waitingNanoseconds), number(line.queued),
                whole(line.queuedMax), whole(line.capacity),
            ]
            text += fields.joined(separator: ",") + "\n"
        }
        return text
    }

    /// As a table for people.
    public var text: String {
        let busy = part("worker").reduce(0) { $0 + ($1.nanoseconds ?? 0) }
        var text = table(
            "Tasks: time in their own code, sampled; events, requests, replies counted", "task",
            ["worker", "share", "ns/event", "events", "requests", "replies"]
        ) { line in
            let handled = (line.events ?? 0) + (line.requests ?? 0) + (line.replies ?? 0)
            let each = handled > 0 ? (line.nanoseconds ?? 0) / Double(handled) : nil
            return [
                "\(line.worker)", Self.share(line.nanoseconds, of: busy), Self.number(each),
                Self.count(line.events), Self.count(line.requests), Self.count(line.replies),
            ]
        }
        text += table(
            "Workflows: steps from their decision to their end, by Little's law", "workflow",
            ["worker", "partition", "steps", "under way", "ns/step"]
        ) { line in
            [
                "\(line.worker)", Self.count(line.partition), Self.count(line.steps),
                Self.number(line.queued), Self.number(line.nanoseconds),
            ]
        }
        text += table(
            "Workers: at work and waiting", "worker", ["busy", "waiting", "commits"]
        ) { line in
            let passed = (line.nanoseconds ?? 0) + (line.waitingNanoseconds ?? 0)
            return [
                Self.share(line.nanoseconds, of: passed),
                Self.share(line.waitingNanoseconds, of: passed), Self.count(line.commits),
            ]
        }
        text += table("What workers at work do", "loop", ["share"]) { line in
            [Self.share(line.nanoseconds, of: busy)]
        }
        text += table(
            "Rings: messages in them as their reader begins a step", "ring",
            ["mean", "most", "room"]
        ) { line in
            [Self.number(line.queued), Self.count(line.queuedMax), Self.count(line.capacity)]
        }
        return text
    }

    private func part(_ name: String) -> [Line] { lines.filter { $0.part == name } }

    /// The lines of a part with a title, and an empty line behind; nothing where there are none.
    private func table(
        _ title: String, _ name: String, _ headings: [String], _ fields: (Line) -> [String]
    ) -> String {
        let own = part(name)
        if own.isEmpty { return "" }
        let width = max(name.count, own.map(\.name.count).max() ?? 0) + 2
        func row(_ name: String, _ fields: [String]) -> String {
            name + String(repeating: " ", count: width - name.count)
                + fields.map { String(repeating: " ", count: max(1, 13 - $0.count)) + $0 }.joined()
                + "\n"
        }
        return title + "\n" + row(name, headings)
            + own.map { row($0.name, fields($0)) }.joined() + "\n"
    }

    private static func number(_ value: Double?) -> String { value.map { Figure.text($0) } ?? "-" }

    private static func count(_ value: (some BinaryInteger)?) -> String {
        value.map { "\($0)" } ?? "-"
    }

    private static func share(_ part: Double?, of whole: Double) -> String {
        guard let part, whole > 0 else { return "-" }
        return Figure.text(part / whole * 100) + " %"
    }
}
