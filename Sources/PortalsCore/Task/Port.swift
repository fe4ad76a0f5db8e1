// The way into a node. A node of several inputs reads them in the order in which they are declared:
// all but the first wait in their port until the first has ended.

/// One input of a node on one partition.
@usableFromInline
final class Port {
    enum Mode {
        /// Chunks go straight into the node.
        case direct
        /// Chunks wait here until the ports before this one have ended.
        case held
    }

    @usableFromInline unowned(unsafe) let node: Node
    let mode: Mode
    var index = 0
    /// It gathers the node's output instead of its input.
    var copiesOutput = false
    var waiting = Queue<UInt64>(capacity: 2)

    init(node: Node, mode: Mode) {
        self.node = node
        self.mode = mode
    }

    /// Takes a chunk that its holder keeps only until this returns.
    @usableFromInline
    func accept(_ chunk: ChunkPointer, _ keys: KeyColumn?) {
        node.hasEvents = true
        switch mode {
        case .direct: node.onChunk(chunk, keys)
        case .held:
            let kept = node.keep(chunk, keys, isOutput: copiesOutput)
            waiting.append(UInt64(UInt(bitPattern: kept)))
        }
    }

    /// Feeds the node what waited.
    func drain() {
        while !waiting.isEmpty {
            let chunk = waiting.removeFirst().asChunk
            node.onChunk(chunk, chunk.pointee.isKeyed ? chunk.keys : nil)
            node.partition.worker.pool.release(chunk)
        }
    }
}
