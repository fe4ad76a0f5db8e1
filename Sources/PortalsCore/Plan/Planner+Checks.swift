// What is wrong with applications that are to be launched: every fault joins the planner's list,
// with its path and its cure.

extension Planner {
    mutating func check(_ application: Application) {
        for portal in application.portals {
            if portal.repliers.isEmpty {
                faults.append("\(portal.path): no task replies to it; give one `replies:`")
            }
            if portal.repliers.count > 1 {
                let paths = portal.repliers.map { $0.path }.joined(separator: ", ")
                faults.append("\(portal.path): one task replies to a portal, not these: \(paths)")
            }
        }
        for element in application.elements {
            if let partitions = element.partitions, !(1...64).contains(partitions) {
                faults.append("\(element.path): 1 to 64 partitions, not \(partitions)")
            }
            if element.retainedAtoms < 0 {
                faults.append("\(element.path): retains 0 atoms or more")
            }
            if element.kind == .workflow {
                let source = element.nodes.contains { $0.kind == .source }
                if !source { faults.append("\(element.path): a workflow needs a source") }
            }
            checkInputs(of: element)
            for (stream, start) in element.sources {
                if let found = resolve(stream, element.path) {
                    checkStart(start, found, element.path)
                }
            }
            for node in element.nodes {
                for portal in node.asks {
                    if let found = resolve(portal, node.path), found.repliers.isEmpty,
                        portal.isReference
                    {
                        faults.append("\(node.path): no task replies to \(portal.path)")
                    }
                }
            }
        }
        for connection in application.connections {
            guard let target = streams[connection.sequencerPath], target.element.kind == .sequencer
            else {
                faults.append(
                    "\(connection.path): there is no sequencer \(connection.sequencerPath)")
                continue
            }
            if target.definition.type != connection.type {
                faults.append(
                    "\(connection.path): the sequencer carries \(target.definition.type), "
                        + "the stream \(connection.type)")
            }
            let isRunning = !newApplications.contains { application in
                application.elements.contains { $0 === target.element }
            }
            if isRunning && !target.element.isOpen {
                faults.append(
                    "\(connection.path): the sequencer is closed; make it with `open: true`")
            }
            if let found = resolve(connection.stream, connection.path) {
                checkStart(connection.start, found, connection.path)
            }
        }
    }

    private mutating func checkStart(
        _ start: StreamStart, _ stream: (definition: StreamDefinition, element: ElementDefinition),
        _ user: String
    ) {
        guard case .atom(let number) = start else { return }
        let leader = directory.elements.first { $0.definition === stream.element }
            .map { directory.leaders[$0.id] }
        // A stream that has not begun has its first atom to come, and nothing behind it.
        guard let retained = leader == nil ? 0..<0 : leader?.retainedNumbers(of: stream.definition)
        else {
            faults.append(
                "\(user): atom \(number) of \(stream.definition.path) is not there: it retains "
                    + "nothing; give its workflow `retaining:`")
            return
        }
        if !retained.contains(number) && number != retained.upperBound {
            faults.append(
                "\(user): atom \(number) of \(stream.definition.path) is not there: it retains "
                    + "\(retained.lowerBound)..<\(retained.upperBound); "
                    + "give its workflow `retaining:`"
            )
        }
    }

    /// Refuses cycles of streams that pass no sequencer.
    mutating func checkCycles(_ all: [Application]) {
        var consumes: [ObjectIdentifier: [ElementDefinition]] = [:]
        var elements: [ElementDefinition] = []
        for application in all {
            for element in application.elements where element.kind != .sequencer {
                elements.append(element)
                consumes[ObjectIdentifier(element)] = element.sources.compactMap {
                    streams[$0.stream.path]?.element
                }.filter { $0.kind != .sequencer }
            }
        }
        var state: [ObjectIdentifier: Int] = [:]
        var trail: [String] = []
        func visit(_ element: ElementDefinition, _ faults: inout [String]) {
            let id = ObjectIdentifier(element)
            if state[id] == 2 { return }
            if state[id] == 1 {
                let start = trail.firstIndex(of: element.path) ?? 0
                faults.append(
                    "\(element.path): a cycle of streams without a sequencer: "
                        + (trail[start...] + [element.path]).joined(separator: " reads "))
                return
            }
            state[id] = 1
            trail.append(element.path)
            for producer in consumes[id] ?? [] { visit(producer, &faults) }
            trail.removeLast()
            state[id] = 2
        }
        for element in elements { visit(element, &faults) }
    }

    mutating func checkFeeds(_ application: Application) {
        for element in application.elements {
            guard let feed = element.feed else { continue }
            if feed.isTaken {
                faults.append(
                    "\(element.path): its feed was launched already; make a new one for each launch"
                )
            }
            if let most = recordByteCountMax, feed.recordByteCountMax > most {
                faults.append(
                    "\(element.path): its atoms have records of up to \(feed.recordByteCountMax) "
                        + "bytes, but a worker's record has room for \(most): "
                        + StepRecorder.cure(byteCount: feed.recordByteCountMax))
            }
        }
    }
}
