// How the run gets a trial done; tests put something else in the place of processes.

/// One trial as the run hands it out.
public struct TrialOrder: Sendable {
    public let request: TrialRequest
    /// Where the output of the trial is kept.
    public let logPath: String
    /// By so much the environment of the trial's process is larger.
    public let environmentPaddingBytes: Int

    /// An order.
    public init(request: TrialRequest, logPath: String, environmentPaddingBytes: Int = 0) {
        self.environmentPaddingBytes = environmentPaddingBytes
        self.request = request
        self.logPath = logPath
    }
}

/// How a trial ended.
public enum TrialEnd: Sendable, Equatable {
    case measured(TrialMeasurement)
    /// It crashed, ran out of time, or said nothing that can be read.
    case failed(String)
    /// The user stopped the run; the trial says nothing.
    case interrupted
}

/// Does one trial after the other.
public protocol TrialLauncher: Sendable {
    /// Runs one trial to its end.
    ///
    /// - Parameters:
    ///   - tick: called every second or so while the trial runs.
    ///   - isInterrupted: once true, the trial is ended and `interrupted` returned.
    func run(
        _ order: TrialOrder, tick: () -> Void, isInterrupted: () -> Bool
    ) -> TrialEnd
}
