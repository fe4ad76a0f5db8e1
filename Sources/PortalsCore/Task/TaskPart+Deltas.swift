// Has a task record what its handlers leave in states, after each chunk.

extension TaskPart {
    /// Puts the recording behind the node's loops, which stay as they are for those who do without.
    @inlinable
    func recordDeltas(_ node: Node, _ deltas: StateDeltas) {
        if MemoryLayout<Body.State>.size == 0 { return }
        let codec = StateCodec<Body.State>.make()
        let record = { (keys: [Key]) in
            deltas.record(codec.map { unsafe store.pointee.deltas(of: keys, $0) })
        }
        let handle = unsafe node.onChunk
        unsafe node.onChunk = { chunk, keys in
            unsafe handle(chunk, keys)
            let count = unsafe Int(truncatingIfNeeded: chunk.pointee.count)
            record(unsafe Array(UnsafeBufferPointer(start: keys, count: keys == nil ? 0 : count)))
        }
        if let handle = unsafe node.onRequests {
            unsafe node.onRequests = { chunk, origin in
                unsafe handle(chunk, origin)
                let count = unsafe Int(truncatingIfNeeded: chunk.pointee.count)
                record(unsafe Array(UnsafeBufferPointer(start: chunk.keys, count: count)))
            }
        }
        for use in unsafe core.uses {
            guard let deliver = unsafe use.deliver, let fail = use.fail, let key = use.key else {
                continue
            }
            unsafe use.deliver = { chunk in
                let count = unsafe Int(truncatingIfNeeded: chunk.pointee.count)
                let keys = (0..<count).compactMap { key(unsafe chunk.tags[$0]) }
                unsafe deliver(chunk)
                record(keys)
            }
            use.fail = { tag, failure in
                let key = key(tag)
                fail(tag, failure)
                if let key { record([key]) }
            }
        }
        guard let settle = node.settle else { return }
        node.settle = { commits in
            // An atom that is undone leaves the states of before it.
            let undone = unsafe commits ? [] : store.pointee.log?.map { $0.key } ?? []
            settle(commits)
            if !undone.isEmpty { record(undone) }
        }
    }
}

extension TaskStore {
    /// The states of some keys as they are now, laid out as ``StateDeltas`` says.
    @inlinable
    func deltas(of keys: [Key], _ codec: StateCodec<Body.State>) -> StateBytes {
        var bytes = StateBytes()
        guard isKeyed else {
            bytes.append(1 as UInt64)
            bytes.append(0 as UInt64)
            unsafe codec.store(UnsafePointer(single), &bytes)
            return bytes
        }
        let found = keys.filter { unsafe table.find($0) != nil }
        bytes.append(UInt64(found.count))
        if codec.isPlain {
            let size = MemoryLayout<Body.State>.size
            unsafe bytes.append(count: found.count &* (8 &+ size)) { start in
                for index in 0..<found.count {
                    guard let state = unsafe table.find(found[index]) else { continue }
                    let place = unsafe start + index &* (8 &+ size)
                    unsafe place.storeBytes(of: found[index], as: UInt64.self)
                    unsafe (place + 8).copyMemory(from: state, byteCount: size)
                }
            }
        } else {
            for key in found {
                guard let state = unsafe table.find(key) else { continue }
                bytes.append(key)
                unsafe codec.store(UnsafePointer(state), &bytes)
            }
        }
        if found.count < keys.count {
            for key in keys where unsafe table.find(key) == nil { bytes.append(key) }
        }
        return bytes
    }
}
