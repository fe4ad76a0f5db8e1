// Which step the reference model takes next: by a given order, or by a fair one of its own.

extension ReferenceModel {
    /// Takes the steps of a given order.
    ///
    /// - Errors: where the order can't be followed, or leaves an atom behind that was published.
    public func run(order: StepOrder) throws(ReferenceFault) -> ReferenceOutcome {
        var cursors: [Element: Int] = [:]
        var moves = true
        while moves {
            moves = false
            for element in elements {
                let steps = order[element] ?? []
                while let cursor = Optional(cursors[element, default: 0]), cursor < steps.count,
                    try isReady(element, steps[cursor])
                {
                    try take(element, steps[cursor])
                    cursors[element] = cursor + 1
                    moves = true
                }
            }
        }
        for element in elements {
            let steps = order[element] ?? []
            let cursor = cursors[element, default: 0]
            if cursor < steps.count {
                throw ReferenceFault(
                    "\(element) took in step \(cursor) the \(steps[cursor]), "
                        + "which is not there; all steps: \(steps)")
            }
            for name in inputs[element]! {
                // After its end an element drops what answers asks that it has given up.
                let hasEnded = steps.contains { $0.input == .seal }
                for left in queues[element]![name]!.left
                where !(hasEnded && isGivenUp(left.atom)) {
                    throw ReferenceFault(
                        "\(element) never took the \(name) \(left.step)")
                }
            }
        }
        return outcome
    }

    /// Nothing but replies that nobody waits for.
    private func isGivenUp(_ atom: Atom) -> Bool {
        guard case .replies(let parts) = atom else { return false }
        return parts.joined().allSatisfy { item in
            guard let wait = asks.frames[item.ask]?.wait else { return true }
            return wait.isDone || wait.form == .dropped
        }
    }

    /// Whether the atom that a step consumes is there.
    private func isReady(
        _ element: Element, _ record: StepRecord
    ) throws(ReferenceFault) -> Bool {
        if record.input == .seal || record.input == .timer { return true }
        guard queues[element]![record.input] != nil else {
            throw ReferenceFault("\(element) has no input for \(record)")
        }
        guard let first = queues[element]![record.input]!.first else { return false }
        if first.step != record.producerStep {
            throw ReferenceFault(
                "\(element) took the \(record), but before it comes \(first.step)")
        }
        return true
    }

    /// Takes steps in turn, element by element, replies first; then ends what can end.
    public func run() throws(ReferenceFault) -> ReferenceOutcome {
        var sealed: Set<Element> = []
        repeat { try drain() } while try sealOne(&sealed)
        return outcome
    }

    private func drain() throws(ReferenceFault) {
        var moves = true
        while moves {
            moves = false
            for element in elements {
                guard
                    let name = inputs[element]!.first(where: {
                        queues[element]![$0]!.first != nil
                    })
                else { continue }
                try take(element, StepRecord(name, queues[element]![name]!.first!.step))
                moves = true
            }
        }
    }

    /// Ends the first element whose streams have all ended.
    private func sealOne(_ sealed: inout Set<Element>) throws(ReferenceFault) -> Bool {
        for element in elements where !sealed.contains(element) {
            let ended = inputs[element]!.allSatisfy { name in
                guard case .stream(let source) = name else { return true }
                switch source {
                case .generator: return true
                case .workflow(let number): return sealed.contains(.workflow(number))
                case .sequencer(let number): return sealed.contains(.sequencer(number))
                case .split(let number, _): return sealed.contains(.splitter(number))
                }
            }
            if ended {
                sealed.insert(element)
                try take(element, StepRecord(.seal, 0))
                return true
            }
        }
        return false
    }
}
