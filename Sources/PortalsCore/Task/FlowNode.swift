// Stateless stages in one closure over a batch: built and ended inside one call, so that the
// compiler fuses the chain: 0.6 ns an event instead of 2 a stage (shared/swift.md, section 2).

/// The events of a chunk, read only, valid during the call.
@safe @frozen
public struct Batch<Element: Event> {
    @usableFromInline let values: UnsafeMutablePointer<Element>
    @usableFromInline let keys: KeyColumn?
    /// Events in the batch.
    public let count: Int

    @inlinable @inline(__always)
    init(_ chunk: ChunkPointer, _ keys: KeyColumn?) {
        unsafe values = unsafe chunk.values(Element.self)
        unsafe self.keys = unsafe keys
        count = unsafe Int(truncatingIfNeeded: chunk.pointee.count)
    }

    /// The event at an index in `0..<count`.
    @inlinable @inline(__always)
    public subscript(index: Int) -> Element {
        precondition(index >= 0 && index < count)
        return unsafe values[index]
    }
}

/// A chain of stateless operators over a batch. Nothing runs before `emit`.
public protocol BatchChain {
    associatedtype Element
    associatedtype Source: Event
    var batch: Batch<Source> { get }
    /// Calls `body` with each element that the chain lets through, and its place in the batch.
    func run(_ body: (Int, Element) -> Void)
}

extension Batch: BatchChain {
    /// The batch itself: a chain of no operators.
    @inlinable public var batch: Batch<Element> { self }
    /// Calls `body` with each event, in order.
    @inlinable @inline(__always)
    public func run(_ body: (Int, Element) -> Void) {
        for index in 0..<count { unsafe body(index, values[index]) }
    }
}

/// A chain whose last operator changes each element.
@frozen
public struct BatchMap<Upstream: BatchChain, Element>: BatchChain {
    @usableFromInline let upstream: Upstream
    @usableFromInline let transform: (Upstream.Element) -> Element
    @inlinable init(upstream: Upstream, transform: @escaping (Upstream.Element) -> Element) {
        self.upstream = upstream
        self.transform = transform
    }
    /// The batch at the start of the chain.
    @inlinable public var batch: Batch<Upstream.Source> { upstream.batch }
    /// Calls `body` with each changed element.
    @inlinable @inline(__always)
    public func run(_ body: (Int, Element) -> Void) {
        upstream.run { index, element in body(index, transform(element)) }
    }
}

/// A chain whose last operator lets only some elements through.
@frozen
public struct BatchFilter<Upstream: BatchChain>: BatchChain {
    @usableFromInline let upstream: Upstream
    @usableFromInline let isIncluded: (Upstream.Element) -> Bool
    @inlinable init(upstream: Upstream, isIncluded: @escaping (Upstream.Element) -> Bool) {
        self.upstream = upstream
        self.isIncluded = isIncluded
    }
    /// The batch at the start of the chain.
    @inlinable public var batch: Batch<Upstream.Source> { upstream.batch }
    /// Calls `body` with each element that is let through.
    @inlinable @inline(__always)
    public func run(_ body: (Int, Upstream.Element) -> Void) {
        upstream.run { index, element in if isIncluded(element) { body(index, element) } }
    }
}

extension BatchChain {
    /// Adds an operator that changes each element.
    @inlinable @inline(__always)
    public func map<Result>(_ transform: @escaping (Element) -> Result) -> BatchMap<Self, Result> {
        BatchMap(upstream: self, transform: transform)
    }

    /// Adds an operator that lets through what `isIncluded` accepts.
    @inlinable @inline(__always)
    public func filter(_ isIncluded: @escaping (Element) -> Bool) -> BatchFilter<Self> {
        BatchFilter(upstream: self, isIncluded: isIncluded)
    }
}

extension BatchChain where Element: Event {
    /// Ends the chain: emits what it lets through, under the keys of the events it came of.
    @inlinable @inline(__always)
    public func emit(_ emitter: inout Emitter<Element>) {
        let batch = batch
        emitter.reserve(batch.count)
        let values = unsafe emitter.values
        var count = emitter.count
        if let keys = unsafe batch.keys {
            let outKeys = unsafe emitter.keys
            run { index, element in
                unsafe (values + count).initialize(to: element)
                unsafe outKeys[count] = unsafe keys[index]
                count &+= 1
            }
        } else {
            run { _, element in
                unsafe (values + count).initialize(to: element)
                count &+= 1
            }
        }
        emitter.count = count
    }
}

/// Where a flow puts its events.
@safe @frozen
public struct Emitter<Output: Event>: ~Copyable {
    @usableFromInline unowned(unsafe) let outlet: Outlet
    @usableFromInline var values: UnsafeMutablePointer<Output>
    @usableFromInline var keys: KeyColumn
    @usableFromInline var count: Int
    @usableFromInline var capacity: Int

    @inlinable
    init(_ outlet: Outlet) {
        unsafe self.outlet = outlet
        unsafe values = unsafe UnsafeMutablePointer(bitPattern: 64).unsafelyUnwrapped
        unsafe keys = unsafe KeyColumn(bitPattern: 64).unsafelyUnwrapped
        count = 0
        capacity = 0
        load()
    }

    @inlinable
    mutating func load() {
        count = unsafe outlet.buffer.pointee.count
        capacity = unsafe outlet.buffer.pointee.capacity
        if let chunk = unsafe outlet.buffer.pointee.chunk {
            unsafe values = unsafe chunk.values(Output.self)
            unsafe keys = unsafe chunk.keys
        }
    }

    /// Makes room for `more` events, at most as many as a chunk of them holds.
    @inlinable
    mutating func reserve(_ more: Int) {
        if capacity - count >= more { return }
        unsafe outlet.buffer.pointee.count = count
        unsafe outlet.makeRoom()
        load()
        precondition(capacity - count >= more, "a batch gives more events than a chunk can hold")
    }

    /// Emits one event.
    @inlinable @inline(__always)
    public mutating func emit(_ event: Output, key: Key = 0) {
        if count == capacity {
            unsafe outlet.buffer.pointee.count = count
            unsafe outlet.makeRoom()
            load()
        }
        unsafe (values + count).initialize(to: event)
        unsafe keys[count] = key
        count &+= 1
    }

    @inlinable @inline(__always)
    func close() { unsafe outlet.buffer.pointee.count = count }
}

/// Makes the node of a flow on a partition.
@inlinable @inline(__always)
func makeFlowNode<Input: Event, Output: Event>(
    _ body: @escaping @Sendable (Batch<Input>, inout Emitter<Output>) -> Void, isKeyed: Bool,
    partition: Partition, definition: NodeDefinition
) -> Node {
    // A chunk out holds at least what a chunk in does, so that a batch needs one check for room.
    var layout = ChunkLayout(of: Output.self)
    layout.widen(atLeast: ChunkLayout(of: Input.self).capacity, stride: MemoryLayout<Output>.stride)
    let outlet = unsafe Outlet(
        pool: partition.worker.pool, layout: layout, isKeyed: isKeyed, defersPushes: false)
    let node = makeNode(Input.self, Output.self, partition, definition, outlet)
    unsafe node.onChunk = { chunk, keys in
        var emitter = Emitter<Output>(outlet)
        unsafe body(Batch<Input>(chunk, keys), &emitter)
        emitter.close()
    }
    return node
}

/// Makes a node that only passes chunks on: a source, a union, a sequencer.
@inlinable @inline(__always)
func makePassNode<Element: Event>(
    _: Element.Type, isKeyed: Bool, partition: Partition, definition: NodeDefinition
) -> Node {
    let outlet = unsafe Outlet(
        pool: partition.worker.pool, layout: ChunkLayout(of: Element.self), isKeyed: isKeyed,
        defersPushes: false)
    let node = makeNode(Element.self, Element.self, partition, definition, outlet)
    unsafe node.onChunk = { chunk, keys in unsafe outlet.forward(chunk, isKeyed ? keys : nil) }
    return node
}
