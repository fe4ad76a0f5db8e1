// The door through which every system is measured: ours, the hand-written loop, and all peers.
import Report

/// A system that runs workloads and is measured doing so.
///
/// One process runs one trial: `run` is called once. Ours goes through the same door as the others.
///
/// ```swift
/// struct HandWritten: SystemUnderTest {
///     let name = "hand-written"
///     let summary = "a plain loop on one core"
///     let version = "1"
///
///     func axes(for workload: String) -> Set<Axis> { [.atomSize, .allocator] }
///
///     func refusal(_ configuration: TrialConfiguration) -> String? {
///         configuration.workers == 1 ? nil : "runs on one worker only"
///     }
///
///     func run(
///         _ configuration: TrialConfiguration, probe: TrialProbe
///     ) throws -> TrialMeasurement {
///         let count = probe.measure { loop(seed: configuration.seed) }
///         return probe.measurement(
///             events: count.events,
///             verified: count == oracle(configuration) ? .verified : .wrong("count differs"))
///     }
/// }
/// ```
public protocol SystemUnderTest: Sendable {
    /// The name in flags, files and results: lower case with dashes.
    var name: String { get }

    /// What the system is and what it guarantees, in one line.
    var summary: String { get }

    /// The version, printed on every row.
    var version: String { get }

    /// The axes that change what the system does; the cells of others stay empty in its rows.
    ///
    /// Cells that differ only in axes that the system ignores are run once. `workers` counts
    /// always.
    func axes(for workload: String) -> Set<Axis>

    /// Parameters of the workload that the system ignores, so that its cells are run once.
    func ignoredParameters(of workload: String) -> Set<String>

    /// Why the system cannot run this trial, in words that follow "refused:"; nil if it can.
    ///
    /// Refuse by name what the system cannot express; an approximation is a system of another name.
    func refusal(_ configuration: TrialConfiguration) -> String?

    /// What the system promises in this trial, in the field's words: `in memory`, `bounded loss`,
    /// `exactly-once`, `at-most-once`, `at-least-once`. Figures of different guarantees are not
    /// alike.
    func guarantee(_ configuration: TrialConfiguration) -> String

    /// Runs one trial to its end and verifies its answer.
    ///
    /// Set up and warm up first, take the measured window with `probe`, verify after it.
    /// - Throws: what made the trial impossible; it is then reported as failed.
    func run(_ configuration: TrialConfiguration, probe: TrialProbe) throws -> TrialMeasurement
}

extension SystemUnderTest {
    /// All axes.
    public func axes(for workload: String) -> Set<Axis> { Set(Axis.allCases) }

    /// That of the axis `journal`.
    public func guarantee(_ configuration: TrialConfiguration) -> String {
        configuration.journal.guarantee.rawValue
    }

    /// None.
    public func ignoredParameters(of workload: String) -> Set<String> { [] }
}
