// From the flags of `portals bench` to the matrix as it was written.
import Baselines
import Harness

extension BenchCommand {
    /// File and flags put together.
    func draft() throws -> MatrixDraft {
        var flags = MatrixDraft()
        let lists: [(name: String, list: String?)] = [
            ("workload", workload), ("system", system), ("workers", workers),
            ("atom-size", atomSize), ("ring-capacity", ringCapacity), ("rings", rings),
            ("placement", placement), ("numa", numa), ("pinning", pinning),
            ("allocator", allocator), ("idle", idle), ("rate", rate), ("arrivals", arrivals),
            ("journal", journal), ("journal-content", journalContent),
            ("commit-bytes", commitBytes),
            ("commit-interval", commitInterval),
            ("commit-when-idle", commitWhenIdle), ("snapshots", snapshots),
            ("repetitions", repetitions), ("duration", duration), ("events", events),
            ("warm-up", warmUp), ("time-out", timeOut), ("series", series), ("seed", seed),
        ]
        for (name, list) in lists {
            if let list { flags.add(flag: name, list) }
        }
        for text in parameter { try flags.add(parameterFlag: text) }
        if let input {
            if matrix != nil {
                throw Exit.usage(["--matrix: the journal of --input says what is run: leave it out"]
                )
            }
            return try Self.replaying(input, flags)
        }
        // Without a word on what to run, what a newcomer wants to see.
        let name =
            matrix ?? (lists.allSatisfy { $0.list == nil } && parameter.isEmpty ? "quick" : nil)
        guard let name else { return flags }
        let path = try SourceFolder.matrixPath(name)
        return try MatrixFile.read(path: path).replaced(by: flags)
    }

    /// The matrix of a recorded trial: it says what is run, the flags on what.
    private static func replaying(_ input: String, _ flags: MatrixDraft) throws -> MatrixDraft {
        let trial: TrialConfiguration
        do {
            trial = try RecordedTrial(directory: input).configuration
        } catch {
            throw Exit.usage(["--input: \(error)"])
        }
        let fixed = ["workload", "workers", "atom-size", "events", "duration", "warm-up", "seed"]
        let given = (flags.entries + flags.parameters).filter {
            fixed.contains($0.key.text) || $0.key.place == "--parameter"
        }
        guard given.isEmpty else {
            throw Exit.usage(
                given.map { "\($0.key.place): the journal of --input says that: leave it out" })
        }
        var draft = flags
        func add(_ name: String, _ value: String) {
            let isGiven = flags.entries.contains { $0.key.text == name }
            if !isGiven { draft.add(flag: name, value) }
        }
        add("workload", trial.workload)
        add("system", "portals,portals-replay")
        add("workers", "\(trial.workers)")
        add("atom-size", "\(trial.atomSize)")
        add("seed", "\(trial.seed)")
        add("journal", trial.journal.rawValue)
        add("pinning", trial.pinning.rawValue)
        add("idle", trial.idle.rawValue)
        switch trial.length {
        case .events(let count): add("events", "\(count)")
        case .seconds(let seconds): add("duration", "\(seconds)s")
        }
        for (name, value) in trial.parameters.sorted(by: { $0.key < $1.key }) {
            try draft.add(parameterFlag: "\(name)=\(value)")
        }
        return draft
    }
}
