// What a peer's program is asked, as words `key=value`: the request of the protocol.
import Harness

/// Makes the arguments of a peer's program.
enum PeerRequest {
    /// The words of a trial, parameters of the workload included.
    static func arguments(_ configuration: TrialConfiguration) -> [String] {
        var words = [
            "workload=\(configuration.workload)", "workers=\(configuration.workers)",
            "batch=\(configuration.atomSize)", "seed=\(configuration.seed)",
            "warm-up=\(configuration.warmUpSeconds)", "idle=\(configuration.idle.rawValue)",
            "journal=\(configuration.journal.rawValue)",
        ]
        switch configuration.length {
        case .seconds(let seconds): words.append("seconds=\(seconds)")
        case .events(let count): words.append("events=\(count)")
        }
        if case .every(let nanoseconds) = configuration.snapshots {
            words.append("snapshots=\(nanoseconds)")
        }
        if let directory = configuration.journalDirectory { words.append("directory=\(directory)") }
        // A workload's own batch is the one that it means.
        let parameters = configuration.parameters.sorted { $0.key < $1.key }
        if configuration.parameters["batch"] != nil { words.removeAll { $0.hasPrefix("batch=") } }
        return words + parameters.map { "\($0.key)=\($0.value)" }
    }

    /// How long a peer may be silent: five times what was asked for and what a virtual machine
    /// takes to start on a busy machine, so that it is reported by name before the harness ends the
    /// trial (ten times and half a minute).
    static func silenceSecondsMax(_ configuration: TrialConfiguration) -> Double {
        switch configuration.length {
        case .seconds(let seconds): 5 * (seconds + configuration.warmUpSeconds) + 20
        case .events: 240
        }
    }
}
