// The columns of results.csv: their order, names, units and meanings, stated once.

/// A column of `results.csv`, in the order of the file.
///
/// Between `atomSize` and `seed` stands one column for each further axis of the run
/// (`ResultSchema`).
public enum ResultColumn: String, CaseIterable, Sendable {
    case workload
    case system
    case version
    case workers
    case atomSize = "atom_size"
    case seed
    case trial
    case guarantee
    case steady
    case events
    case seconds
    case eventsPerSecond = "events_per_second"
    case latencyP50 = "latency_p50_ns"
    case latencyP90 = "latency_p90_ns"
    case latencyP99 = "latency_p99_ns"
    case latencyP999 = "latency_p999_ns"
    case latencyMax = "latency_max_ns"
    case serviceLatencyP50 = "service_latency_p50_ns"
    case serviceLatencyP99 = "service_latency_p99_ns"
    case serviceLatencyP999 = "service_latency_p999_ns"
    case serviceLatencyMax = "service_latency_max_ns"
    case warmUpSeconds = "warm_up_seconds"
    case lookSeconds = "look_seconds"
    case cpuSeconds = "cpu_seconds"
    case peakRSSBytes = "peak_rss_bytes"
    case allocationsPerEvent = "allocations_per_event"
    case commits
    case committedBytes = "committed_bytes"
    case synchronizationP50 = "fdatasync_p50_ns"
    case synchronizationP99 = "fdatasync_p99_ns"
    case synchronizedRatioP50 = "echo_over_fdatasync_p50"
    case synchronizedRatioP99 = "echo_over_fdatasync_p99"
    case snapshots
    case snapshotStandMax = "snapshot_stand_max_ns"
    case snapshotQuietMax = "snapshot_quiet_max_ns"
    case snapshotBytes = "snapshot_bytes"
    case restore = "restore_ns"
    case replay = "replay_ns"
    case liveEventsPerSecond = "live_events_per_second"
    case goodputPerSecond = "goodput_per_second"
    case compensationP50 = "compensation_p50_ns"
    case compensationP99 = "compensation_p99_ns"
    case dirtyReads = "dirty_reads"
    case modelVersions = "model_versions"
    case accuracy
    case offlineEventsPerSecond = "offline_events_per_second"
    case coreRoundTripBefore = "core_round_trip_before_ns"
    case coreRoundTripAfter = "core_round_trip_after_ns"
    case verified

    /// The name in the header line.
    public var name: String { rawValue }

    /// The columns before those of the further axes.
    public static let leading: [ResultColumn] = [.workload, .system, .version, .workers, .atomSize]

    /// The columns after those of the further axes.
    public static let trailing = Array(allCases.dropFirst(leading.count))

    /// The version of the schema that the column came with.
    public var since: Int {
        switch self {
        case .commits, .committedBytes, .synchronizationP50, .synchronizationP99,
            .synchronizedRatioP50, .synchronizedRatioP99, .snapshots, .snapshotStandMax,
            .snapshotQuietMax, .snapshotBytes, .restore, .replay, .liveEventsPerSecond:
            2
        case .goodputPerSecond, .compensationP50, .compensationP99, .dirtyReads: 3
        case .modelVersions, .accuracy, .offlineEventsPerSecond: 4
        case .trial, .guarantee, .steady, .serviceLatencyP50, .serviceLatencyP99,
            .serviceLatencyP999, .serviceLatencyMax, .warmUpSeconds:
            5
        case .lookSeconds: 6
        default: 1
        }
    }

    /// The unit, or `-` for a name.
    public var unit: String {
        switch self {
        case .workload, .system, .version, .trial, .guarantee, .steady, .verified: "-"
        case .workers: "threads"
        case .atomSize: "events"
        case .seed: "64-bit integer"
        case .events: "events"
        case .seconds, .cpuSeconds, .warmUpSeconds, .lookSeconds: "seconds"
        case .eventsPerSecond, .liveEventsPerSecond, .goodputPerSecond, .offlineEventsPerSecond:
            "events/second"
        case .modelVersions: "versions"
        case .accuracy: "1"
        case .latencyP50, .latencyP90, .latencyP99, .latencyP999, .latencyMax,
            .serviceLatencyP50, .serviceLatencyP99, .serviceLatencyP999, .serviceLatencyMax:
            "nanoseconds"
        case .peakRSSBytes, .committedBytes, .snapshotBytes: "bytes"
        case .commits: "commits"
        case .snapshots: "snapshots"
        case .synchronizedRatioP50, .synchronizedRatioP99: "1"
        case .synchronizationP50, .synchronizationP99, .snapshotStandMax, .snapshotQuietMax,
            .restore, .replay, .compensationP50, .compensationP99:
            "nanoseconds"
        case .dirtyReads: "reads"
        case .allocationsPerEvent: "allocations/event"
        case .coreRoundTripBefore, .coreRoundTripAfter: "nanoseconds"
        }
    }

    /// What the column holds and when it is empty, in one or two sentences.
    public var meaning: String {
        switch self {
        case .workload: "The workload, as `portals list` names it."
        case .system: "The system under test, as `portals list` names it."
        case .version: "The version of the system, as it names itself."
        case .workers: "Worker threads of the system."
        case .atomSize: "Events of a source atom. Empty if the system knows no atoms."
        case .seed:
            """
            The seed of the generated events: the run's seed plus the index of the block, so rows \
            of one seed ran in one block.
            """
        case .trial:
            """
            The stem of the trial's own files, `trials/<trial>.series.csv` and \
            `trials/<trial>.hlog`, where it has them.
            """
        case .guarantee:
            """
            What the system promises in this trial: `in memory`, `bounded loss`, `exactly-once`, \
            or in a peer's words such as `at-most-once`. Figures of different guarantees are not \
            alike.
            """
        case .steady:
            """
            What a change-point analysis says of the rate over the window: `steady`, `warming` (it \
            grew), `slowing` (it fell), `unsteady` (it did both). Empty if the trial has no series \
            of at least 10 intervals.
            """
        case .events: "Events processed inside the measured window."
        case .seconds: "Wall-clock length of the measured window."
        case .eventsPerSecond:
            "`events` / `seconds`. Empty if the answer was wrong or the trial failed."
        case .latencyP50:
            latencyMeaning(
                "Median",
                of: "an atom, from its intended time of entry; of the ping-pong, of a round trip "
                    + "of its first chain, from the ask to the handler of the reply")
        case .latencyP90: latencyMeaning("90th percentile")
        case .latencyP99: latencyMeaning("99th percentile")
        case .latencyP999: latencyMeaning("99.9th percentile")
        case .latencyMax: "Largest latency of an atom in the window."
        case .serviceLatencyP50:
            """
            Median of the latency of an atom from its actual entry, so not corrected for \
            coordinated omission: what a load generator shows that waits for the system. Empty \
            without a rate, and with fewer samples than `SampleSize` asks for.
            """
        case .serviceLatencyP99: "The same, 99th percentile."
        case .serviceLatencyP999: "The same, 99.9th percentile."
        case .serviceLatencyMax: "The same, the largest."
        case .warmUpSeconds:
            """
            Time from the launch to the window: at least what was asked for, and until the rate \
            was steady, but at most as long as the window on top. Empty where the system does not \
            say.
            """
        case .lookSeconds:
            """
            Time inside the window in which the system was asked to stop and its counters were \
            read; its share of `seconds` is the most that recording the series cost. Empty without \
            one.
            """
        case .cpuSeconds: "Processor time of all threads of the process inside the window."
        case .peakRSSBytes: "Largest resident memory of the process inside the window."
        case .allocationsPerEvent:
            "Heap allocations inside the window / `events`. Empty without an allocator that counts."
        case .commits:
            "Commits of the journal inside the window. Empty without a journal."
        case .committedBytes:
            """
            Bytes of the records that those commits made durable, without what pads the journal's \
            blocks. Empty without a journal.
            """
        case .synchronizationP50:
            """
            What the device takes at least: median of `fdatasync` after a write of 4 KiB to a \
            file that is written to its full length, in the journal's file system, 1,400 times \
            before and as often after the trial. Empty without a journal.
            """
        case .synchronizationP99: "The same, 99th percentile of those 2,800."
        case .synchronizedRatioP50:
            """
            Of the echo: median of the latency of a lone operation, over `fdatasync_p50_ns`. \
            Empty elsewhere.
            """
        case .synchronizedRatioP99:
            """
            Of the echo: 99th percentile of the latency of a lone operation, over \
            `fdatasync_p99_ns`. Empty elsewhere, and with fewer than the 2,628 samples on each \
            side that bound both within half of the tail.
            """
        case .snapshots:
            "Snapshots that were made durable in the window. Empty without a journal."
        case .snapshotStandMax:
            "The longest that workers stood still for one of those. Empty without one."
        case .snapshotQuietMax:
            """
            The longest that sources gave nothing for one of those, the stand-still included. \
            Empty without one.
            """
        case .snapshotBytes: "Bytes of the files of those. Empty without a journal."
        case .restore:
            """
            Of a recovery: for reading the newest snapshot and laying out its state. Empty \
            elsewhere, and without a snapshot.
            """
        case .replay:
            """
            Of a recovery: from the launch of the new process's site, `restore_ns` left out, \
            until all of the journal was done again. The whole, from the kill to the first new \
            output and with the start of the process, is `seconds`. Empty elsewhere.
            """
        case .liveEventsPerSecond:
            """
            Of a recovery, whose `events` are those done again: the rate before the kill, to set \
            against `events` / `replay_ns`. Empty elsewhere.
            """
        case .goodputPerSecond:
            """
            Of the sagas: orders of which all steps took effect, a second; the others are among \
            `events` too. Empty elsewhere.
            """
        case .compensationP50:
            """
            Of the sagas: median of the time from the reply that a step failed until the outcome \
            of its order was shown, all steps before it undone. Empty elsewhere, and with fewer \
            samples than `SampleSize` asks for.
            """
        case .compensationP99: "The same, 99th percentile."
        case .dirtyReads:
            """
            Of the sagas: reads of a balance with an effect in it that was undone later, one for \
            each such effect, of orders that ended in the window: what isolation would have \
            prevented. Empty elsewhere.
            """
        case .modelVersions:
            "Of the ML serving: versions of the model published in the window. Empty elsewhere."
        case .accuracy:
            """
            Of the ML serving: of all replies of the run, warm-up included, the share that named \
            what the picture shows. Empty elsewhere.
            """
        case .offlineEventsPerSecond:
            """
            Of the ML serving's scenario server without a rate of its own: what the same process \
            served just before of requests that were all there; the load is a share of it. Empty \
            elsewhere.
            """
        case .coreRoundTripBefore:
            """
            Round trip of a cache line between the workers' cores, probed before the trial. \
            Empty with one worker.
            """
        case .coreRoundTripAfter: "The same, probed after the trial."
        case .verified:
            """
            `verified`, `wrong: …` (the row is void), `not verifiable: …`, or `failed: …` for a \
            trial that crashed or ran out of time.
            """
        }
    }

    private func latencyMeaning(
        _ which: String, of what: String = "an atom, from its intended time of entry"
    ) -> String {
        """
        \(which) of the latency of \(what). Empty with fewer samples than `SampleSize` asks for.
        """
    }

    /// The further axes of which more is to be said than `portals list` does.
    private static let axisDocumentation = [
        "| `journal` | - | What survives a crash: `none` (in memory), `asynchronous` (bounded "
            + "loss), `durable` (exactly-once). Empty where the system does not know the axis. |",
        "| `commit_bytes` | bytes | A journal is committed when so much waits. Empty without a "
            + "journal, and for the system's own choice. |",
        "| `commit_interval_ns` | nanoseconds | A journal is committed when its oldest record "
            + "waited so long. Empty without a journal, and for the system's own choice. |",
        "| `commit_when_idle` | - | `on` if a journal is committed as soon as all workers are "
            + "idle, else `off`. Empty without a journal, and for the system's own choice. |",
        "| `snapshot_interval_ns` | nanoseconds | A snapshot is taken when the last is so old; "
            + "`off` if never. Empty without a journal, and for the system's own choice. |",
    ]

    /// The documentation of all columns as a Markdown table; `README.md` beside this file holds it.
    public static var documentation: String {
        var lines = ["| column | unit | meaning |", "| --- | --- | --- |"]
        for column in allCases {
            if column == .seed {
                lines += axisDocumentation
                lines.append(
                    "| one for each further axis | see `portals list` | The setting the trial ran "
                        + "with. Empty where the system does not know the axis. |")
            }
            lines.append("| `\(column.name)` | \(column.unit) | \(column.meaning) |")
        }
        return lines.joined(separator: "\n")
    }
}

/// The columns of one file: the fixed ones and those of its further axes.
public struct ResultSchema: Sendable, Equatable {
    /// Version of the columns and of `environment.json`; raised when a reader must know.
    public static let version = 6

    /// Names of the columns of the further axes, in order.
    public let axisColumns: [String]
    /// Columns after those.
    let trailing: [ResultColumn]

    /// A schema with these further axes.
    public init(axisColumns: [String]) {
        self.axisColumns = axisColumns
        trailing = ResultColumn.trailing
    }

    /// The header line's fields.
    public var header: [String] {
        ResultColumn.leading.map(\.name) + axisColumns + trailing.map(\.name)
    }

    /// Reads the header line's fields, of this version or an earlier one; nil if they are not
    /// those of a results file.
    public init?(header: [String]) {
        let leading = ResultColumn.leading.map(\.name)
        for version in (1...Self.version).reversed() {
            let trailing = ResultColumn.trailing.filter { $0.since <= version }
            guard header.count >= leading.count + trailing.count,
                Array(header.prefix(leading.count)) == leading,
                Array(header.suffix(trailing.count)) == trailing.map(\.name)
            else { continue }
            axisColumns = Array(header.dropFirst(leading.count).dropLast(trailing.count))
            self.trailing = trailing
            return
        }
        return nil
    }
}
