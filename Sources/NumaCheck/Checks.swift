// Counts what holds and what does not, and prints each as it is found.

/// The tally of one run; a check never stops the ones after it.
struct Checks {
    private(set) var passedCount = 0
    private(set) var failedCount = 0

    /// Counts one statement; `found` is printed when it does not hold.
    mutating func expect(_ holds: Bool, _ statement: String, found: @autoclosure () -> String) {
        if holds {
            passedCount += 1
            print("ok      \(statement)")
        } else {
            failedCount += 1
            print("FAILED  \(statement); found \(found())")
        }
    }

    /// Counts one value that must be another.
    mutating func expect<Value: Equatable>(_ value: Value, is wanted: Value, _ statement: String) {
        expect(value == wanted, statement, found: "\(value), wanted \(wanted)")
    }

    /// Runs `body`; what it throws is a failure with its own words.
    mutating func attempt(_ statement: String, _ body: (inout Checks) throws -> Void) {
        do {
            try body(&self)
        } catch {
            expect(false, statement, found: "\(error)")
        }
    }
}
