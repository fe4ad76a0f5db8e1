// Atoms that come from outside the engine: of a generator, or of a feed.

extension Leader {
    /// Admits an atom of the generator, if there is one, it is due, and few enough are in flight.
    func admit() -> Bool {
        if isFed { return admitFromOutside() }
        guard hasGenerator, canDecide, !isExhausted, !isStopped,
            unsafe directory.hasRoomForOutputs && !directory.isHolding
        else { return false }
        guard let cell = freeRoot() else { return false }
        let now = unsafe worker.clock()
        var entry = now
        if let rate = atomsPerSecond {
            let start = startTime ?? entry
            if startTime == nil { startAtom = nextAtom }
            startTime = start
            let number = nextAtom - startAtom
            let gaps = arrivals?.time(of: number, from: arrivalStart) ?? Double(number)
            let due = start + UInt64(gaps * 1e9 / rate)
            if due > entry {
                unsafe worker.noteDue(due)
                return false
            }
            entry = due
        }
        enter(cell, entry, delay: now - entry)
        return true
    }

    var sourceInput: Int { 0 }

    /// Admits what a feed has, if there is something and few enough atoms are in flight.
    private func admitFromOutside() -> Bool {
        guard canDecide, !isExhausted, !isStopped, unsafe directory.hasRoomForOutputs,
            let feed, feed.failure == nil
        else { return false }
        if let stop = unsafe directory.stopAtoms, nextAtom >= stop {
            endFeed()
            return true
        }
        guard let cell = freeRoot() else { return false }
        if !hasPolled {
            if unsafe directory.isHolding { return false }
            polled.record.removeAll(keepingCapacity: true)
            polled.content.removeAll(keepingCapacity: true)
            switch feed.poll(&polled) {
            case .given: hasPolled = true
            case .nothing: return false
            case .nothingUntil(let time):
                unsafe worker.noteDue(time)
                return false
            case .ended:
                endFeed()
                return true
            case .failed(let reason):
                feed.failure = reason
                return true
            }
        }
        if let recorder = unsafe worker.recorder {
            let byteCount = polled.record.count
            if byteCount > recorder.atomByteCountMax {
                feed.failure =
                    "an atom of \(byteCount) bytes does not fit a worker's record, which holds "
                    + "\(recorder.atomByteCountMax): " + StepRecorder.cure(byteCount: byteCount)
                return true
            }
            let isRecorded = unsafe polled.record.withUnsafeBytes {
                unsafe recorder.record($0, element: element.id)
            }
            // The writer is behind: the atom waits for it here.
            if !isRecorded { return false }
        }
        let number = nextAtom
        hasPolled = false
        putContent(cell)
        unsafe enter(cell, worker.clock())
        if let outputs = unsafe worker.outputs {
            outputs.holdFed(element: element.id, atom: number)
        } else {
            feed.durable(number)
        }
        return true
    }

    private func putContent(_ cell: Int) {
        let content = polled.content.isEmpty ? polled.record : polled.content
        element.feedSlots?.put(content, cell: cell)
        if order != nil { keptData.append(polled.record) }
    }

    /// Makes a recorded atom come again; false where its feed can't.
    func takeRecorded(_ cell: Int) -> Bool {
        guard let feed else { return true }
        if feed.failure != nil { return false }
        polled.record = recordedData[nextRecordedAtom]
        polled.content.removeAll(keepingCapacity: true)
        if let reason = feed.replay(&polled, nextAtom) {
            feed.failure = reason
            return false
        }
        recordedData[nextRecordedAtom] = []
        nextRecordedAtom += 1
        putContent(cell)
        return true
    }

    func fedAtomIsDurable(_ number: UInt64) { feed?.durable(number) }

    /// All that followed from an atom of its feed is done and shown.
    func fedAtomIsCompleted(_ number: UInt64) {
        openFedAtoms -= 1
        feed?.completed(number)
    }

    func endFeed() {
        hasFeedEnded = true
    }

    /// Its feed has nothing now, but may have more; or it can't go on.
    var awaitsFeed: Bool {
        guard let feed, !isExhausted, !isStopped, !hasPolled else { return false }
        return feed.failure != nil || feed.isIdle()
    }

    var feedFailure: String? { feed?.failure }

    /// The generator has no more atoms.
    var isExhausted: Bool {
        if !hasGenerator { return true }
        if isFed { return unsafe hasFeedEnded || directory.isStopping }
        if let stop = unsafe directory.stopAtoms { return nextAtom >= min(stop, atomCount) }
        if !isEndless { return nextAtom >= atomCount }
        return unsafe directory.isStopping
    }

    /// Atoms that its generator has given.
    var admittedAtoms: UInt64 { nextAtom }

    func freeRoot() -> Int? {
        let count = rootCells.count
        for _ in 0..<count {
            let cell = rootCells.lowerBound + rootHint
            rootHint = rootHint + 1 == count ? 0 : rootHint + 1
            if unsafe directory.roots.isFree(cell) { return cell }
        }
        return nil
    }

    func enter(_ entry: LedgerEntry) {
        ledger.append(entry)
        if ledger.count > ledgerCapacity { layOutMasks(channelCount, ledgerCapacity * 2) }
        let start = maskIndex(entry.number, 0)
        for index in start..<(start + channelCount * partitions) { ledgerMasks[index] = 0 }
    }
}
