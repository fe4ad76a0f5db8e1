// From applications to plans: everything that can be wrong is found here, all at once, before
// anything runs.

/// Makes the plans of applications that join a running system.
struct Planner {
    let directory: Directory
    let partitionCountDefault: Int
    let workerCount: Int
    let placement: Placement
    var faults: [String] = []
    /// Bytes of the longest record of an atom from outside; nil where nothing is recorded.
    var recordByteCountMax: Int?
    /// By path, of the running and the new.
    var streams: [String: (definition: StreamDefinition, element: ElementDefinition)] = [:]
    var portals: [String: PortalDefinition] = [:]
    private var elementPlans: [ObjectIdentifier: ElementPlan] = [:]
    var nodeElements: [ObjectIdentifier: ElementDefinition] = [:]
    var added: [ElementPlan] = []
    var newApplications: [Application] = []

    init(
        directory: Directory, partitionCountDefault: Int, workerCount: Int, placement: Placement
    ) {
        self.directory = directory
        self.partitionCountDefault = partitionCountDefault
        self.workerCount = workerCount
        self.placement = placement
    }

    /// Plans the applications on top of what runs. The directory is changed only if there are no
    /// faults.
    mutating func plan(_ applications: [Application]) throws(LaunchError) -> [ElementPlan] {
        newApplications = applications
        let all = directory.applications + applications
        indexPaths(all, applications)
        for application in applications { faults += application.faults }
        for application in applications { check(application) }
        for application in applications { checkReaders(application) }
        for application in applications { checkFeeds(application) }
        checkCycles(all)
        if !faults.isEmpty { throw LaunchError(faults: faults) }
        for application in applications { makeElements(application) }
        for plan in added { makeGraph(plan) }
        connectStreams(all)
        connectPortals()
        for plan in added { finishInputs(plan) }
        relate()
        return added
    }

    // MARK: Paths

    private mutating func indexPaths(_ all: [Application], _ new: [Application]) {
        var places: [String: String] = [:]
        var names: Set<String> = []
        for application in all {
            if !names.insert(application.name).inserted {
                faults.append(
                    "/\(application.name): an application of this name is running, or launched "
                        + "with it: give each a name of its own")
            }
            var paths = application.portals.map { ($0.path, "a portal") }
            for element in application.elements {
                paths.append((element.path, "a \(element.kind.rawValue)"))
                for node in element.nodes where node.path != element.path {
                    paths.append((node.path, "a part of \(element.path)"))
                }
                for node in element.nodes { nodeElements[ObjectIdentifier(node)] = element }
                for output in element.outputs { streams[output.path] = (output, element) }
            }
            paths += application.connections.map { ($0.path, "a connection") }
            for (path, what) in paths {
                if let other = places[path] {
                    faults.append("\(path): two elements have this path: \(other), and \(what)")
                }
                places[path] = what
            }
            for portal in application.portals { portals[portal.path] = portal }
        }
    }

    private func known(_ paths: some Sequence<String>) -> String {
        let sorted = paths.sorted()
        return sorted.isEmpty ? "none" : sorted.prefix(8).joined(separator: ", ")
    }

    /// The definition behind a handle, which may be a path of another application.
    mutating func resolve(
        _ stream: StreamDefinition, _ user: String
    )
        -> (definition: StreamDefinition, element: ElementDefinition)?
    {
        guard let found = streams[stream.path] else {
            faults.append(
                "\(user): there is no stream \(stream.path); there are: \(known(streams.keys))")
            return nil
        }
        if found.definition.type != stream.type {
            faults.append(
                "\(user): \(stream.path) is a stream of \(found.definition.type), "
                    + "not of \(stream.type)"
            )
            return nil
        }
        let isNew = newApplications.contains { $0.elements.contains { $0 === found.element } }
        if !isNew && !directory.elements.contains(where: { $0.definition === found.element }) {
            faults.append(
                "\(user): \(stream.path) runs inside the one workflow that read it at launch, "
                    + "or not "
                    + "at all; publish it there by a workflow of its own with stream()")
            return nil
        }
        return found
    }

    mutating func resolve(_ portal: PortalDefinition, _ user: String) -> PortalDefinition? {
        guard let found = portals[portal.path] else {
            faults.append(
                "\(user): there is no portal \(portal.path); there are: \(known(portals.keys))")
            return nil
        }
        if found.request != portal.request || found.reply != portal.reply {
            faults.append(
                "\(user): \(portal.path) is asked \(found.request) and replies \(found.reply), "
                    + "not \(portal.request) and \(portal.reply)")
            return nil
        }
        return found
    }

    // MARK: Elements

    private mutating func makeElements(_ application: Application) {
        // A generator that one workflow alone reads is fused into its source.
        var readers: [ObjectIdentifier: [ElementDefinition]] = [:]
        for element in newApplications.flatMap({ $0.elements }) {
            for (stream, _) in element.sources {
                if let found = streams[stream.path] {
                    readers[ObjectIdentifier(found.element), default: []].append(element)
                }
            }
        }
        for connection in newApplications.flatMap({ $0.connections }) {
            if let found = streams[connection.stream.path],
                let target = streams[connection.sequencerPath]
            {
                readers[ObjectIdentifier(found.element), default: []].append(target.element)
            }
        }
        var fused: [ObjectIdentifier: ElementDefinition] = [:]
        for element in application.elements where element.kind == .generator {
            let users = readers[ObjectIdentifier(element)] ?? []
            if users.count == 1, users[0].kind == .workflow,
                application.elements.contains(where: { $0 === users[0] })
            {
                fused[ObjectIdentifier(users[0])] = element
                continue
            }
            if users.isEmpty { continue }  // Nobody reads it: it makes nothing.
            add(element, application)
        }
        for element in application.elements where element.kind != .generator {
            let plan = add(element, application)
            plan.generator = fused[ObjectIdentifier(element)]
        }
    }

    @discardableResult
    private mutating func add(
        _ element: ElementDefinition, _ application: Application
    )
        -> ElementPlan
    {
        let plan = ElementPlan(
            id: directory.elements.count + added.count, application: application.name,
            definition: element, path: element.path,
            partitionCount: element.partitions ?? partitionCountDefault)
        if element.kind == .generator { plan.generator = element }
        plan.workers = placement.workers(
            element: plan.id, partitions: plan.partitionCount, workerCount: workerCount)
        added.append(plan)
        elementPlans[ObjectIdentifier(element)] = plan
        return plan
    }

    func plan(of element: ElementDefinition) -> ElementPlan? {
        elementPlans[ObjectIdentifier(element)]
            ?? directory.elements.first { $0.definition === element }
    }
}
