// The Portals authors' own matrix as the harness knows it: names, questions, parameters.
import Harness

extension Workload {
    private static func length(most: Int, defaultValue: Int) -> ParameterAxis {
        ParameterAxis(
            name: "length", meaning: "members of the ring or chain", unit: "members",
            integers: 1...most, defaultValue: defaultValue)
    }

    private static let tokens = ParameterAxis(
        name: "tokens", meaning: "tokens that go round together, in one atom", unit: "tokens",
        integers: 1...1_000_000, defaultValue: 1)

    private static func work(_ defaultValue: Int = 0) -> ParameterAxis {
        ParameterAxis(
            name: "work", meaning: "steps of a compute loop, for each event in each task",
            unit: "steps", integers: 0...1_000_000, defaultValue: defaultValue)
    }

    /// The workloads of the authors' matrix.
    static let authors = [
        Workload(
            name: "thread-ring",
            question: "How long is a hop from task to task, or from workflow to workflow?",
            parameters: [
                ParameterAxis(
                    name: "ring",
                    meaning: "what the members are; sequencers are workflows with one before each",
                    choices: ["tasks", "workflows", "sequencers"], defaultValue: "tasks"),
                length(most: 65_536, defaultValue: 128), tokens,
            ]),
        Workload(
            name: "ping-pong",
            question: "How long is a hop between two workflows, with a sequencer before each?",
            parameters: [tokens]),
        Workload(
            name: "counting-actor",
            question: "How many events a second does one stateful task count?"),
        Workload(
            name: "fork-join",
            question: "What does it cost to hand one stream to many workflows?",
            parameters: [
                ParameterAxis(
                    name: "workflows", meaning: "workflows that read one generator",
                    unit: "workflows", integers: 1...4_096, defaultValue: 64)
            ]),
        Workload(
            name: "fibonacci",
            question: "How many calls and returns a second, as messages between keys on a cycle?",
            parameters: [
                ParameterAxis(
                    name: "n", meaning: "the Fibonacci number that is computed", unit: "-",
                    integers: 0...93, defaultValue: 90)
            ]),
        Workload(
            name: "data-parallel",
            question: "What do more partitions give where nothing crosses between them?",
            parameters: [
                ParameterAxis(
                    name: "load",
                    meaning: "what each partition does; a ring has 16 members",
                    choices: ["counting", "ping-pong", "thread-ring"], defaultValue: "counting"),
                ParameterAxis(
                    name: "partitions", meaning: "partitions of each workflow; at most 64 run",
                    unit: "partitions", integers: 1...1_024, defaultValue: 16),
            ]),
        Workload(
            name: "atom-alignment",
            question: "What does it cost to keep atoms whole where tasks come together?",
            parameters: [
                work(),
                ParameterAxis(
                    name: "exchange", meaning: "whether events change partitions between ranks",
                    choices: ["none", "every-rank"], defaultValue: "none"),
            ]),
        Workload(
            name: "chain-of-tasks", question: "What does each task of a chain cost an atom?",
            parameters: [length(most: 4_096, defaultValue: 128), work()]),
        Workload(
            name: "chain-of-workflows",
            question: "What does each workflow of a chain cost an atom?",
            parameters: [length(most: 4_096, defaultValue: 128), work()]),
    ]
}
