// The node of a `key`: gives each event its key and, with several partitions, sends it to the one
// that owns it. This is where a workflow is cut into stages.

/// Writes the keys of some values into a column.
@usableFromInline
typealias KeyFill<Element> = (
    _ values: UnsafeMutablePointer<Element>, _ count: Int, _ keys: KeyColumn
) -> Void

/// Makes a node of the user's closure.
///
/// The loop captures the closure and nothing else: only then does the optimiser (capture
/// propagation, which wants every capture to be a constant) put a closure without captures of its
/// own into it. Beside other captures it is called through a pointer, 16 instructions an event
/// instead of 2.
@inlinable @inline(__always)
func makeKeyFill<Element>(_ key: @escaping @Sendable (Element) -> Key) -> KeyFill<Element> {
    { values, count, keys in
        var index = 0
        while index < count {
            unsafe keys[index] = unsafe key(values[index])
            index &+= 1
        }
    }
}

/// Makes the node of a `key` on a partition.
@inlinable @inline(__always)
func makeKeyNode<Element: Event>(
    _ key: @escaping @Sendable (Element) -> Key, partition: Partition, definition: NodeDefinition
) -> Node {
    let layout = ChunkLayout(of: Element.self)
    let pool = unsafe partition.worker.pool
    let outlet = Outlet(pool: pool, layout: layout, isKeyed: true, defersPushes: false)
    let node = makeNode(Element.self, Element.self, partition, definition, outlet)
    let count = partition.partitionCount
    let fill = unsafe makeKeyFill(key)
    // Keys are written beside the chunk, not into it: others may be reading it.
    // Room for any chunk: behind a flow from small events to large ones, chunks are wider than
    // the layout of their element says.
    let scratch = KeyColumn.allocate(capacity: ChunkPool.eventsMax)
    node.tearDown = { unsafe scratch.deallocate() }
    if count == 1 {
        unsafe node.onChunk = { chunk, _ in
            unsafe fill(
                chunk.values(Element.self), Int(truncatingIfNeeded: chunk.pointee.count), scratch)
            unsafe outlet.forward(chunk, scratch)
        }
        return node
    }
    let exchange = PartBuffers(count: count, layout: layout, pool: pool)
    node.exchange = exchange
    let buffers = unsafe exchange.buffers
    let fixed = unsafe UnsafePointer(exchange.layout.pointer)
    unsafe node.onChunk = { chunk, _ in
        let values = unsafe chunk.values(Element.self)
        let eventCount = unsafe Int(truncatingIfNeeded: chunk.pointee.count)
        unsafe fill(values, eventCount, scratch)
        var index = 0
        while index < eventCount {
            let key = unsafe scratch[index]
            unsafe buffers[PortalsCore.partition(of: key, count: count)].append(
                values[index], key: key, layout: fixed)
            index &+= 1
        }
    }
    return node
}
