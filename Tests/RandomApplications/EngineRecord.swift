// What a run on an engine came to: outputs, and the order of steps that it recorded, in the words
// of the reference model.
import Portals

/// A run that has come to rest.
public struct EngineRecord: Sendable {
    public var order: StepOrder
    public var notes: RunNotes
    public var outcome: ReferenceOutcome
    /// Sinks that have seen the end of their stream, by workflow.
    public var sealedSinks: [[Bool]]
}

extension BuiltSystem {
    /// Reads a run from an engine at rest; it was told to record its order.
    public func record(
        _ description: SystemDescription, _ engine: Engine
    ) throws(ReferenceFault) -> EngineRecord {
        var order: StepOrder = [:]
        let elements =
            description.workflows.indices.map { Element.workflow($0) }
            + description.sequencers.indices.map { Element.sequencer($0) }
            + description.splitters.indices.map { Element.splitter($0) }
        for element in elements {
            let names = try inputNames(description, element, engine)
            guard let entries = engine.order(of: description.path(of: element)) else {
                throw ReferenceFault("\(element) recorded no order")
            }
            order[element] = entries.map { StepRecord(names[Int($0.input)], $0.producerStep) }
        }
        var outcome = ReferenceOutcome(
            sinks: sinks.map { $0.map(\.atoms) },
            letters: letters.map { collector in
                collector.atoms.map { atom in
                    atom.map {
                        Letter(
                            task: $0.task, step: $0.step, partition: $0.partition, key: $0.key,
                            event: $0.event)
                    }
                }
            },
            abortedSteps: description.workflows.map { _ in [] },
            droppedEvents: description.splitters.indices.map {
                engine.droppedEvents(of: description.path(of: Element.splitter($0)))
            })
        outcome.order = order
        return EngineRecord(
            order: order, notes: notes, outcome: outcome,
            sealedSinks: sinks.map { $0.map(\.isSealed) })
    }

    /// What the inputs of an element carry.
    private func inputNames(
        _ description: SystemDescription, _ element: Element, _ engine: Engine
    ) throws(ReferenceFault) -> [InputName] {
        let path = description.path(of: element)
        guard let plan = engine.elements.first(where: { $0.path == path }) else {
            throw ReferenceFault("\(path) was not planned")
        }
        let streams: [StreamSource] =
            switch element {
            case .workflow(let number): description.workflows[number].source.map { [$0] } ?? []
            case .sequencer(let number): description.sequencers[number].inputs
            case .splitter(let number): [description.splitters[number].input]
            }
        var names: [InputName] = []
        for (kind, producer) in zip(plan.inputKinds, plan.inputProducers) {
            switch kind {
            case .seal: names.append(.seal)
            case .timer: names.append(.timer)
            case .reply: names.append(.reply(replier: description.workflow(at: producer ?? "")))
            case .request: names.append(.request(asker: description.workflow(at: producer ?? "")))
            case .stream, .source:
                let stream = streams.first { description.path(of: $0) == producer }
                guard let stream else {
                    throw ReferenceFault("\(path) reads \(producer ?? "nothing")")
                }
                names.append(.stream(stream))
            }
        }
        return names
    }

    private var notes: RunNotes {
        var notes = RunNotes()
        for (place, table) in tables where place.node >= 0 {
            for (partition, log) in table.logs.enumerated() {
                for (step, draws) in log.draws {
                    let draw = DrawPlace(
                        workflow: place.workflow, node: place.node, partition: partition,
                        step: step)
                    notes.draws[draw] = draws
                }
                for (step, time) in log.times {
                    notes.times[StepPlace(workflow: place.workflow, step: step)] = time
                }
            }
        }
        return notes
    }
}

extension SystemDescription {
    func workflow(at path: String) -> Int {
        workflows.indices.first { self.path(of: Element.workflow($0)) == path } ?? -1
    }
}
