// The state of a whole engine between two atoms: how it is taken while the workers go on, and put
// into a new engine.
import Synchronization

/// What an engine holds at a cut at which nothing is in flight.
public struct EngineCut: Sendable {
    /// For each element: where its leader and its partitions are.
    public var elements: [[UInt64]]
    /// The states of nodes.
    public var nodes: [NodeCut]
    /// What feeds know of the atoms that they gave, in the order of ``Engine/feeds``.
    public var feeds: [[UInt8]] = []
    /// What sinks know of what they were given, in the order of ``Engine/sinks``.
    public var sinks: [[UInt8]] = []

    /// A cut that was read.
    public init(elements: [[UInt64]], nodes: [NodeCut]) {
        self.elements = elements
        self.nodes = nodes
    }
}

/// The state of one node on one partition, or what has changed of it since the cut before.
public struct NodeCut: Sendable {
    /// By number of element, partition and node.
    public var place: NodePlace
    /// The types of the state, and of the task's body if that has state.
    public var fingerprints: [String]
    /// Groups, keys and seed of the table.
    public var head: [UInt64]
    /// Its units in any order, each once: sections of `unit u32, byte count u32, bytes`. Unit 0 is
    /// what has no key, from 1 on come the groups of the table.
    public var sections: [[UInt8]]

    /// A node that was read.
    public init(place: NodePlace, fingerprints: [String], head: [UInt64], sections: [[UInt8]]) {
        self.place = place
        self.fingerprints = fingerprints
        self.head = head
        self.sections = sections
    }
}

/// Which node of which partition.
public struct NodePlace: Hashable, Sendable {
    /// In the order of the launch.
    public var element: Int
    /// In `0..<partitionCount`.
    public var partition: Int
    /// In the order of the workflow.
    public var node: Int

    /// A place that was read.
    public init(element: Int, partition: Int, node: Int) {
        self.element = element
        self.partition = partition
        self.node = node
    }
}

extension Engine {
    /// Why no snapshot can be taken of what was launched; nil if it can.
    public var snapshotRefusal: String? {
        for plan in directory.elements {
            if plan.definition.retainedAtoms > 0 {
                return "\(plan.path) retains atoms for late consumers, which a snapshot can't hold "
                    + "yet"
            }
        }
        for (_, node) in statefulNodes {
            if let refused = node.state?.refused {
                return "the state of \(node.definition.path), \(refused), is neither trivial nor "
                    + "StoredState: let it conform"
            }
        }
        return nil
    }

    private var statefulNodes: [(place: NodePlace, node: Node)] {
        directory.elements.flatMap { plan in
            (0..<plan.partitionCount).flatMap { index in
                directory.partitions[plan.firstPartition + index].nodes.enumerated().compactMap {
                    number, node in
                    node.state == nil
                        ? nil
                        : (NodePlace(element: plan.id, partition: index, node: number), node)
                }
            }
        }
    }

    /// Lets sources pause, so that what is in flight comes to an end; or go on.
    public func holdSources(_ holds: Bool) { directory.holdSources(holds) }

    /// Begins a cut, if nothing is in flight and no ask is open. All workers stand still.
    ///
    /// - Parameter isFull: all state, not only what has changed since the cut before.
    /// - Cost: a byte for 4 KiB of state. The workers copy the rest with their steps.
    /// - Parameter number: of the snapshot; the records are marked with it.
    /// - Returns: whether it has begun.
    public func beginCut(number: UInt64, isFull: Bool) -> Bool {
        #if PROTOCOL_MUTATIONS
        guard canCut else { return false }
        #else
        guard directory.roots.allFree, directory.leaders.allSatisfy({ $0.canBeCut }),
            workers.allSatisfy({ unsafe !$0.hasMessages && $0.outputs?.isEmpty ?? true }),
            recorders.allSatisfy({ $0.isRecording && $0.canDecide })
        else { return false }
        #endif
        for recorder in recorders { recorder.mark(number) }
        // A recovery from here finds the first steps all looked at.
        for partition in directory.partitions {
            partition.digests?.record(from: partition.endedSteps)
        }
        // Asked for: the writer may have taken the marks by now, and have nothing else to do.
        cutStamp = recorders.first?.awaitDurable() ?? marks.stamp()
        cut = EngineCut(
            elements: directory.elements.map { plan in
                directory.leaders[plan.id].cutWords
                    + (0..<plan.partitionCount).map {
                        directory.partitions[plan.firstPartition + $0].endedSteps
                    }
            }, nodes: [])
        cut?.feeds = feeds.map { $0.feed.storedState() }
        cut?.sinks = sinks.map { $0.storedState() }
        for worker in workers { worker.beginCut() }
        for (place, node) in statefulNodes {
            guard let state = node.state else { continue }
            if isFull { state.tracker?.setChanged() }
            cut?.nodes.append(
                NodeCut(
                    place: place, fingerprints: state.fingerprints, head: state.head(), sections: []
                ))
            worker(of: place).cut(state)
        }
        for worker in workers { worker.openCut() }
        return true
    }

    #if PROTOCOL_MUTATIONS
    private var canCut: Bool {
        let has = ProtocolMutation.has
        return (has(.cutsInFlight) || directory.roots.allFree)
            // An open ask has its request, or what came of it, in flight: a request that nobody can
            // answer any more has failed. So there is no bug of cutting with open asks alone.
            && (has(.cutsInFlight) || directory.leaders.allSatisfy { $0.canBeCut })
            && (has(.cutsInFlight) || workers.allSatisfy { !$0.hasMessages })
            && (has(.cutsHeldOutputs) || workers.allSatisfy { unsafe $0.outputs?.isEmpty ?? true })
            && recorders.allSatisfy { $0.isRecording && $0.canDecide }
    }
    #endif

    /// All of the cut is copied; any thread may ask.
    public var isCutCopied: Bool { workers.allSatisfy { $0.isCutCopied } }

    /// All records before the cut are durable; any thread may ask.
    public var isCutDurable: Bool { marks.released > cutStamp }

    private func worker(of place: NodePlace) -> Worker {
        workers[directory.elements[place.element].workers[place.partition]]
    }

    /// Gives back a section of a cut that is written, so that the next cut is copied there; one
    /// thread at a time, and the only one that has the section.
    public func reuse(_ section: consuming [UInt8], of place: NodePlace) {
        worker(of: place).cutPool.give(section)
    }

    /// The cut, when all of it is copied; any thread, once.
    public func takeCut() -> EngineCut {
        for worker in workers { worker.cutPool.empty() }
        var result = cut ?? EngineCut(elements: [], nodes: [])
        cut = nil
        var states: [NodePlace: NodeState] = [:]
        for (place, node) in statefulNodes { states[place] = node.state }
        for index in result.nodes.indices {
            result.nodes[index].sections = states[result.nodes[index].place]?.takeCopied() ?? []
        }
        return result
    }

    /// Puts a cut into a launched engine that has not run. All workers stand still.
    ///
    /// - Errors: a state of another type, named; a cut of other elements.
    public func restore(_ cut: EngineCut) throws(RecordError) {
        guard cut.elements.count == directory.elements.count else {
            throw RecordError(
                "the snapshot has \(cut.elements.count) elements, the launched applications "
                    + "\(directory.elements.count)")
        }
        for plan in directory.elements {
            let words = cut.elements[plan.id]
            let leader = directory.leaders[plan.id]
            guard words.count > plan.partitionCount else {
                throw RecordError("\(plan.path): the snapshot has another number of partitions")
            }
            let first = words.count - plan.partitionCount
            try leader.restore(Array(words[..<first]))
            for index in 0..<plan.partitionCount {
                directory.partitions[plan.firstPartition + index].restore(
                    endedSteps: words[first + index])
            }
        }
        var states: [NodePlace: Node] = [:]
        for (place, node) in statefulNodes { states[place] = node }
        for stored in cut.nodes {
            guard let node = states.removeValue(forKey: stored.place), let state = node.state else {
                throw RecordError("the snapshot holds a state that no task has: \(stored.place)")
            }
            do throws(RecordError) {
                try state.beginLoading(stored.head, stored.fingerprints)
            } catch {
                throw RecordError("\(node.definition.path): \(error)")
            }
            for section in stored.sections {
                try StateBytes.Reader.forEachUnit(section) {
                    (unit, bytes) throws(RecordError) in try state.load(unit, &bytes)
                }
            }
            state.setClean()
        }
        try restoreEnds(cut)
        if let (place, node) = states.min(by: {
            $0.value.definition.path < $1.value.definition.path
        }) {
            throw RecordError(
                "the snapshot lacks the state of \(node.definition.path) on partition "
                    + "\(place.partition)")
        }
    }

    private func restoreEnds(_ cut: EngineCut) throws(RecordError) {
        guard cut.feeds.count == feeds.count, cut.sinks.count == sinks.count else {
            throw RecordError(
                "the snapshot has \(cut.feeds.count) sources from outside and \(cut.sinks.count) "
                    + "sinks, the launched applications \(feeds.count) and \(sinks.count)")
        }
        for (index, (path, feed)) in feeds.enumerated() {
            do throws(RecordError) {
                try feed.restoreState(cut.feeds[index])
            } catch {
                throw RecordError("\(path): \(error)")
            }
        }
        for (index, sink) in sinks.enumerated() { try sink.restoreState(cut.sinks[index]) }
    }

    /// The cut that was taken is lost: the next one holds all state. All workers stand still.
    public func forgetCut() {
        for (_, node) in statefulNodes { node.state?.tracker?.setChanged() }
    }
}
