// The workloads and systems that `portals bench` measures.
import Harness

/// All workloads and systems of the suite.
public let registry = SystemRegistry(
    workloads: [
        Workload(
            name: "shopping-cart",
            question: "How many operations a second, with a true request/reply cycle to the stock?",
            parameters: [
                ParameterAxis(
                    name: "mode",
                    meaning:
                        "faithful keeps a quirk of the original: a remove always returns a unit",
                    choices: ["conserving", "faithful"], defaultValue: "conserving")
            ]),
        Workload(
            name: "keyed-count", question: "What does state by key cost an event?",
            parameters: [
                ParameterAxis(
                    name: "keys", meaning: "different keys", unit: "keys",
                    integers: 1...100_000_000, defaultValue: 10_000)
            ]),
        Workload(
            name: "integer-filter",
            question: "What does the runtime cost an event that needs little?",
            parameters: [
                ParameterAxis(
                    name: "predicate", meaning: "what is kept",
                    choices: ["multiples", "half"], defaultValue: "multiples")
            ]),
        Workload(
            name: "portal-ping-pong",
            question: "How long does a round trip through a portal take, and how many fit at once?",
            parameters: [
                ParameterAxis(
                    name: "outstanding", meaning: "round trips under way at once",
                    unit: "round trips", integers: 1...1_000_000, defaultValue: 1)
            ]),
        Workload(
            name: "saga",
            question:
                "How many orders over several services end well, and what is read in between?",
            parameters: [
                ParameterAxis(
                    name: "isolation",
                    meaning: "sagas, whose steps are seen at once, or each order one atom",
                    choices: ["saga", "atomic"], defaultValue: "saga"),
                ParameterAxis(
                    name: "steps", meaning: "services that an order runs through",
                    unit: "services", integers: 3...10, defaultValue: 4),
                ParameterAxis(
                    name: "failure", meaning: "probability that one step fails", unit: "%",
                    integers: 0...20, defaultValue: 5),
                ParameterAxis(
                    name: "failure-position",
                    meaning: "which step of an order fails; as many orders do in any case",
                    choices: ["any", "first", "last"], defaultValue: "any"),
                ParameterAxis(
                    name: "items", meaning: "items that are ordered", unit: "items",
                    integers: 1...100_000_000, defaultValue: 10_000),
                ParameterAxis(
                    name: "skew", meaning: "exponent of the Zipf distribution of items",
                    unit: "hundredths", integers: 0...99, defaultValue: 0),
                ParameterAxis(
                    name: "concurrency", meaning: "orders of one item that follow one another",
                    unit: "orders", integers: 1...1_000_000, defaultValue: 1),
            ]),
        Workload(
            name: "ml-serving",
            question: "How many images a second are classified, and how late, while models change?",
            parameters: [
                ParameterAxis(
                    name: "network",
                    meaning:
                        "Crayfish's 784-32-32-32-10 on images that are generated, or 64-32-10 on "
                        + "handwritten digits (scripts/fetch-digits)",
                    choices: ["crayfish", "digits"], defaultValue: "crayfish"),
                ParameterAxis(
                    name: "scenario",
                    meaning:
                        "MLPerf's: all requests at once in atoms of --atom-size; as they come in, "
                        + "in adaptive atoms of --atom-size at the most; one after the other",
                    choices: ["offline", "server", "single-stream"], defaultValue: "offline"),
                ParameterAxis(
                    name: "load",
                    meaning: "of server without --rate: requests, of those that offline serves",
                    unit: "%", integers: 1...200, defaultValue: 90),
                ParameterAxis(
                    name: "objective",
                    meaning: "of server: what the latency of a request should stay below",
                    unit: "ms", integers: 1...10_000, defaultValue: 15),
                ParameterAxis(
                    name: "swaps",
                    meaning:
                        "versions of the model a second; of a run by events, as many for each "
                        + "million",
                    unit: "versions", integers: 0...1_000, defaultValue: 1),
            ]),
        Workload(
            name: "queue",
            question: "How many items a second does a queue pass from one thread to another?",
            parameters: [
                ParameterAxis(
                    name: "batch", meaning: "items that either end handles at once", unit: "items",
                    integers: 1...65_536, defaultValue: 1)
            ]),
        Workload(
            name: "durable-append",
            question:
                "How many records of 100 bytes a second does a log acknowledge, and how late?",
            parameters: [
                ParameterAxis(
                    name: "outstanding", meaning: "records without an acknowledgement at once",
                    unit: "records", integers: 1...100_000, defaultValue: 1)
            ]),
        Workload(
            name: "durable-echo",
            question: "How long does one lone operation take until its output may be shown?"),
        Workload(
            name: "recovery",
            question: "How long from a kill to the first new output, and how fast is the replay?",
            parameters: [
                ParameterAxis(
                    name: "keys", meaning: "different keys", unit: "keys",
                    integers: 1...100_000_000, defaultValue: 10_000),
                ParameterAxis(
                    name: "journal-mebibytes",
                    meaning: "records committed before the kill, and after all keys are known",
                    unit: "MiB", integers: 1...1_024, defaultValue: 4),
                ParameterAxis(
                    name: "snapshot",
                    meaning: "when one is taken: never, before or after those records",
                    choices: ["none", "before", "after"], defaultValue: "none"),
            ]),
    ] + Workload.authors,
    systems: [PortalsSystem(), HandWrittenSystem()] + inProcessBaselines + queues + PeerSystem.all)

/// Programs of the same workloads in this process, by other means.
private let inProcessBaselines: [any SystemUnderTest] = [
    SwiftActorsSystem(), EntityActorsSystem(), AsyncStreamSystem(), LockedQueuesSystem(),
    ThreadPoolSystem(),
]

/// What the workload `queue` compares.
private let queues: [any SystemUnderTest] = [
    PortalsRingSystem(), ReferenceRingSystem(), LockedQueueSystem(), AsyncStreamQueueSystem(),
    AsyncChannelSystem(),
]

/// The same with what repeats a recorded journal: for the process of a trial, and for a run that
/// has one as its input.
public let registryWithReplay = SystemRegistry(
    workloads: registry.workloads, systems: registry.systems + [ReplaySystem()])
