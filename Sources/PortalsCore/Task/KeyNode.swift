// The node of a `key`: gives each event its key and, with several partitions, sends it to the one
// that owns it. This is where a workflow is cut into stages.

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
    if count == 1 {
        // Keys are written beside the chunk, not into it: others may be reading it.
        let capacity = Int(layout.capacity)
        let scratch = KeyColumn.allocate(capacity: capacity)
        unsafe node.onChunk = { chunk, _ in
            let values = unsafe chunk.values(Element.self)
            for index in unsafe 0..<Int(truncatingIfNeeded: chunk.pointee.count) {
                unsafe scratch[index] = unsafe key(values[index])
            }
            unsafe outlet.forward(chunk, scratch)
        }
        node.tearDown = { unsafe scratch.deallocate() }
        return node
    }
    let exchange = PartBuffers(count: count, layout: layout, pool: pool)
    node.exchange = exchange
    let buffers = unsafe exchange.buffers
    let fixed = unsafe UnsafePointer(exchange.layout.pointer)
    unsafe node.onChunk = { chunk, _ in
        let values = unsafe chunk.values(Element.self)
        for index in unsafe 0..<Int(truncatingIfNeeded: chunk.pointee.count) {
            let value = unsafe values[index]
            let eventKey = key(value)
            unsafe buffers[PortalsCore.partition(of: eventKey, count: count)].append(
                value, key: eventKey, layout: fixed)
        }
    }
    return node
}
