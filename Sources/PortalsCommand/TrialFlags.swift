// The flags that say which single trial a command runs: the axes of `portals bench`, one value
// each.
import ArgumentParser
import Harness

struct TrialFlags: ParsableArguments {
    @Option(help: "The system that does it.") var system = "portals"
    @Option(help: "Number of worker threads.") var workers: String?
    @Option(help: "Size of atoms, in events.") var atomSize: String?
    @Option(help: "Capacity of rings, in batches.") var ringCapacity: String?
    @Option(help: "on, off: whether workers are bound to cores.") var pinning: String?
    @Option(help: "jemalloc, system.") var allocator: String?
    @Option(help: "spin, yield, park.") var idle: String?
    @Option(help: "Events entering a second, such as 500k; else as fast as possible.")
    var rate: String?
    @Option(help: "constant, poisson: when atoms of a rate enter.") var arrivals: String?
    @Option(help: "none, asynchronous, durable: what survives a crash.") var journal: String?
    @Option(help: "inputs, deltas: whether a journal holds each new state too.")
    var journalContent: String?
    @Option(help: "Bytes that wait when a journal is committed, such as 512KiB.")
    var commitBytes: String?
    @Option(help: "Longest wait for a commit, such as 1ms.") var commitInterval: String?
    @Option(help: "on, off: whether a journal is committed once all workers are idle.")
    var commitWhenIdle: String?
    @Option(help: "off, or how often the state is stored beside a journal, such as 1s.")
    var snapshots: String?
    @Option(help: "An axis of the workload: NAME=VALUE. May be repeated.")
    var parameter: [String] = []
    @Option(help: "Length of the measured window, such as 5s (default: 5s).")
    var duration: String?
    @Option(help: "Events of the measured window, in place of a duration.") var events: String?
    @Option(help: "Time before the measured window (default: 200ms).") var warmUp: String?
    @Option(help: "Seed of the events (default: 1).") var seed = "1"

    /// The plan of that trial, with other settings in place of those given.
    func plan(
        workload: String, registry: SystemRegistry, with settings: [String: String] = [:]
    ) throws -> Plan {
        var draft = MatrixDraft()
        var flags: [(name: String, value: String?)] = [
            ("workload", workload), ("system", system), ("workers", workers),
            ("atom-size", atomSize), ("ring-capacity", ringCapacity), ("pinning", pinning),
            ("allocator", allocator), ("idle", idle), ("rate", rate), ("arrivals", arrivals),
            ("journal", journal), ("journal-content", journalContent),
            ("commit-bytes", commitBytes),
            ("commit-interval", commitInterval),
            ("commit-when-idle", commitWhenIdle), ("snapshots", snapshots),
            ("duration", duration), ("events", events), ("warm-up", warmUp), ("seed", seed),
            ("repetitions", "1"),
        ]
        if settings["events"] != nil { flags.removeAll { $0.name == "duration" } }
        for (name, value) in flags {
            if let value = settings[name] ?? value { draft.add(flag: name, value) }
        }
        for name in settings.keys.sorted() where !flags.contains(where: { $0.name == name }) {
            draft.add(flag: name, settings[name] ?? "")
        }
        for text in parameter { try draft.add(parameterFlag: text) }
        let plan = try MatrixResolver.plan(draft, registry: registry, drawnSeed: 1)
        guard plan.cells.count == 1 else {
            throw Exit.usage([
                "a profile is of one trial, and these flags name \(plan.cells.count): give one "
                    + "value each"
            ])
        }
        return plan
    }
}
