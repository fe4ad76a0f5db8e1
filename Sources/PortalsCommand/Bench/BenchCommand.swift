// `portals bench`: runs a matrix of trials, writes the results and prints the table.
import ArgumentParser
import Baselines
import Harness
import Report

struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure workloads on systems, verify the answers, print a table.",
        discussion: """
            Every trial runs in a process of its own; each block of trials holds every cell of the \
            matrix once, in random order. Lists are separated by commas. 'portals list' names \
            workloads, systems and axes. Without any flag the matrix 'quick' is run.

            Exit status: 0 fine, 1 a trial failed, 3 an answer was wrong, 64 usage, 130 \
            interrupted; with --against also 2 slower, 4 faster, 5 too noisy to say.
            """)

    @Option(help: "Matrix file, or the name of one in Benchmarks/Matrices. Flags win over it.")
    var matrix: String?
    @Option(help: "Workloads.") var workload: String?
    @Option(help: "Systems.") var system: String?
    @Option(help: "Numbers of worker threads.") var workers: String?
    @Option(help: "Sizes of atoms, in events.") var atomSize: String?
    @Option(help: "Capacities of rings, in batches.") var ringCapacity: String?
    @Option(help: "lock-free, locked: how workers hand over to each other.") var rings: String?
    @Option(help: "shared, spread: how elements lie on workers.") var placement: String?
    @Option(help: "on, off: whether a worker's memory is bound to its node.") var numa: String?
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
    @Option(
        help: "Folder for the journals, on the disk to be measured (default: that of the results).")
    var journalDirectory: String?
    @Flag(
        help: "Leave the journals where they are, to be read or repeated; prints their directories."
    )
    var keepJournals = false
    @Option(
        help: """
            A journal that --keep-journals left: its trial is run again, live as --journal says \
            (default: as it was), and as a repetition of what it recorded.
            """)
    var input: String?
    @Option(help: "An axis of a workload: NAME=VALUE,VALUE. May be repeated.")
    var parameter: [String] = []
    @Option(help: "Blocks, so trials of each cell (default: 5).") var repetitions: String?
    @Option(help: "Length of the measured window, such as 5s (default: 5s).")
    var duration: String?
    @Option(help: "Events of the measured window, in place of a duration.") var events: String?
    @Option(help: "Time before the measured window (default: 200ms).") var warmUp: String?
    @Option(help: "Time after which a trial counts as hung.") var timeOut: String?
    @Option(help: "on, off: whether what happens over time is recorded (default: on).")
    var series: String?
    @Option(help: "Seed of the order and of the events; drawn and printed if not given.")
    var seed: String?
    @Option(help: "Folder for the results (default: Results/<time>-<host>).")
    var output: String?
    @Flag(help: "Print the cells and the estimated time, and run nothing.") var dryRun = false

    @Option(
        help: """
            A program, a commit or a folder of results: the same is measured of it, side by side, \
            and compared.
            """)
    var against: String?
    @Option(
        help: """
            The folder of a run that was interrupted: goes on with it, as it was started. No other \
            flag.
            """)
    var resume: String?
    @Flag(help: "Search the highest rate at which --slo is met, in place of running the matrix.")
    var findCapacity = false
    @Option(help: "What is asked of the latency, such as p99=5ms, of --find-capacity.")
    var slo: String?

    func run() throws {
        if let resume {
            return try Self.resumed(resume).run(continuing: resume)
        }
        let baseline = try against.map { try Baseline($0) }
        let plan = try baseline?.plan(try plan()) ?? plan()
        if dryRun {
            for cell in plan.cells { print(cell.description) }
            for line in plan.leftOut { print(line) }
            print(
                "\(plan.cells.count) cells, \(plan.repetitions) repetitions, "
                    + "\(plan.trialCount) trials, about "
                    + Figure.duration(seconds: plan.estimatedSeconds))
            return
        }
        if findCapacity {
            try searchCapacity(plan)
        } else {
            try measure(plan, against: baseline)
        }
    }

    /// The plan of the flags, of all programs that are measured.
    func plan() throws -> Plan {
        if (slo != nil) != findCapacity {
            throw Exit.usage(["--slo and --find-capacity belong together: give both"])
        }
        if findCapacity, rate != nil || against != nil {
            let flag = rate != nil ? "--rate" : "--against"
            throw Exit.usage(["--find-capacity: searches the rate itself: leave out \(flag)"])
        }
        do {
            return try MatrixResolver.plan(
                draft(), registry: input == nil ? registry : registryWithReplay,
                drawnSeed: UInt64(UInt32.random(in: 1...UInt32.max)), inputDirectory: input,
                searchesRates: findCapacity)
        } catch let error as MatrixError {
            throw Exit.usage(error.problems)
        }
    }
}
