// What the processor's own counters say of a trial's window, where the machine lets them be read.

/// The result of `perf stat -x ,`.
public struct PerfStat: Sendable, Equatable {
    /// Events to be counted.
    public static let events = ["instructions", "cycles", "cache-misses", "branch-misses"]

    /// What was counted, in the order of the file; what the machine does not count is left out.
    public private(set) var counts: [(name: String, count: UInt64)] = []

    public static func == (left: PerfStat, right: PerfStat) -> Bool {
        left.counts.elementsEqual(right.counts) { $0 == $1 }
    }

    /// Reads lines of the form `count,unit,event,…`; `<not supported>` stands for what is missing.
    public init(text: String) {
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: ",", omittingEmptySubsequences: false)
            guard fields.count >= 3, let count = UInt64(fields[0]) else { continue }
            // `cycles:u` where the kernel's part is forbidden.
            let name = fields[2].prefix { $0 != ":" }
            if Self.events.contains(String(name)) { counts.append((String(name), count)) }
        }
    }

    /// The arguments that count `program`, between the commands of its trial.
    public static func arguments(
        file: String, control: String, acknowledge: String, program: String
    ) -> [String] {
        [
            "stat", "-x", ",", "-e", events.joined(separator: ","), "--delay", "-1", "--control",
            "fifo:\(control),\(acknowledge)", "--output", file, "--", program,
        ]
    }

    /// Whether the counters of this machine can be read.
    public static func isSupported(perf path: String) -> Bool {
        guard
            let text = try? ToolRun.output(
                path,
                ["stat", "-x", ",", "-e", "instructions", "--log-fd", "1", "--", "/bin/true"])
        else { return false }
        return !PerfStat(text: text).counts.isEmpty
    }

    /// A table of counts for each event.
    public func text(events: UInt64) -> String {
        guard events > 0 else { return "no events were counted\n" }
        return counts.map {
            Columns.left($0.name, 18)
                + Columns.right(Columns.number(Double($0.count) / Double(events)), 12)
                + " per event\n"
        }
        .joined()
    }
}
