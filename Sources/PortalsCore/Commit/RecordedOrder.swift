// What a leader follows during recovery in place of choosing.

/// One recorded decision.
public struct RecordedStep: BitwiseCopyable, Sendable, Equatable {
    /// What kind of step.
    public var kind: RecordWord.Kind
    /// The input that it took its atom from.
    public var input: UInt16
    /// Of a source: the atom's entry; of a timer: the step's time. Nanoseconds since launch.
    public var time: UInt64

    /// The same decision. Only those of sources and timers have a time of their own.
    func isSame(as other: RecordedStep) -> Bool {
        kind == other.kind && input == other.input
            && (time == other.time || kind != .source && kind != .timer)
    }
}

/// The recorded decisions of an engine's leaders, by element.
public struct RecordedOrder: Sendable {
    /// The decisions of an element, oldest first.
    public internal(set) var steps: [[RecordedStep]]
    /// The bytes of the atoms of an element's source, oldest first.
    public internal(set) var data: [[[UInt8]]]
    /// What levels of an element's steps made, in the order in which they ran.
    var digests: [[RecordedDigest]]
    private let startTimes: [UInt64]
    private let startSteps: [UInt64]
    private var times: [UInt64]

    /// No decisions yet, for so many elements.
    ///
    /// - Parameter startTimes: the times that the first recorded ones are counted from.
    /// - Parameter startSteps: the numbers of the first steps; all 0 where nothing was restored.
    public init(startTimes: [UInt64], startSteps: [UInt64]) {
        let elementCount = startTimes.count
        self.startTimes = startTimes
        self.startSteps = startSteps
        steps = Array(repeating: [], count: elementCount)
        data = Array(repeating: [], count: elementCount)
        digests = Array(repeating: [], count: elementCount)
        times = startTimes
    }

    /// Puts the order of a later run, which went on from somewhere in this one, in place of what
    /// follows there.
    ///
    /// - Errors: a run that began where this one does not reach, so that steps between are unknown.
    public mutating func replaceTail(by later: RecordedOrder) throws(RecordError) {
        for element in steps.indices {
            let kept = try place(of: later, element)
            let atoms = steps[element].prefix(kept).count { $0.kind == .source }
            data[element] = data[element].prefix(atoms) + later.data[element]
            steps[element] = steps[element].prefix(kept) + later.steps[element]
        }
    }

    /// Keeps the first decisions of one element: a replay ends there.
    package mutating func keep(_ count: Int, of element: Int) {
        steps[element] = Array(steps[element].prefix(count))
    }

    /// The first decision of a run, which began somewhere in this order and only followed it, that
    /// is another one here; nil if there is none.
    ///
    /// - Errors: as of ``replaceTail(by:)``.
    public func difference(
        _ follower: RecordedOrder
    ) throws(RecordError) -> (element: Int, step: UInt64)? {
        for element in steps.indices {
            let start = try place(of: follower, element)
            for (index, step) in follower.steps[element].enumerated() {
                let isKnown = start + index < steps[element].count
                if !isKnown || !steps[element][start + index].isSame(as: step) {
                    return (element, follower.startSteps[element] + UInt64(index))
                }
            }
        }
        return nil
    }

    /// Where in the decisions of an element another run began.
    private func place(of later: RecordedOrder, _ element: Int) throws(RecordError) -> Int {
        let (first, end) = (startSteps[element], startSteps[element] + UInt64(steps[element].count))
        let start = later.startSteps[element]
        guard (first...end).contains(start) else {
            throw RecordError(
                "a run goes on with step \(start) of element \(element), whose steps are known "
                    + "from \(first) to \(end)")
        }
        return Int(start - first)
    }

    /// Decisions of all elements.
    public var count: Int { steps.reduce(0) { $0 + $1.count } }

    /// The latest time of any decision: the site's clock goes on from there.
    public var lastTime: UInt64 { times.max() ?? 0 }

    /// Appends the whole records among the words of one worker.
    ///
    /// - Returns: how many words they took; what remains is the beginning of a record.
    /// - Errors: what does not fit the elements there are.
    public mutating func append(_ words: ArraySlice<UInt64>) throws(RecordError) -> Int {
        var start = words.startIndex
        while let end = try Self.recordEnd(words, start) {
            try append(words, start)
            start = end
        }
        return start - words.startIndex
    }

    /// Passes over the whole records among the words of one worker up to a mark, and the mark.
    ///
    /// - Returns: how many words were passed over, and whether the mark was there.
    public static func skip(
        _ words: ArraySlice<UInt64>, to mark: UInt64
    ) throws(RecordError) -> (used: Int, isFound: Bool) {
        var start = words.startIndex
        while let end = try recordEnd(words, start) {
            let word = RecordWord(bits: words[start])
            start = end
            if word.kind == .mark && UInt64(word.argument) == mark & 0x7FFF_FFFF {
                return (start - words.startIndex, true)
            }
        }
        return (start - words.startIndex, false)
    }

    /// Where the record ends that starts at a word; nil if it is not whole.
    private static func recordEnd(
        _ words: ArraySlice<UInt64>, _ start: Int
    ) throws(RecordError) -> Int? {
        guard start < words.endIndex else { return nil }
        let word = RecordWord(bits: words[start])
        var end = start + 1
        switch word.kind {
        case .longTime: end += 1
        case .digest:
            guard word.argument >= 0 else {
                throw RecordError("a record of \(word.argument) digests")
            }
            end += 1 + Int(word.argument)
        case .data:
            guard word.argument >= 0 else {
                throw RecordError("a source's atom of \(word.argument) bytes")
            }
            end += Int(word.argument + 7) / 8
        case .delta:
            guard word.argument >= 0 else {
                throw RecordError("state deltas of \(word.argument) bytes")
            }
            end += 1 + Int(word.argument + 7) / 8
        case .step, .source, .timer, .seal, .refusal, .mark: break
        case nil:
            throw RecordError(
                "a record of kind \(word.bits & 15), which this version does not know")
        }
        return end <= words.endIndex ? end : nil
    }

    private mutating func append(_ words: ArraySlice<UInt64>, _ start: Int) throws(RecordError) {
        var index = start
        var word = RecordWord(bits: words[index])
        var argument = word.argument
        if word.kind == .longTime {
            argument = word.longArgument
            index += 1
            word = RecordWord(bits: words[index])
        }
        index += 1
        guard word.element < steps.count else {
            throw RecordError(
                "a record names element \(word.element), but there are \(steps.count)")
        }
        switch word.kind {
        case .step: append(word, .step)
        case .seal: append(word, .seal)
        case .refusal: append(word, .refusal)
        case .source, .timer:
            times[word.element] &+= UInt64(bitPattern: argument)
            append(word, word.kind == .source ? .source : .timer)
        case .data:
            let byteCount = Int(argument)
            var bytes: [UInt8] = []
            bytes.reserveCapacity(byteCount)
            for offset in 0..<byteCount {
                let word = words[index + offset / 8]
                bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(offset % 8 * 8)))
            }
            data[word.element].append(bytes)
        case .digest:
            digests[word.element].append(
                RecordedDigest(
                    partition: word.input, place: words[index],
                    words: Array(words[(index + 1)..<(index + 1 + Int(argument))])))
        // A recovery does again what gave them.
        case .mark, .delta: break
        case .longTime, nil: throw RecordError("a time without a step")
        }
    }

    private mutating func append(_ word: RecordWord, _ kind: RecordWord.Kind) {
        steps[word.element].append(
            RecordedStep(kind: kind, input: UInt16(word.input), time: times[word.element]))
    }

    /// Keeps the first decisions of each element and forgets the others: a recovery found that what
    /// they depend on was lost, and went on otherwise.
    ///
    /// - Parameter ends: for each element the number of its next step, counted from the first run.
    public mutating func cut(at ends: [UInt64]) throws(RecordError) {
        guard ends.count == steps.count else {
            throw RecordError("a cut names \(ends.count) elements, but there are \(steps.count)")
        }
        for element in steps.indices {
            let first = startSteps[element]
            guard ends[element] >= first, ends[element] - first <= UInt64(steps[element].count)
            else {
                throw RecordError(
                    "a cut keeps \(ends[element]) steps of element \(element), which has "
                        + "\(steps[element].count) from \(first) on")
            }
            steps[element].removeSubrange(Int(ends[element] - first)...)
            #if PROTOCOL_MUTATIONS
            let keepsAll = ProtocolMutation.has(.keepsDigestsAtCuts)
            digests[element].removeAll { !keepsAll && $0.step >= ends[element] }
            #else
            digests[element].removeAll { $0.step >= ends[element] }
            #endif
            let sources = steps[element].count { $0.kind == .source }
            if data[element].count > sources { data[element].removeSubrange(sources...) }
            #if PROTOCOL_MUTATIONS
            if ProtocolMutation.has(.keepsTimesAtCuts) { continue }
            #endif
            let timed = steps[element].last { $0.kind == .source || $0.kind == .timer }
            times[element] = timed?.time ?? startTimes[element]
        }
    }
}

/// Why a record can't be followed.
public struct RecordError: Error, CustomStringConvertible {
    /// What is wrong with it.
    public let description: String
    /// An error with these words.
    public init(_ description: String) { self.description = description }
}
