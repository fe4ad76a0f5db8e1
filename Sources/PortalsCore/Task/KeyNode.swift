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
    let keys: (ChunkPointer) -> KeyColumn = { chunk in
        unsafe fill(
            chunk.values(Element.self), Int(truncatingIfNeeded: chunk.pointee.count), scratch)
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
        unsafe fill(values, end, scratch)
        var next = 0
        if !sendsKeys && count == 2 {
            while end &- next >= pairScatterMin {
                let room = unsafe makeRoom(buffers, fixed, atMost: end &- next)
                if room < pairScatterMin { break }
                unsafe scatter(values + next, scratch + next, room, buffers)
                next &+= room
            }
        }
        while next < end {
            let value = unsafe values[next]
            let key = unsafe scratch[next]
            let target = unsafe buffers + PortalsCore.partition(of: key, count: count)
            if sendsKeys {
                unsafe target.pointee.append(value, key: key, layout: fixed)
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
    _ values: UnsafeMutablePointer<Element>, _ keys: KeyColumn, _ count: Int,
    _ buffers: UnsafeMutablePointer<PartBuffer>
) {
    let left = unsafe buffers[0].chunk.unsafelyUnwrapped.values(Element.self) + buffers[0].count
    let right = unsafe buffers[1].chunk.unsafelyUnwrapped.values(Element.self) + buffers[1].count
    var rightCount = 0
    for index in 0..<count {
        let value = unsafe values[index]
        unsafe (left + (index &- rightCount)).initialize(to: value)
        unsafe (right + rightCount).initialize(to: value)
        rightCount &+= unsafe PortalsCore.partition(of: keys[index], count: 2)
    }
    unsafe buffers[0].count &+= count &- rightCount
    unsafe buffers[1].count &+= rightCount
}
