// What handlers leave in states, on its way into the record: for a measurement only
// (`EngineOptions.recordsStateDeltas`).
import Synchronization

/// The states that a task's handlers were called with in a chunk, as they left them.
///
/// ```
/// ┌─────────────────┬───────────────────────────────┬─────────────────────────┐
/// │ how many, u64   │ for each: key, u64; its state │ keys without state, u64 │
/// └─────────────────┴───────────────────────────────┴─────────────────────────┘
/// ```
/// States of trivial types are their bytes, others as `StateCodec` stores them. A task without keys
/// has one state, that of key 0.
/// - Ownership: its partition's worker.
/// - Cost: for each event of a chunk a look-up and a copy of the state.
@safe @usableFromInline
final class StateDeltas {
    private unowned(unsafe) let recorder: StepRecorder
    private let element: Int
    private let partition: Int
    private let node: Int

    init(_ recorder: StepRecorder, element: Int, partition: Int, node: Int) {
        unsafe self.recorder = recorder
        self.element = element
        self.partition = partition
        self.node = node
    }

    /// Records them; nil if the type of the state has no format.
    @usableFromInline
    func record(_ states: StateBytes?) {
        var states = states
        let bytes = states?.take()
        unsafe (bytes ?? []).withUnsafeBytes {
            unsafe recorder.delta(
                bytes == nil ? nil : $0, element: element, partition: partition, node: node)
        }
    }
}

/// Whether all workers' records have room for what handlers leave in states.
///
/// Leaders of one worker decide what handlers of all workers do: they wait for each of them.
final class DeltaRoom: Sendable {
    /// Records that are more than half full.
    private let lacking = Atomic<Int>(0)

    /// Says of one record whether it has room, and returns whether all have.
    func isThere(for recorder: StepRecorder, _ hasRoom: Bool) -> Bool {
        if recorder.lacksDeltaRoom == hasRoom {
            recorder.lacksDeltaRoom = !hasRoom
            lacking.add(hasRoom ? -1 : 1, ordering: .relaxed)
        }
        return lacking.load(ordering: .relaxed) == 0
    }
}

extension Partition {
    /// Where a node puts what its handlers leave in states; nil where that is not recorded.
    @usableFromInline
    func makeDeltas(_ definition: NodeDefinition) -> StateDeltas? {
        guard let recorder = unsafe worker.recorder, recorder.deltaRoom != nil else { return nil }
        return StateDeltas(
            recorder, element: element.id, partition: index, node: definition.index)
    }
}

extension Engine {
    /// How often what handlers left in states was not recorded, because the record had no room for
    /// it or its type has no format. All workers stand still.
    public var lostStateDeltas: Int { recorders.reduce(0) { $0 + $1.lostDeltas } }
}
