// The micro-benchmarks together: what `portals micro` prints.

/// Runs the micro-benchmarks whose names contain `filter` (all of them without one).
///
/// - Cost: about half a minute for all; spins on cores 0 and 1, so that a machine in other use
///   gives fewer samples (those without their cores are dropped) and none at all gives no row.
/// - Errors: ``MicroError`` if an answer is wrong, or a core can't be had.
public func runMicro(
    filter: String? = nil, progress: (_ benchmark: String) -> Void = { _ in }
) throws(MicroError) -> [MicroResult] {
    func wanted(_ name: String) -> Bool { filter.map { name.contains($0) } ?? true }
    var results = try ringResults(wanted: wanted, progress: progress)
    results += try tableResults(wanted: wanted, progress: progress)
    return results
}
