// The way into a node. A node of several inputs reads them in the order in which they are declared:
// all but the first wait in their port until the first has ended.

/// One input of a node on one partition.
@safe @usableFromInline
final class Port {
    enum Mode {
        /// Chunks go straight into the node.
        case direct
        /// Chunks wait here until the ports before this one have ended.
        case held
    }

    @usableFromInline unowned(unsafe) let node: Node
    let mode: Mode
    /// The node's handler of chunks. Constant, so that it is not counted at each call.
    private let onChunk: (ChunkPointer, KeyColumn?) -> Void
    /// It gathers the node's output instead of its input.
    var copiesOutput = false
    var waiting = Queue<UInt64>(capacity: 2)

    init(node: Node, mode: Mode) {
        unsafe self.node = node
        self.mode = mode
        unsafe onChunk = unsafe node.onChunk
    }

    /// Takes a chunk that its holder keeps only until this returns.
    @usableFromInline
    func accept(_ chunk: ChunkPointer, _ keys: KeyColumn?) {
        unsafe node.hasEvents = true
        switch mode {
        case .direct: unsafe onChunk(chunk, keys)
        case .held:
            let kept = unsafe node.keep(chunk, keys, isOutput: copiesOutput)
            waiting.append(UInt64(UInt(bitPattern: kept)))
        }
    }

    /// Feeds the node what waited.
    func drain() {
        while !waiting.isEmpty {
            let chunk = unsafe waiting.removeFirst().asChunk
            unsafe onChunk(chunk, chunk.pointee.isKeyed ? chunk.keys : nil)
            unsafe node.partition.worker.pool.release(chunk)
        }
    }
}
