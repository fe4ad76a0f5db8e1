// Seals, circles that end together, and time-outs.

extension Leader {
    // MARK: Ends

    func upstreamCompleted(_ producer: Int) { completedUpstream.insert(producer) }

    var isQuiet: Bool { hasNothingToDo && hasNoAsks }

    var hasNoAsks: Bool {
        for partition in 0..<partitions where pendingAsks[partition] != 0 { return false }
        return true
    }

    private var hasNothingToDo: Bool { ledger.isEmpty && standing == 0 }

    /// Seals the element when nothing can come any more, and that is durable; true if something was
    /// done.
    func tryEnd() -> Bool {
        if unsafe directory.isFollowing && (!recorded.isEmpty || ending == .open) { return false }
        if isStopped && standing > 0, unsafe !directory.isFollowing { return decideInternal() }
        if isStopped && ending != .completed {
            // The streams of a stopped application have had their last atom.
            if !hasNothingToDo { return false }
            complete()
            return true
        }
        if element.neverSeals { return false }
        if let circle = element.circle, unsafe !directory.isFollowing, speak(circle) {
            return true
        }
        switch ending {
        case .open:
            guard isReady, element.circle.map({ $0.turn == element.circlePlace }) ?? true
            else {
                sealGate.close()
                return false
            }
            switch sealGate.answer(recorder) {
            case .go: decideSeal()
            case .asked: break
            case .wait: return false
            }
            return true
        case .sealed:
            guard isQuiet else { return false }
            complete()
            return true
        case .sealing, .completed: return false
        }
    }

    var isStopped: Bool { stopFlag.isSet }

    /// Nothing can come to it any more, unless from those with which it asks in a circle.
    private var isReady: Bool {
        if isStopped { return ending == .completed && hasNothingToDo }
        return isExhausted && isQuiet && element.externalUpstream.isSubset(of: completedUpstream)
    }

    /// Says to its circle that it is ready; true if that is new.
    private func speak(_ circle: SealCircle) -> Bool {
        guard isReady, let round = circle.round, round != spokenRound,
            unsafe directory.roots.allFree
        else { return false }
        let isLast = circle.speak(
            round, place: ending == .completed ? nil : element.circlePlace,
            isSteady: spokenStep == nextStep)
        spokenRound = round
        spokenStep = nextStep
        if isLast, let wake = unsafe worker.wake {
            for member in circle.members { unsafe wake(directory.elements[member].workers[0]) }
        }
        return true
    }

    func decideSeal() {
        ending = .sealing
        endFeed()
        _ = unsafe directory.roots.add(1, to: Roots.system)
        senderMasks.removeAll()
        decide(element.sealInput, 0, Roots.system, time: lastTime)
        element.circle?.restart()
    }

    private func complete() {
        ending = .completed
        sendCompleted()
        element.circle?.restart()
    }

    private func sendCompleted() {
        // Sorted: a set's order differs from run to run, and a seed is to repeat its schedule.
        for consumer in element.downstream.sorted() {
            unsafe worker.sendCompleted(element.id, to: consumer)
        }
    }

    /// Nothing will happen here any more unless something comes from outside.
    ///
    /// - Parameter isOpen: something may still come to it from outside, so that it has not sealed.
    func isAtRest(isOpen: Bool) -> Bool {
        if isStopped { return hasNothingToDo && ending == .completed }
        return isQuiet && (isExhausted || awaitsFeed) && deadlines.isEmpty
            && (element.neverSeals || ending == .completed || isOpen)
    }

    // MARK: Time-outs

    var nextDeadline: UInt64? { deadlines.first }

    func expect(_ deadline: UInt64) {
        // Few at a time: a sorted array is a good queue.
        var index = deadlines.count
        while index > 0 && deadlines[index - 1] > deadline { index -= 1 }
        if index > 0 && deadlines[index - 1] == deadline { return }
        deadlines.insert(deadline, at: index)
    }

    /// Decides a step for time-outs that are due.
    func expire(_ now: UInt64) -> Bool {
        guard let first = deadlines.first, first <= now, canDecide else { return false }
        deadlines.removeAll { $0 <= now }
        if isStopped { return true }
        if hasNoAsks && ledger.isEmpty { return true }
        decideTimer(max(now, lastTime))
        return true
    }

    func decideTimer(_ time: UInt64) {
        _ = unsafe directory.roots.add(1, to: Roots.system)
        senderMasks.removeAll()
        decide(element.timerInput, 0, Roots.system, time: time)
    }
}
