// How an application names a feed as a source, and the node that makes events of its bytes.

extension ApplicationBuilder {
    /// A source of atoms that come from outside.
    ///
    /// - Parameters:
    ///   - fault: what is wrong with the feed already; the launch is refused with it.
    ///   - decode: emits the events of a partition's part of an atom's bytes, in order. The parts
    ///     of all partitions together are the atom, whatever their number is; it is a function of
    ///     the bytes alone.
    @inlinable @inline(__always)
    public func source<Element: Event>(
        _ name: String, _ feed: Feed, fault: String? = nil,
        decoding decode: @escaping @Sendable (RawSpan, FeedPart, inout Emitter<Element>) -> Void
    ) -> Stream<Element> {
        addGenerator(
            name, Element.self, atomCount: nil, atomsPerSecond: nil, fault: fault, feed: feed
        ) { partition, definition in
            makeFeedNode(decode, partition: partition, definition: definition)
        }
    }
}

/// Makes the node of a source from outside: each partition decodes its part of the bytes.
@inlinable @inline(__always)
func makeFeedNode<Element: Event>(
    _ decode: @escaping @Sendable (RawSpan, FeedPart, inout Emitter<Element>) -> Void,
    partition: Partition, definition: NodeDefinition
) -> Node {
    let outlet = unsafe Outlet(
        pool: partition.worker.pool, layout: ChunkLayout(of: Element.self), isKeyed: false,
        defersPushes: false)
    let node = makeNode(Element.self, Element.self, partition, definition, outlet)
    unsafe node.onChunk = { chunk, _ in unsafe outlet.forward(chunk, nil) }
    let part = FeedPart(partition)
    node.produce = { [unowned(unsafe) partition] _ in
        var emitter = Emitter<Element>(outlet)
        // The bytes stay until all consequences of the atom are done.
        let bytes = unsafe partition.fedContent
        decode(unsafe RawSpan(_unsafeBytes: bytes), part, &emitter)
        emitter.close()
    }
    return node
}
