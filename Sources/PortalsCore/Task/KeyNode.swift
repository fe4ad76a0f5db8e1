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
    // Keys are written beside the chunk, not into it: others may be reading it.
    let scratch = KeyColumn.allocate(capacity: Int(layout.capacity))
    node.tearDown = { unsafe scratch.deallocate() }
    let keys: (ChunkPointer) -> KeyColumn = { chunk in
        let values = unsafe chunk.values(Element.self)
        for index in unsafe 0..<Int(truncatingIfNeeded: chunk.pointee.count) {
            unsafe scratch[index] = unsafe key(values[index])
        }
        return unsafe scratch
    }
    if count == 1 {
        unsafe node.onChunk = { chunk, _ in unsafe outlet.forward(chunk, keys(chunk)) }
        return node
    }
    let exchange = PartBuffers(count: count, layout: layout, pool: pool)
    node.exchange = exchange
    let buffers = unsafe exchange.buffers
    let fixed = unsafe UnsafePointer(exchange.layout.pointer)
    // The key of plain bits is computed again where it arrives: that costs less than moving it
    // from core to core. Counting references twice would not.
    let sendsKeys = !_isPOD(Element.self)
    if !sendsKeys { unsafe node.keysOfArrivals = unsafe keys }
    unsafe node.onChunk = { chunk, _ in
        let values = unsafe chunk.values(Element.self)
        let end = unsafe Int(truncatingIfNeeded: chunk.pointee.count)
        var next = 0
        if !sendsKeys && count == 2 {
            while end &- next >= pairScatterMin {
                let room = unsafe makeRoom(buffers, fixed, atMost: end &- next)
                if room < pairScatterMin { break }
                unsafe scatter(values + next, room, buffers, key)
                next &+= room
            }
        }
        while next < end {
            let value = unsafe values[next]
            let eventKey = key(value)
            let target = unsafe buffers + PortalsCore.partition(of: eventKey, count: count)
            if sendsKeys {
                unsafe target.pointee.append(value, key: eventKey, layout: fixed)
            } else {
                unsafe target.pointee.append(value, layout: fixed)
            }
            next &+= 1
        }
    }
    return node
}

/// Fewer events are put into their parts one by one: what a run prepares costs as much as eight of
/// them, and a chunk that is opened for a destination without an event was opened in vain.
@usableFromInline let pairScatterMin = 32

/// How many events both parts have room for, whichever way they go.
@inlinable @inline(__always)
func makeRoom(
    _ buffers: UnsafeMutablePointer<PartBuffer>, _ layout: UnsafePointer<ChunkLayout>,
    atMost: Int
) -> Int {
    var room = atMost
    for destination in 0..<2 {
        let buffer = unsafe buffers + destination
        if unsafe buffer.pointee.count == buffer.pointee.capacity {
            unsafe buffer.pointee.next(layout, use: 0)
            unsafe buffer.pointee.chunk.unsafelyUnwrapped.pointee.isKeyed = false
        }
        room = unsafe min(room, buffer.pointee.capacity &- buffer.pointee.count)
    }
    return room
}

/// Puts plain events into the parts of two partitions without a branch: each is written to both,
/// and counts in one. Half of all branches on a key would be mispredicted, some 4 ns each.
@inlinable @inline(__always)
func scatter<Element>(
    _ values: UnsafeMutablePointer<Element>, _ count: Int,
    _ buffers: UnsafeMutablePointer<PartBuffer>, _ key: (Element) -> Key
) {
    let left = unsafe buffers[0].chunk.unsafelyUnwrapped.values(Element.self) + buffers[0].count
    let right = unsafe buffers[1].chunk.unsafelyUnwrapped.values(Element.self) + buffers[1].count
    var rightCount = 0
    for index in 0..<count {
        let value = unsafe values[index]
        unsafe (left + (index &- rightCount)).initialize(to: value)
        unsafe (right + rightCount).initialize(to: value)
        rightCount &+= PortalsCore.partition(of: key(value), count: 2)
    }
    unsafe buffers[0].count &+= count &- rightCount
    unsafe buffers[1].count &+= rightCount
}
