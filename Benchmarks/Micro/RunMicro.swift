// The micro-benchmarks together: what `portals micro` prints.

/// The rows of a run, and what did not become one.
public struct MicroReport: Sendable {
    public var results: [MicroResult] = []
    /// Samples whose threads were off their cores for too long; measured anew, four times at most.
    public var droppedSamples = 0
    /// Benchmarks that the filter let through; 0 if it fits none.
    public var measuredCount = 0
}

/// Runs the micro-benchmarks whose names contain `filter` (all of them without one).
///
/// - Cost: about half a minute for all; spins on cores 0 and 1, so that a machine in other use
///   gives fewer samples (those without their cores are dropped) and none at all gives no row.
/// - Errors: ``MicroError`` if an answer is wrong, or a core can't be had.
public func runMicro(
    filter: String? = nil, progress: (_ benchmark: String) -> Void = { _ in }
) throws(MicroError) -> MicroReport {
    var report = MicroReport()
    var measuredCount = 0
    func wanted(_ name: String) -> Bool {
        guard filter.map({ name.contains($0) }) ?? true else { return false }
        measuredCount += 1
        return true
    }
    report.results = try ringResults(
        wanted: wanted, dropped: &report.droppedSamples, progress: progress)
    report.results += try tableResults(
        wanted: wanted, dropped: &report.droppedSamples, progress: progress)
    report.results += try engineResults(
        wanted: wanted, dropped: &report.droppedSamples, progress: progress)
    report.results += try journalResults(wanted: wanted, progress: progress)
    report.measuredCount = measuredCount
    return report
}
