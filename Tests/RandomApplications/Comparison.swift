// Where a run and the reference model differ, in words.

extension EngineRecord {
    /// The first difference from what the reference model says for the same order; nil if none.
    public func difference(
        _ description: SystemDescription, mutation: Mutation? = nil
    ) -> String? {
        let model = ReferenceModel(description, notes: notes, mutation: mutation)
        let expected: ReferenceOutcome
        do { expected = try model.run(order: order) } catch { return error.description }
        for (workflow, sinks) in expected.sinks.enumerated() {
            for (sink, atoms) in sinks.enumerated() {
                let path = "\(description.path(of: Element.workflow(workflow)))/sink\(sink)"
                if let text = difference(outcome.sinks[workflow][sink], atoms) {
                    return "\(path): \(text); order: \(order[.workflow(workflow)]!)"
                }
            }
            let path = description.path(of: Element.workflow(workflow))
            let isAtomic = description.workflows[workflow].policy != .deadLetter
            // Nobody says in which order the letters of a step stand, nor how many of an aborted
            // step's handlers still ran.
            func sorted(_ atoms: [[Letter]]) -> [[String]] {
                atoms.map { atom in
                    isAtomic ? ["step \(atom[0].step)"] : atom.map { text($0, workflow) }.sorted()
                }
            }
            // Nor what the text of a continuation's event is.
            func text(_ letter: Letter, _ workflow: Int) -> String {
                var letter = letter
                for (node, task) in description.workflows[workflow].tasks
                where !task.asks.isEmpty && letter.task.hasSuffix("/t\(node)") {
                    letter.event = "?"
                }
                return letter.description
            }
            let letters = sorted(outcome.letters[workflow])
            let expectedLetters = sorted(expected.letters[workflow])
            if letters != expectedLetters {
                return "dead letters of \(path): \(letters), not \(expectedLetters); order: "
                    + "\(order[.workflow(workflow)]!)"
            }
        }
        if outcome.droppedEvents != expected.droppedEvents {
            return "splitters dropped \(outcome.droppedEvents), not \(expected.droppedEvents)"
        }
        return nil
    }

    private func difference(_ atoms: [[Token]], _ expected: [[Token]]) -> String? {
        for (number, (atom, other)) in zip(atoms, expected).enumerated() where atom != other {
            let same = atom.map(\.description).sorted() == other.map(\.description).sorted()
            return "atom \(number) is \(atom), not \(other)"
                + (same ? " (the same events in another order)" : "")
        }
        if atoms.count == expected.count { return nil }
        return "\(atoms.count) atoms, not \(expected.count): \(atoms), not \(expected)"
    }
}
