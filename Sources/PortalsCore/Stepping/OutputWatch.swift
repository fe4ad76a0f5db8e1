// What whoever follows a replay sees of it: the events that sinks and nodes give, as text.

/// Shows what a replayed engine gives, in place of its sinks.
///
/// An engine that is watched makes no sink: nothing outside is touched by what comes again.
/// - Ownership: called by the workers, so by one thread where one steps them.
/// - Cost: every event that is wanted as text; for people and tools, not for measurements.
public final class OutputWatch {
    private let path: String?
    private let take: ((WatchedEvents) -> Void)?

    /// - Parameters:
    ///   - path: of a sink or another node, or of the element that has them; nil for all sinks.
    ///   - take: is shown their events; nil where nobody wants them.
    public init(path: String? = nil, take: ((WatchedEvents) -> Void)?) {
        self.path = path
        self.take = take
    }

    /// Whether what a node gives is to be shown.
    @usableFromInline
    func wants(_ definition: NodeDefinition) -> Bool {
        if take == nil { return false }
        guard let path else { return definition.kind == .sink }
        return definition.path == path || definition.path.utf8.starts(with: (path + "/").utf8)
    }

    @usableFromInline
    func show<Element>(
        _ chunk: ChunkPointer, _: Element.Type, _ partition: Partition, _ path: String
    ) {
        let count = unsafe Int(chunk.pointee.count)
        let values = unsafe chunk.values(Element.self)
        take?(
            WatchedEvents(
                path: path, step: partition.step.number, partition: partition.index,
                events: (0..<count).map { unsafe eventText(values[$0]) }))
    }
}

/// Some events of one partition's part of an atom.
public struct WatchedEvents: Sendable {
    /// Of the sink that they reach, or of the node that gives them.
    public var path: String
    /// The step of its workflow: with the path the name of the atom.
    public var step: UInt64
    /// The partition that gives them.
    public var partition: Int
    /// The events in order, as they describe themselves.
    public var events: [String]
}

/// The node of a sink that is watched: it shows its events, and nothing goes out.
@usableFromInline
func makeWatchedSinkNode<Element: Event>(
    _: Element.Type, _ watch: OutputWatch, partition: Partition, definition: NodeDefinition
) -> Node {
    let outlet = unsafe Outlet(
        pool: partition.worker.pool, layout: ChunkLayout(of: Never.self), isKeyed: false,
        defersPushes: false)
    let node = makeNode(Element.self, Never.self, partition, definition, outlet)
    if partition.isAtomic { node.holdsChunks = true }
    let path = definition.path
    if watch.wants(definition) {
        unsafe node.onChunk = { [unowned(unsafe) partition] chunk, _ in
            unsafe watch.show(chunk, Element.self, partition, path)
        }
    }
    node.sinkState = SinkState(
        path: path, partition: partition.index, store: { [] },
        restore: { _ throws(RecordError) in }, synchronize: nil, recovered: { _ in })
    return node
}

extension Engine {
    /// Shows what is launched from now on to a watch, in place of its sinks.
    public func watch(_ watch: OutputWatch) {
        for worker in workers { worker.watch = watch }
    }

    /// The paths of all that a watch can show, in the order of the launch: elements, and below
    /// each its nodes.
    public var watchedPaths: [String] {
        directory.elements.flatMap { plan in
            [plan.path] + plan.nodes.map { $0.definition.path }
        }
    }

    /// Shows the state of every task, by partition and key.
    ///
    /// - Parameter path: of a task or its workflow; nil for all.
    /// - Cost: every value as text. All workers stand still.
    public func describeStates(
        path: String? = nil, _ show: (TaskState) -> Void
    ) {
        for plan in directory.elements {
            for index in 0..<plan.partitionCount {
                for node in directory.partitions[plan.firstPartition + index].nodes {
                    let task = node.definition.path
                    if let path, task != path, !task.utf8.starts(with: (path + "/").utf8) {
                        continue
                    }
                    node.state?.describe { key, value in
                        show(TaskState(task: task, partition: index, key: key, value: value))
                    }
                }
            }
        }
    }

    /// The step that an element does next. All workers stand still.
    public func nextStep(of path: String) -> UInt64? {
        directory.elements.firstIndex { $0.path == path }.map { directory.leaders[$0].nextStep }
    }

    /// Whether an element has decided no step that it has not done. All workers stand still.
    public func hasDoneItsSteps(_ path: String) -> Bool {
        guard let element = directory.elements.firstIndex(where: { $0.path == path }) else {
            return false
        }
        return directory.leaders[element].ledger.isEmpty
    }
}

/// One value of a task's state.
public struct TaskState: Sendable {
    /// The path of the task.
    public var task: String
    /// The partition that has it.
    public var partition: Int
    /// Its key; nil for the state that a task keeps without keys, and for the properties of its
    /// body.
    public var key: Key?
    /// As it describes itself.
    public var value: String
}
