// The answer of a run, to which each thread or task adds its part at its end.
import Synchronization

/// A value that threads add to, behind a lock.
final class Gathered<Value: Sendable>: Sendable {
    private let state: Mutex<Value>

    init(_ value: Value) { state = Mutex(value) }

    /// The value, when all have added to it.
    var value: Value { state.withLock { $0 } }

    func add(_ change: (inout Value) -> Void) { state.withLock { change(&$0) } }
}
