// What the making of all nodes that run a user's code has in common.

/// Makes a node that takes chunks of `Input` and gives chunks of `Output`.
@inlinable @inline(__always)
func makeNode<Input, Output>(
    _: Input.Type, _: Output.Type, _ partition: Partition, _ definition: NodeDefinition,
    _ outlet: Outlet
) -> Node {
    let node = unsafe Node(
        partition: partition, definition: definition, index: definition.index, outlet: outlet,
        copyChunk: makeCopier(Input.self, partition))
    unsafe node.copyOutput = unsafe makeCopier(Output.self, partition)
    if unsafe partition.worker.recorder != nil {
        node.inputShape = DigestShape.of(Input.self)
        node.setDigest(DigestShape.of(Output.self))
    }
    if let watch = unsafe partition.worker.watch, watch.wants(definition) {
        let path = definition.path
        unsafe node.watch { [unowned(unsafe) partition] chunk, _ in
            unsafe watch.show(chunk, Output.self, partition, path)
        }
    }
    return node
}

/// Copies chunks of a type into a partition's own pool, with keys from elsewhere.
@inlinable
func makeCopier<Element>(
    _: Element.Type, _ partition: Partition
) -> (ChunkPointer, KeyColumn?) -> ChunkPointer {
    let pool = unsafe partition.worker.pool
    // Chunks refer to the layout's element kind without counting: the closure keeps it.
    let standard = ChunkLayout(of: Element.self)
    return { chunk, keys in
        let count = unsafe Int(chunk.pointee.count)
        var layout = standard
        unsafe layout.widen(atLeast: chunk.pointee.count, stride: MemoryLayout<Element>.stride)
        let copy = unsafe pool.take(layout)
        unsafe copy.values(Element.self).initialize(from: chunk.values(Element.self), count: count)
        if let keys = unsafe keys { unsafe copy.keys.update(from: keys, count: count) }
        unsafe copy.pointee.isKeyed = unsafe keys != nil
        unsafe copy.pointee.count = Int32(count)
        return unsafe copy
    }
}
