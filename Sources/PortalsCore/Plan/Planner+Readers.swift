// What is made for nobody, and what is joined that can't be: the checks of who reads whom.
//
// Refused is what makes events that nobody takes and nobody can come to take. What the registry
// shows needs no reader, since an application launched later may read it (rule 2.9 of the model):
// the stream of a workflow, its dead letters, the splits of a splitter, the stream of a sequencer,
// a portal.

extension Planner {
    /// Refuses generators, and places of workflows, that nothing reads.
    mutating func checkReaders(_ application: Application) {
        var reads: Set<ObjectIdentifier> = []
        for element in application.elements {
            for node in element.nodes { reads.formUnion(node.inputs.map(ObjectIdentifier.init)) }
            reads.formUnion(element.outputs.compactMap { $0.node.map(ObjectIdentifier.init) })
        }
        let streamsRead = pathsRead
        for element in application.elements {
            switch element.kind {
            case .generator:
                // The registry shows only those that run when it is asked.
                if !streamsRead.contains(element.path) {
                    faults.append(
                        "\(element.path): nothing reads it, and nothing launched later can: "
                            + "give it to source(_:), splitter(_:_:splits:) or connect(_:to:)")
                }
            case .workflow:
                for node in element.nodes where !reads.contains(ObjectIdentifier(node)) {
                    if let cure = Self.cure(ofUnread: node) {
                        faults.append("\(node.path): nothing reads it: \(cure)")
                    }
                }
            case .sequencer, .splitter: break
            }
        }
    }

    /// What to do about a place of a workflow that neither the workflow nor a stream reads; nil
    /// where it needs no reader.
    private static func cure(ofUnread node: NodeDefinition) -> String? {
        switch node.kind {
        case .sink, .deadLetters: nil
        case .source: "give the workflow a task, or end it with sink(_:) or stream()"
        case .key, .flow, .pass: "end it with sink(_:), stream() or a task"
        // What it does to its state, asks and replies is enough.
        case .task where node.output.isNever: nil
        case .task:
            "it emits \(node.output); end it with sink(_:), stream() or a task, or let it say "
                + "`emits: Never.self`"
        }
    }

    /// The paths of the streams that the new applications read.
    private var pathsRead: Set<String> {
        var paths: Set<String> = []
        for application in newApplications {
            for element in application.elements {
                paths.formUnion(element.sources.map { $0.stream.path })
            }
            paths.formUnion(application.connections.map { $0.stream.path })
        }
        return paths
    }

    /// Refuses what crosses from one element to another otherwise than by a stream or a portal.
    mutating func checkInputs(of element: ElementDefinition) {
        for node in element.nodes {
            for input in node.inputs
            where nodeElements[ObjectIdentifier(input)] !== element {
                faults.append(
                    "\(node.path): it reads \(input.path), which is no part of \(element.path): "
                        + "a union joins flows of one workflow; merge streams with a sequencer")
            }
            if let portal = node.repliesTo, portal.isReference {
                faults.append(
                    "\(node.path): it replies to \(portal.path), found by path: a task replies to "
                        + "a portal that its own application declares")
            }
        }
    }
}
