// The nodes at the two edges of an application inside memory: generators, splits and sinks.

/// A source whose events are a pure function of their index.
public protocol IndexedSource<Element>: Sendable {
    associatedtype Element: Event
    /// The event at an index; the same at each call, on any thread.
    func event(at index: UInt64) -> Element
}

/// The integers from 0 up.
public struct Integers: IndexedSource {
    /// Makes the source; it has no state.
    @inlinable public init() {}
    /// The index itself.
    @inlinable @inline(__always) public func event(at index: UInt64) -> UInt64 { index }
}

/// Makes the node of a source of indexed events: partition `p` of `P` makes the `p`-th of `P`
/// contiguous slices of each atom, so nothing moves before the first `key`.
@inlinable @inline(__always)
func makeSourceNode<Source: IndexedSource>(
    _ source: Source, count: UInt64, atomSize: UInt64, partition: Partition,
    definition: NodeDefinition
) -> Node {
    let outlet = unsafe Outlet(
        pool: partition.worker.pool, layout: ChunkLayout(of: Source.Element.self), isKeyed: false,
        defersPushes: false)
    let node = makeNode(Source.Element.self, Source.Element.self, partition, definition, outlet)
    unsafe node.onChunk = { chunk, _ in unsafe outlet.forward(chunk, nil) }
    let index = UInt64(partition.index)
    let partitions = UInt64(partition.partitionCount)
    node.produce = { atom in
        let start = atom * atomSize
        let length = min(atomSize, count - start)
        var next = start + length * index / partitions
        let end = start + length * (index + 1) / partitions
        while next < end {
            if unsafe outlet.buffer.pointee.count == outlet.buffer.pointee.capacity {
                outlet.makeRoom()
            }
            let chunk = unsafe outlet.buffer.pointee.chunk.unsafelyUnwrapped
            let filled = unsafe outlet.buffer.pointee.count
            let room = unsafe outlet.buffer.pointee.capacity - filled
            let run = min(room, Int(truncatingIfNeeded: end - next))
            let values = unsafe chunk.values(Source.Element.self) + filled
            for offset in 0..<run {
                unsafe (values + offset).initialize(
                    to: source.event(at: next &+ UInt64(truncatingIfNeeded: offset)))
            }
            unsafe outlet.buffer.pointee.count = filled + run
            next += UInt64(truncatingIfNeeded: run)
        }
    }
    return node
}

/// Makes the node of a source of given atoms.
@inlinable
func makeArraySourceNode<Element: Event>(
    _ atoms: [[Element]], partition: Partition, definition: NodeDefinition
) -> Node {
    let outlet = unsafe Outlet(
        pool: partition.worker.pool, layout: ChunkLayout(of: Element.self), isKeyed: false,
        defersPushes: false)
    let node = makeNode(Element.self, Element.self, partition, definition, outlet)
    unsafe node.onChunk = { chunk, _ in unsafe outlet.forward(chunk, nil) }
    let index = partition.index
    let partitions = partition.partitionCount
    node.produce = { number in
        let atom = atoms[Int(number)]
        var emitter = Emitter<Element>(outlet)
        for event in atom[
            (atom.count * index / partitions)..<(atom.count * (index + 1) / partitions)]
        {
            emitter.emit(event)
        }
        emitter.close()
    }
    return node
}

/// Makes the node of one split: the events that it is the first to want.
@inlinable
func makeSplitNode<Element: Event>(
    _ wants: [@Sendable (Element) -> Bool], split: Int, hasDefault: Bool, partition: Partition,
    definition: NodeDefinition
) -> Node {
    let dropped = partition.dropped
    return makeFlowNode(
        { (batch: Batch<Element>, emitter: inout Emitter<Element>) in
            for index in 0..<batch.count {
                let event = batch[index]
                var first = 0
                while first < wants.count && !wants[first](event) { first += 1 }
                if first == split {
                    unsafe emitter.emit(event, key: batch.keys.map { unsafe $0[index] } ?? 0)
                } else if first == wants.count && split == 0 && !hasDefault {
                    dropped.count += 1
                }
            }
        }, isKeyed: definition.isKeyed, partition: partition, definition: definition)
}
