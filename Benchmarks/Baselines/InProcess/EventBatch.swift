// What travels between the tasks of all in-process baselines: a buffer of events.

/// Events on their way from one task to another.
///
/// A class, so that handing it over is handing over a pointer. Its users use it again and again, so
/// that steady state allocates nothing.
///
/// - Ownership: whoever it was handed to last. What hands it over (a lock, an actor, a stream)
///   orders the accesses.
@safe
final class EventBatch<Element: BitwiseCopyable>: @unchecked Sendable {
    // Unchecked: one owner at a time, as said above.

    /// The first `count` of `capacity` places hold events; another pointer when it has grown.
    private(set) var elements: UnsafeMutablePointer<Element>
    private(set) var capacity: Int
    /// Events in it.
    var count = 0

    init(capacity: Int) {
        self.capacity = max(1, capacity)
        unsafe elements = .allocate(capacity: self.capacity)
    }

    deinit { unsafe elements.deallocate() }

    /// Adds an event.
    func append(_ element: Element) {
        if count == capacity { grow() }
        // In bounds by the line above.
        unsafe (elements + count).initialize(to: element)
        count += 1
    }

    /// Doubles the room.
    @inline(never)
    func grow() {
        let larger = UnsafeMutablePointer<Element>.allocate(capacity: capacity * 2)
        unsafe larger.moveInitialize(from: elements, count: count)
        unsafe elements.deallocate()
        unsafe elements = larger
        capacity *= 2
    }
}

/// Batches that are empty and wait to be filled again; of one thread or task.
struct BatchPool<Element: BitwiseCopyable> {
    private var free: [EventBatch<Element>] = []
    /// Events that a batch has room for at first.
    let capacity: Int

    init(capacity: Int) { self.capacity = capacity }

    /// An empty batch.
    mutating func take() -> EventBatch<Element> {
        free.popLast() ?? EventBatch(capacity: capacity)
    }

    /// Takes a batch back.
    mutating func put(_ batch: EventBatch<Element>) {
        batch.count = 0
        free.append(batch)
    }
}
