// The threads of baselines: pinned like our workers, or the pool of Swift's tasks, held to as many
// cores.
import Dispatch
import Harness
import Platform
import Synchronization

/// Runs `body` on so many threads at once, each pinned to a core where the trial says so, and waits
/// for all of them.
///
/// - Errors: where there is no thread to be had, or one can't be pinned: what it measured would not
///   be what the row says.
func onThreads(
    _ count: Int, _ configuration: TrialConfiguration, _ body: @escaping @Sendable (Int) -> Void
) throws {
    let processors =
        configuration.pinning == .on ? try Topology.read().workerProcessors(count: count) : []
    var threads: [PinnedThread] = []
    for index in 0..<count {
        threads.append(
            try PinnedThread(
                name: "task-\(index)",
                processor: index < processors.count ? processors[index] : nil
            ) { body(index) })
    }
    for thread in threads { thread.join() }
    for thread in threads {
        if case .refused(let error) = thread.pinning { throw error }
    }
}

/// Swift's pool of threads for tasks.
///
/// It has a thread a core that the process may use when its first task starts. So a trial of fewer
/// workers takes cores from the process, for which there is no other switch.
enum TaskPool {
    /// Why there is no pool of so many threads.
    static func refusal(workers: Int) -> String? {
        let cores = (try? Affinity.current().count) ?? 1
        return workers > cores
            ? "Swift's pool has a thread a core: at most \(cores) workers on this machine" : nil
    }

    /// Runs `body` with the process held to so many cores.
    ///
    /// - Ownership: the thread that waits for the tasks, before there are any.
    static func held<Result>(toCores count: Int, _ body: () throws -> Result) throws -> Result {
        let before = try Affinity.current()
        if count >= before.count { return try body() }
        try Affinity.restrict(
            to: ProcessorSet(try Topology.read().workerProcessors(count: count)))
        defer { try? Affinity.restrict(to: before) }
        return try body()
    }

    /// Runs a task and waits for it, on a thread that is none of the pool's.
    static func run<Result: Sendable>(
        _ body: @escaping @Sendable () async -> Result
    ) -> Result {
        let outcome = TaskOutcome<Result>()
        Task.detached {
            let result = await body()
            outcome.result.withLock { $0 = result }
            outcome.isOver.signal()
        }
        outcome.isOver.wait()
        return outcome.result.withLock { $0! }
    }
}

/// What a task left, for the thread that waits for it.
private final class TaskOutcome<Result: Sendable>: Sendable {
    let result = Mutex<Result?>(nil)
    let isOver = DispatchSemaphore(value: 0)
}
