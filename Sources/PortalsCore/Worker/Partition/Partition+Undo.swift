// What a failed handler, or an atom that does not count, leaves behind.

extension Partition {
    /// A handler has thrown; what it did is undone already.
    func handlerFailed(_ letter: DeadLetter) {
        if isAtomic {
            hasFailed = true
        }
        unsafe worker.note(letter)
        if letters >= 0 {
            var emitter = Emitter<DeadLetter>(nodes[letters].outlet)
            emitter.emit(letter, key: letter.key)
            emitter.close()
        }
    }

    /// Ends an atomic step: it counts, or nothing of it remains.
    func settle(_ number: UInt64, commits: Bool) {
        precondition(steps.first.number == number && steps.first.hasVoted)
        for node in nodes { node.settle?(commits) }
        hasFailed = false
        if commits {
            for node in nodes where node.holdsChunks { for port in node.ports { port.drain() } }
        } else {
            discardOutputs(number)
        }
        settleRequests(commits: commits)
        end(steps.first)
    }

    /// Frees the slots of asks that will not be sent.
    private func forget(_ part: Part) {
        for index in 0..<part.chunkCount {
            let chunk = unsafe part.chunk(at: index)
            for event in unsafe 0..<Int(chunk.pointee.count) {
                forgetHold(unsafe allUses[Int(chunk.pointee.use)].forget!(chunk.tags[event]))
            }
        }
    }

    private func discardOutputs(_ number: UInt64) {
        // The dead letters of an atom are what remains of it.
        let kept = letters >= 0 ? -1 - letters : .max
        for entry in saved where entry.step == number && entry.channel != kept {
            if entry.channel >= 0 && element.channels[entry.channel].kind == .requests {
                forget(entry.part)
            }
            unsafe worker.pool.release(entry.part)
        }
        saved.removeAll { $0.step == number && $0.channel != kept }
        for use in allUses {
            use.requests.discard(tagged: true) { forgetHold(use.forget!($0)) }
        }
        for node in nodes { node.core?.forgetDeadlines(ofStep: number) }
        for buffers in replies { buffers.discard(tagged: false) { _ in } }
        for (number, node) in nodes.enumerated() where number != letters {
            if let collector = node.collector {
                while !collector.waiting.isEmpty {
                    unsafe worker.pool.release(collector.waiting.removeFirst().asChunk)
                }
            }
            for port in node.ports {
                while !port.waiting.isEmpty {
                    unsafe worker.pool.release(port.waiting.removeFirst().asChunk)
                }
            }
            node.hasSunk = false
        }
        earliestDeadline = .max
    }
}
