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
    systems: [PortalsSystem(), HandWrittenSystem()])

/// The same with what repeats a recorded journal: for the process of a trial, and for a run that
/// has one as its input.
public let registryWithReplay = SystemRegistry(
    workloads: registry.workloads, systems: registry.systems + [ReplaySystem()])
