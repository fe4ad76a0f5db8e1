// What a leader records of its decisions, how it follows recorded ones, and its part of a cut.

extension Leader {
    func record(_ input: Int, _ time: UInt64) {
        guard let recorder else { return }
        let kind = element.inputs[input].kind
        var argument: UInt64 = 0
        if kind == .source || kind == .timer {
            argument = time &- recordedTime
            recordedTime = time
            #if PROTOCOL_MUTATIONS
            if unsafe ProtocolMutation.has(.forgetsRecordedTimes) && directory.isFollowing {
                recordedTime = 0
            }
            #endif
        }
        recorder.with {
            $0.decided(
                RecordWord.Kind(kind), element: element.id, input: input,
                argument: Int64(bitPattern: argument))
        }
    }

    func keep(_ kind: RecordWord.Kind, _ input: Int, _ time: UInt64) {
        let isTimed = kind == .source || kind == .timer
        decisions.append(
            RecordedStep(
                kind: kind, input: UInt16(input),
                time: isTimed ? time : decisions.last?.time ?? recordedTime))
    }

    /// Takes over what a recovery is to follow. Only while all workers stand still.
    func follow(_ steps: [RecordedStep], _ data: [[UInt8]]) {
        for step in steps { recorded.append(step) }
        recordedData = data
    }

    /// Forgets what can't be followed: what it depends on was lost with the crash.
    func endFollowing() {
        while !recorded.isEmpty { _ = recorded.removeFirst() }
        recordedData = []
        nextRecordedAtom = 0
    }

    /// Recorded decisions that it has not followed yet.
    var unfollowedSteps: Int { recorded.count }

    /// Makes the next recorded decision, if what it takes is there.
    func follow() -> Bool {
        guard !recorded.isEmpty, canDecide else { return false }
        #if PROTOCOL_MUTATIONS
        var next = recorded.first
        var input = Int(next.input)
        mutate(&next, &input)
        #else
        let next = recorded.first
        let input = Int(next.input)
        #endif
        switch next.kind {
        case .step, .refusal:
            let atoms = inputs[input].available
            if atoms.with({ $0.isEmpty }) { return false }
            standing -= 1
            let atom = atoms.with { $0.removeFirst(into: &senderMasks) }
            if next.kind == .refusal {
                decideRefusal(input, atom)
            } else {
                unsafe decide(
                    input, atom.step, atom.root, time: directory.roots.entryTime(atom.root))
            }
        case .source:
            guard let cell = freeRoot() else { return false }
            if isFed && !takeRecorded(cell) { return false }
            enter(cell, next.time)
        case .timer:
            deadlines.removeAll { $0 <= next.time }
            decideTimer(next.time)
        case .seal: decideSeal()
        case .longTime, .data, .digest, .mark, .delta: preconditionFailure("no decision")
        }
        _ = recorded.removeFirst()
        unsafe worker.noteFollowed()
        return true
    }

    /// Nothing is in flight here, and nothing was taken from outside that is not recorded.
    var canBeCut: Bool { isQuiet && !hasPolled }

    #if PROTOCOL_MUTATIONS
    private func mutate(_ next: inout RecordedStep, _ input: inout Int) {
        if ProtocolMutation.has(.ignoresRecordedTimes) && next.kind == .source {
            next.time = unsafe worker.clock()
        }
        if ProtocolMutation.has(.ignoresTimerTimes) && next.kind == .timer {
            next.time = lastTime
        }
        guard ProtocolMutation.has(.ignoresRecordedInputs), next.kind == .step else { return }
        input =
            (0..<inputs.count).first { inputs[$0].available.with { !$0.isEmpty } } ?? input
    }
    #endif

    /// Beside how it ends: its application is stopped.
    private static let stoppedBit: UInt64 = 8

    /// Where it is between two steps, when nothing is in flight.
    var cutWords: [UInt64] {
        let end: UInt64 =
            switch ending {
            case .open: 0
            case .sealing: 1
            case .sealed: 2
            case .completed: 3
            }
        #if PROTOCOL_MUTATIONS
        let stop = isStopped && !ProtocolMutation.has(.forgetsStops) ? Self.stoppedBit : 0
        #else
        let stop = isStopped ? Self.stoppedBit : 0
        #endif
        return [nextStep, lastTime, recordedTime, nextAtom, UInt64(abortedAtoms), end | stop]
            + completedUpstream.sorted().map { UInt64($0) }
    }

    /// Goes on from there.
    func restore(_ words: [UInt64]) throws(RecordError) {
        guard words.count >= 6, words[5] & ~Self.stoppedBit <= 3 else {
            throw RecordError("\(element.path): a snapshot of another form")
        }
        nextStep = words[0]
        lastTime = words[1]
        recordedTime = words[2]
        nextAtom = words[3]
        abortedAtoms = Int(clamping: words[4])
        ending = [.open, .sealing, .sealed, .completed][Int(words[5] & 3)]
        if words[5] & Self.stoppedBit != 0 { unsafe directory.stop(element.application) }
        #if PROTOCOL_MUTATIONS
        if ProtocolMutation.has(.forgetsOffsets) { nextAtom = 0 }
        if ProtocolMutation.has(.forgetsEnds) { ending = .open }
        #endif
        completedUpstream = Set(words[6...].map { Int(clamping: $0) })
        if ending != .open { endFeed() }
    }
}
