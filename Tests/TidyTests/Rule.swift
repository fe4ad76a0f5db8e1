// A rule of the house: a name, what it finds in a tree, and a small tree that breaks it. The tests
// show the fixture to each rule first: a rule that can't fail guards nothing.

import Testing

/// One rule of style, its check and the proof that it can fail.
struct Rule: Sendable, CustomTestStringConvertible {
    /// A sentence that says what holds.
    let name: String
    /// Every place that breaks the rule.
    let faults: @Sendable (SourceTree) -> [Fault]
    /// Files that break the rule, one fault for each entry of `expectedPaths`.
    let badFiles: [String: String]
    /// The paths that must be found faulty in `badFiles`, in order, and no others.
    let expectedPaths: [String]

    var testDescription: String { name }
}

extension Rule {
    /// Expects that the repository keeps the rule; each fault is named with its place and cure.
    func expectKept() {
        // A tree read from the wrong place would keep every rule.
        #expect(SourceTree.repository.has("Sources/PortalsCore"))
        for fault in faults(.repository) { Issue.record("\(fault)") }
    }

    /// Expects that the rule finds exactly what is wrong with its fixture.
    func expectFixtureFound() {
        #expect(faults(SourceTree(badFiles)).map(\.path).sorted() == expectedPaths.sorted())
    }
}
