// The external peers of the suite: what each can do, and what it promises.
import Harness

extension PeerSystem {
    /// All of them; one that is not installed is refused by name.
    static let all: [PeerSystem] = [
        timely, erlang, caf, flink, flinkRocksDB, flinkAcyclicCart, redis, nats, disruptor,
    ]

    /// In memory, nothing to choose but the batch.
    private static let batched = Support(axes: [.atomSize])

    /// Timely Dataflow: batches with a timestamp each, feedback edges for cycles.
    static let timely = PeerSystem(
        name: "timely",
        summary: "Timely Dataflow in Rust: data-parallel batches with timestamps, in memory",
        installation: PeerInstallation(name: "timely"),
        support: [
            "keyed-count": batched, "shopping-cart": batched,
            "portal-ping-pong": Support(workersMax: 2),
        ],
        keepsAllocator: true)

    private static let mailbox = [TrialConfiguration.Journal.none: "at-most-once"]

    /// Erlang/OTP: processes with mailboxes, and a window, because mailboxes have no bound.
    static let erlang = PeerSystem(
        name: "erlang",
        summary: "Erlang/OTP: a process a partition, a cart and an item; at most once, in memory",
        installation: PeerInstallation(name: "erlang"),
        support: [
            "keyed-count": Support(axes: [.atomSize], guarantees: mailbox),
            "shopping-cart": Support(guarantees: mailbox),
            "portal-ping-pong": Support(guarantees: mailbox, workersMax: 2),
        ])

    /// The C++ Actor Framework: actors on a pool of threads, with the same window.
    static let caf = PeerSystem(
        name: "caf",
        summary: "C++ Actor Framework: an actor a partition, a cart and an item; at most once",
        installation: PeerInstallation(name: "caf"),
        support: [
            "keyed-count": Support(axes: [.atomSize], guarantees: mailbox),
            "shopping-cart": Support(guarantees: mailbox),
            "portal-ping-pong": Support(guarantees: mailbox, workersMax: 2),
        ],
        keepsAllocator: true)

    /// With a journal Flink's is its checkpoints: exactly-once for its state.
    private static func flinkSupport(
        _ backend: String, ignoring parameters: Set<String> = []
    ) -> Support {
        Support(
            axes: [.snapshots], ignoredParameters: parameters,
            guarantees: [.none: "in memory", .durable: "exactly-once"],
            arguments: ["backend=\(backend)"])
    }

    private static let noCycle = [
        "shopping-cart":
            "Flink 2 has no cycle: DataStream.iterate() was removed in 2.0; what comes near is the "
            + "system flink-acyclic-cart"
    ]

    private static func checkpointRefusal(_ configuration: TrialConfiguration) -> String? {
        configuration.journal == .durable && configuration.snapshots == .off
            ? "Flink is exactly-once by its checkpoints: give --snapshots an interval" : nil
    }

    /// Apache Flink with state on the heap.
    static let flink = PeerSystem(
        name: "flink",
        summary: "Apache Flink, state on the heap; exactly-once by checkpoints every --snapshots",
        installation: PeerInstallation(name: "flink"),
        support: ["keyed-count": flinkSupport("hashmap")], reasons: noCycle,
        furtherRefusal: checkpointRefusal)

    /// Apache Flink with state in RocksDB.
    static let flinkRocksDB = PeerSystem(
        name: "flink-rocksdb",
        summary: "Apache Flink, state in RocksDB; exactly-once by incremental checkpoints",
        installation: PeerInstallation(name: "flink"),
        support: ["keyed-count": flinkSupport("rocksdb")], reasons: noCycle,
        furtherRefusal: checkpointRefusal)

    /// An approximation of the cart without its cycle, under a name of its own.
    static let flinkAcyclicCart = PeerSystem(
        name: PeerAnswers.acyclicCart,
        summary: "Apache Flink, the cart without its cycle: a remove always returns a unit",
        installation: PeerInstallation(name: "flink"),
        support: ["shopping-cart": flinkSupport("hashmap", ignoring: ["mode"])],
        furtherRefusal: checkpointRefusal)

    /// What a client that asks again after an error has, by what the server keeps.
    private static let servers: [TrialConfiguration.Journal: String] = [
        .none: "in memory", .asynchronous: "bounded loss", .durable: "at-least-once",
    ]

    /// Redis: one thread serves all; the journal is its append-only file.
    static let redis = PeerSystem(
        name: "redis",
        summary: "Redis, a client with two pipelines; the journal is its append-only file",
        installation: PeerInstallation(name: "redis"),
        support: [
            "keyed-count": Support(axes: [.atomSize], guarantees: servers, workersMax: 1),
            "portal-ping-pong": Support(workersMax: 1),
            "durable-append": Support(guarantees: servers, workersMax: 1),
        ])

    /// NATS: messages at most once; JetStream for what is stored.
    static let nats = PeerSystem(
        name: "nats",
        summary: "NATS: asker, server and replier; JetStream's file store is the journal",
        installation: PeerInstallation(name: "nats"),
        support: [
            "portal-ping-pong": Support(guarantees: mailbox, workersMax: 2),
            "durable-append": Support(guarantees: servers, workersMax: 1),
        ])

    /// The LMAX Disruptor: a ring between two threads of a Java virtual machine.
    static let disruptor = PeerSystem(
        name: "disruptor",
        summary: "LMAX Disruptor in Java: a ring between two threads that spin, in memory",
        installation: PeerInstallation(name: "disruptor"),
        support: ["queue": Support(axes: [.idle])],
        furtherRefusal: { configuration in
            if configuration.workers != 2 {
                return "a queue has a producer and a consumer: give --workers 2"
            }
            return configuration.idle == .park
                ? "the Disruptor is measured spinning or yielding: give --idle spin or yield" : nil
        })
}
