// The end of a step at its leader: all partitions have done it, and its outputs become available.

extension Leader {
    /// A partition says which destinations of some channels have a part of a step.
    func note(_ number: UInt64, partition: Int, channel: Int, mask: UInt64) {
        ledgerMasks[maskIndex(number, channel) + partition] = mask
    }

    /// A partition has done a step, or has voted on it.
    func done(_ number: UInt64, partition: Int, pending: Int, failed: Bool) {
        pendingAsks[partition] = pending
        let offset = Int(number - ledger.first.number)
        ledger[offset].pending &= ~(1 << UInt64(partition))
        if failed { ledger[offset].hasFailed = true }
        if ledger[offset].pending != 0 { return }
        if element.isAtomic && !ledger[offset].isSettled && !ledger[offset].isRefusal {
            settle(offset)
        } else if offset == 0 {
            retire()
        }
    }

    private func settle(_ offset: Int) {
        let entry = ledger[offset]
        ledger[offset].isSettled = true
        ledger[offset].pending = entry.participants
        if entry.hasFailed {
            abortedAtoms += 1
            if element.definition.policy == .stopApplication {
                unsafe directory.stop(element.application)
            }
        }
        for partition in 0..<partitions where entry.participants & (1 << UInt64(partition)) != 0 {
            unsafe worker.sendVerdict(
                entry.number, element: element, partition: partition, commits: !entry.hasFailed)
        }
    }

    func retire() {
        while !ledger.isEmpty && ledger.first.pending == 0 {
            let entry = ledger.removeFirst()
            if !lateChannels.isEmpty { completeMasks(entry.number) }
            var published = 0
            for channel in 0..<channelCount {
                let start = maskIndex(entry.number, channel)
                var any: UInt64 = 0
                for partition in 0..<partitions { any |= ledgerMasks[start + partition] }
                if any == 0 { continue }
                if channels[channel].consumer < 0 {
                    retainAtom(channel, entry.number, start)
                    continue
                }
                published += 1
            }
            if published > 0 {
                // Consequences are counted before any of them can be done.
                _ = unsafe directory.roots.add(published - 1, to: entry.root)
                publish(entry)
            } else {
                // Read before: when nothing remains, the source may use the cell anew at once.
                let atom = unsafe directory.roots.atom(entry.root)
                let isLast = unsafe directory.roots.add(-1, to: entry.root)
                if isLast && entry.root != Roots.system { unsafe worker.rootDone(atom) }
            }
            if entry.input == UInt16(truncatingIfNeeded: sealInput) { ending = .sealed }
        }
    }

    private func publish(_ entry: LedgerEntry) {
        for channel in 0..<channelCount {
            let line = channels[channel]
            if line.consumer < 0 { continue }
            let start = maskIndex(entry.number, channel)
            var any: UInt64 = 0
            for partition in 0..<partitions { any |= ledgerMasks[start + partition] }
            if any == 0 { continue }
            unsafe worker.sendAvailable(
                line, step: entry.number, root: entry.root,
                masks: ledgerMasks.address + start, count: partitions)
        }
    }

    /// Atoms of a channel stand in line. Masks come in groups of senders, in order.
    func receive(input: Int, step: UInt64, root: UInt32, mask: UInt64, sender: Int) {
        if sender == 0 { standing += 1 }
        inputs[input].available.with {
            $0.append(step: step, root: root, mask: mask, sender: sender)
        }
    }
}
