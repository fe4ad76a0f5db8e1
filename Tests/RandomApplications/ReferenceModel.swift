// The model itself, run one step after another on one thread: the oracle of random applications.
// Written from the contract of the model alone; it shares nothing with the engine but the
// function that maps keys to partitions and the arithmetic of handlers.
import Portals

/// An event, with the key it carries; 0 where it carries none.
struct Item { var token: Token, key: UInt64 }

/// A request on its way; `ask` is the identity of the ask.
struct RequestItem { var token: Token, key: UInt64, ask: Int }

/// How an ask ends: with a token or, if there is none, with a failure's code.
struct ReplyItem { var ask: Int, reply: Token?, failure: Int64 = 0 }

/// One atom, by partition of its consumer.
enum Atom {
    case items([[Item]])
    case requests([[RequestItem]])
    case replies([[ReplyItem]])
    case nothing
}

/// Atoms that stand in one input.
struct AtomQueue {
    private var atoms: [(step: UInt64, atom: Atom)] = []
    private var head = 0
    var first: (step: UInt64, atom: Atom)? { head < atoms.count ? atoms[head] : nil }
    mutating func append(_ step: UInt64, _ atom: Atom) { atoms.append((step, atom)) }
    mutating func removeFirst() { head += 1 }
    /// Those that nobody has taken.
    var left: ArraySlice<(step: UInt64, atom: Atom)> { atoms[head...] }
}

/// Runs a description: by a given order of steps, or by a fair one of its own.
public final class ReferenceModel {
    let description: SystemDescription
    let notes: RunNotes
    let mutation: Mutation?
    let handledMax: Int
    var outcome: ReferenceOutcome
    var queues: [Element: [InputName: AtomQueue]] = [:]
    /// Inputs of each element, in a fixed order.
    private(set) var inputs: [Element: [InputName]] = [:]
    private(set) var elements: [Element] = []
    private var consumers: [StreamSource: [Element]] = [:]
    var workflows: [WorkflowState]
    var asks = AskTable()
    var drawn: [DrawPlace: Int] = [:]

    /// - Parameter notes: random numbers and times of the run that the order is from.
    /// - Parameter handledMax: a bound of events handled in all.
    public init(
        _ description: SystemDescription, notes: RunNotes = RunNotes(), mutation: Mutation? = nil,
        handledMax: Int = 1_000_000
    ) {
        self.description = description
        self.notes = notes
        self.mutation = mutation
        self.handledMax = handledMax
        outcome = ReferenceOutcome(
            sinks: description.workflows.map { $0.sinks.map { _ in [] } },
            letters: description.workflows.map { _ in [] },
            abortedSteps: description.workflows.map { _ in [] },
            droppedEvents: description.splitters.map { _ in 0 })
        workflows = description.workflows.enumerated().map { number, workflow in
            WorkflowState(
                workflow, partitions: description.partitions(of: .workflow(number)))
        }
        connect()
    }

    /// Finds out who reads what, and puts the generators' atoms into their consumers' queues.
    private func connect() {
        elements =
            description.workflows.indices.map { .workflow($0) }
            + description.sequencers.indices.map { .sequencer($0) }
            + description.splitters.indices.map { .splitter($0) }
        for element in elements {
            var names: [InputName] = []
            switch element {
            case .workflow(let number):
                let workflow = description.workflows[number]
                for (_, task) in workflow.tasks {
                    for portal in task.askedPortals {
                        if let replier = description.replier(of: portal) {
                            let name = InputName.reply(replier: replier.workflow)
                            if !names.contains(name) { names.append(name) }
                        }
                    }
                }
                for (_, task) in workflow.tasks {
                    guard let portal = task.replies else { continue }
                    for (asker, other) in description.workflows.enumerated()
                    where other.tasks.contains(where: { $0.task.askedPortals.contains(portal) }) {
                        names.append(.request(asker: asker))
                    }
                }
                if let source = workflow.source { names.append(.stream(source)) }
            case .sequencer(let number):
                names = description.sequencers[number].inputs.map { .stream($0) }
            case .splitter(let number): names = [.stream(description.splitters[number].input)]
            }
            inputs[element] = names
            queues[element] = Dictionary(uniqueKeysWithValues: names.map { ($0, AtomQueue()) })
            for case .stream(let source) in names {
                consumers[source, default: []].append(element)
                if case .generator(let generator) = source { fill(element, source, generator) }
            }
        }
    }

    /// Partition p of P makes the p-th of P parts of a generator's atom; an empty atom is none.
    private func fill(_ element: Element, _ source: StreamSource, _ generator: Int) {
        let count = description.partitions(of: element)
        let atoms = description.generators[generator].atoms.filter { !$0.isEmpty }
        for (number, atom) in atoms.enumerated() {
            let parts = (0..<count).map { part in
                atom[(atom.count * part / count)..<(atom.count * (part + 1) / count)].map {
                    Item(token: $0, key: 0)
                }
            }
            queues[element]![.stream(source)]!.append(UInt64(number), .items(parts))
        }
    }

    /// Hands an atom of a stream to all that read it; an empty one is none.
    func publish(_ source: StreamSource, _ step: UInt64, _ parts: [[Item]]) {
        if parts.allSatisfy(\.isEmpty) { return }
        for consumer in consumers[source] ?? [] {
            queues[consumer]![.stream(source)]!.append(step, .items(parts))
        }
    }

    /// Takes one step of an element.
    func take(_ element: Element, _ record: StepRecord) throws(ReferenceFault) {
        let number = UInt64(outcome.order[element, default: []].count)
        outcome.order[element, default: []].append(record)
        var atom = Atom.nothing
        if record.input != .seal && record.input != .timer {
            atom = queues[element]![record.input]!.first!.atom
            queues[element]![record.input]!.removeFirst()
        }
        switch element {
        case .workflow(let workflow):
            var step = WorkflowStep(self, workflow, number, record.input)
            try step.run(atom)
        case .sequencer(let sequencer):
            if case .items(let parts) = atom { publish(.sequencer(sequencer), number, parts) }
        case .splitter(let splitter):
            if case .items(let parts) = atom { split(splitter, number, parts) }
        }
        if outcome.handledCount > handledMax {
            throw ReferenceFault("more than \(handledMax) events are handled")
        }
    }

    private func split(_ number: Int, _ step: UInt64, _ parts: [[Item]]) {
        let splitter = description.splitters[number]
        let count = splitter.conditions.count
        var splits = Array(
            repeating: Array(repeating: [Item](), count: parts.count), count: count + 1)
        for (partition, items) in parts.enumerated() {
            for item in items {
                let first = splitter.conditions.firstIndex {
                    $0.holds(Registers(event: item.token), { 0 })
                }
                splits[first ?? count][partition].append(item)
            }
        }
        if !splitter.hasDefault { outcome.droppedEvents[number] += splits[count].joined().count }
        for split in 0..<(count + (splitter.hasDefault ? 1 : 0)) {
            publish(.split(splitter: number, split), step, splits[split])
        }
    }
}
