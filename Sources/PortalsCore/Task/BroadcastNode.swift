// The node of a `broadcast`: sends each event to every partition.

/// Makes the node of a `broadcast` on a partition.
@inlinable @inline(__always)
func makeBroadcastNode<Element: Event>(
    _: Element.Type, partition: Partition, definition: NodeDefinition
) -> Node {
    let layout = ChunkLayout(of: Element.self)
    let pool = unsafe partition.worker.pool
    let outlet = Outlet(pool: pool, layout: layout, isKeyed: false, defersPushes: false)
    let node = makeNode(Element.self, Element.self, partition, definition, outlet)
    let count = partition.partitionCount
    if count == 1 {
        unsafe node.onChunk = { chunk, _ in unsafe outlet.forward(chunk, nil) }
        return node
    }
    let exchange = PartBuffers(count: count, layout: layout, pool: pool)
    node.exchange = exchange
    let buffers = unsafe exchange.buffers
    let fixed = unsafe UnsafePointer(exchange.layout.pointer)
    unsafe node.onChunk = { chunk, _ in
        let values = unsafe chunk.values(Element.self)
        let end = unsafe Int(truncatingIfNeeded: chunk.pointee.count)
        for destination in 0..<count {
            let target = unsafe buffers + destination
            for index in 0..<end {
                unsafe target.pointee.append(values[index], layout: fixed)
            }
        }
    }
    return node
}
