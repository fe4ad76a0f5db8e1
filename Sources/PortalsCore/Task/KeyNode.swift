// The node of a `key`: gives each event its key and, with several partitions, sends it to the one that
// owns it. This is where a workflow is cut into stages.

/// Makes the node of a `key` on a partition.
@inlinable @inline(__always)
func makeKeyNode<Element: Event>(
    _ key: @escaping @Sendable (Element) -> Key, partition: Partition, definition: NodeDefinition
) -> Node {
    let layout = ChunkLayout(of: Element.self)
    let pool = partition.worker.pool
    let outlet = Outlet(pool: pool, layout: layout, isKeyed: true, defersPushes: false)
    let node = makeNode(Element.self, Element.self, partition, definition, outlet)
    let count = partition.partitionCount
    if count == 1 {
        // Keys are written beside the chunk, not into it: others may be reading it.
        let capacity = Int(layout.capacity)
        let scratch = KeyColumn.allocate(capacity: capacity)
        node.onChunk = { chunk, _ in
            let values = chunk.values(Element.self)
            for index in 0..<Int(truncatingIfNeeded: chunk.pointee.count) {
                scratch[index] = key(values[index])
            }
            outlet.forward(chunk, scratch)
        }
        node.tearDown = { scratch.deallocate() }
        return node
    }
    let exchange = PartBuffers(count: count, layout: layout, pool: pool)
    node.exchange = exchange
    let buffers = exchange.buffers
    let fixed = UnsafePointer(exchange.layout.pointer)
    node.onChunk = { chunk, _ in
        let values = chunk.values(Element.self)
        for index in 0..<Int(truncatingIfNeeded: chunk.pointee.count) {
            let value = values[index]
            let eventKey = key(value)
            buffers[PortalsCore.partition(of: eventKey, count: count)].append(
                value, key: eventKey, layout: fixed)
        }
    }
    return node
}
