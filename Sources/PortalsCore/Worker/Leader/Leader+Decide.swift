// How a leader chooses what its element takes next, and tells the partitions.

extension Leader {
    /// Steps that are decided and not retired: enough to keep every partition busy while the
    /// reports travel; what waits for more waits in its channel at no cost.
    static let pipelineDepth = 64

    var canDecide: Bool {
        unsafe worker.canRecord
            && (isAtomic ? ledger.isEmpty : ledger.count < Self.pipelineDepth)
    }

    /// Decides a step on what came from inside: replies, then requests, then streams.
    func decideInternal() -> Bool {
        if unsafe directory.isFollowing { return follow() }
        guard standing > 0, canDecide else { return false }
        // `tryEnd` comes back to it.
        if isStopped {
            switch stopGate.answer(recorder) {
            case .go: break
            case .asked: return true
            case .wait: return false
            }
        }
        // An ask that was given up kept no stream open: its reply, if it comes after the end, has
        // no effect either, not even the end of an atom. What the end itself asks comes first.
        if ending != .open && !ledger.isEmpty { return false }
        for kind in 0..<3 {
            let line = classes[kind]
            for offset in 0..<line.count {
                var turn = line.turn + offset
                if turn >= line.count { turn -= line.count }
                let input = classInputs[line.start + turn]
                let atoms = inputs[input].available
                if atoms.with({ $0.isEmpty }) { continue }
                classes[kind].turn = turn + 1 == line.count ? 0 : turn + 1
                standing -= 1
                let atom = atoms.with { $0.removeFirst(into: &senderMasks) }
                if isStopped || kind == 0 && ending != .open && hasNoAsks {
                    decideRefusal(input, atom)
                } else {
                    unsafe decide(
                        input, atom.step, atom.root, time: directory.roots.entryTime(atom.root))
                }
                return true
            }
        }
        return false
    }

    func enter(_ cell: Int, _ entry: UInt64, delay: UInt64 = 0) {
        let fedElement = isFed ? UInt32(truncatingIfNeeded: element.id) : RootAtom.notFed
        unsafe directory.roots.begin(
            cell,
            RootAtom(
                entryTime: entry, number: nextAtom, fedElement: fedElement,
                entryDelay: UInt32(clamping: delay >> RootAtom.delayShift)))
        if isFed { openFedAtoms += 1 }
        senderMasks.removeAll()
        decide(sourceInput, nextAtom, UInt32(cell), time: entry)
        nextAtom += 1
    }

    func decide(_ input: Int, _ producerStep: UInt64, _ root: UInt32, time: UInt64) {
        lastTime = max(lastTime, time)
        let number = nextStep
        nextStep += 1
        if order != nil {
            order?.append(OrderEntry(input: UInt16(input), producerStep: producerStep))
            keep(RecordWord.Kind(element.inputs[input].kind), input, time)
        }
        let line = inputs[input]
        record(input, time)
        var record = StepRecord(
            number: number, time: lastTime, producerStep: producerStep, senders: 0, root: root,
            input: UInt16(input), levelsLeft: line.levelCount)
        var pending: UInt64 = 0
        enter(LedgerEntry(number: number, root: root, input: UInt16(input)))
        for partition in 0..<partitions {
            record.senders = senders(for: partition)
            if line.skipsEmptyPartitions && record.senders == 0 { continue }
            pending |= 1 << UInt64(partition)
        }
        ledger[ledger.count - 1].pending = pending
        ledger[ledger.count - 1].participants = pending
        for partition in 0..<partitions where pending & (1 << UInt64(partition)) != 0 {
            record.senders = senders(for: partition)
            unsafe worker.send(record, to: firstPartition + partition)
        }
        if pending == 0 { retire() }
    }

    /// Requests to a stopped application are refused, everything else is dropped; so are replies
    /// that come after the end.
    func decideRefusal(_ input: Int, _ atom: AvailableAtom) {
        unsafe worker.recorder?.decided(.refusal, element: element.id, input: input)
        if order != nil { keep(.refusal, input, 0) }
        let number = nextStep
        nextStep += 1
        enter(LedgerEntry(number: number, root: atom.root, input: UInt16(input)))
        ledger[ledger.count - 1].isRefusal = true
        var record = StepRecord(
            number: number, time: lastTime, producerStep: atom.step, senders: 0, root: atom.root,
            input: UInt16(input), levelsLeft: 0)
        let all: UInt64 = partitions == 64 ? .max : (1 << UInt64(partitions)) - 1
        ledger[ledger.count - 1].pending = all
        ledger[ledger.count - 1].participants = all
        for partition in 0..<partitions {
            record.senders = senders(for: partition)
            unsafe worker.send(record, to: firstPartition + partition)
        }
    }

    func senders(for partition: Int) -> UInt64 {
        var senders: UInt64 = 0
        for sender in 0..<senderMasks.count {
            senders |= (senderMasks[sender] >> UInt64(partition) & 1) << UInt64(sender)
        }
        return senders
    }
}
