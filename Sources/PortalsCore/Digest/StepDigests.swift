// Which steps of a partition are looked at, and whether a run that repeats them makes the same.

/// The digests of one partition: written down while it runs, compared while it repeats.
///
/// Of a step that is looked at, each level gives one group of words: one for each part that came in
/// from another element, then one for each source, key, flow and task that ran, in the order of the
/// workflow; what comes before another can have caused its difference.
///
/// ```
/// 63                     48 47           32 31                     0
/// ┌────────────────────────┬───────────────┬────────────────────────┐
/// │ 0                      │ node, or      │ digest                 │
/// │                        │ FF00 + sender │                        │
/// └────────────────────────┴───────────────┴────────────────────────┘
/// ```
/// - Ownership: its partition's worker; changed by others while that stands still.
@safe
final class StepDigests {
    /// Of so many steps one is looked at, and of the first so many after a start or snapshot each;
    /// 0 for none.
    private let interval: UInt64
    /// Steps whose product with `EventDigest.placeStep` is below are looked at: spread evenly, and
    /// in step with no pattern of the workflow, as every 64th would be.
    private let limit: UInt64
    private let partition: Int
    private let element: Int

    /// Where it began to look at each step.
    var firstStep: UInt64 = 0
    /// What the repeated run wrote down, by level, ascending by step; nil while none is.
    private var recorded: [[RecordedDigest]]?
    private var cursors: [Int] = []

    /// Of the level that runs.
    private var words: [UInt64] = []
    private var level = 0
    private var step: UInt64 = 0

    /// Levels of steps that were compared.
    private(set) var comparedCount = 0
    /// The first difference that was found here.
    var difference: StepDifference?

    /// The number that stands for the part of a sender.
    static let inputs = 0xFF00

    init(element: Int, partition: Int, interval: Int) {
        self.element = element
        self.partition = partition
        self.interval = UInt64(max(0, interval))
        limit = interval > 0 ? .max / UInt64(interval) : 0
    }

    /// From now on what runs is compared with what was written down.
    func follow(_ groups: [RecordedDigest], levelCount: Int) {
        var sorted: [[RecordedDigest]] = Array(repeating: [], count: levelCount)
        for group in groups where group.level < levelCount { sorted[group.level].append(group) }
        for level in sorted.indices { sorted[level].sort { $0.step < $1.step } }
        recorded = sorted
        cursors = Array(repeating: 0, count: levelCount)
    }

    /// From now on what runs is written down, each of the first steps.
    func record(from step: UInt64) {
        recorded = nil
        firstStep = step
    }

    /// Whether a level of a step is looked at.
    func begins(_ step: UInt64, level: Int) -> Bool {
        if recorded == nil {
            guard
                interval > 0
                    && (step &- firstStep < interval || step &* EventDigest.placeStep <= limit)
            else { return false }
        } else if !finds(step, level) {
            return false
        }
        self.step = step
        self.level = level
        words.removeAll(keepingCapacity: true)
        return true
    }

    private func finds(_ step: UInt64, _ level: Int) -> Bool {
        guard let groups = recorded?[level] else { return false }
        var cursor = cursors[level]
        while cursor < groups.count && groups[cursor].step < step { cursor += 1 }
        cursors[level] = cursor
        return cursor < groups.count && groups[cursor].step == step
    }

    /// Takes in the digest of a node, or of a sender's part.
    ///
    /// - Returns: whether it is the first that differs.
    func take(_ value: UInt32, _ number: Int) -> Bool {
        let word = UInt64(number) << 32 | UInt64(value)
        words.append(word)
        #if PROTOCOL_MUTATIONS
        if ProtocolMutation.has(.skipsDigests) { return false }
        #endif
        guard let recorded, difference == nil else { return false }
        let expected = recorded[level][cursors[level]].words
        return words.count > expected.count || expected[words.count - 1] != word
    }

    /// Ends the level: what was taken in is written down, or found to be complete.
    ///
    /// - Returns: the number of what was written down and did not come again.
    func end(_ recorder: StepRecorder?) -> Int? {
        guard let recorded else {
            recorder?.digest(
                words, element: element, partition: partition, level: level, step: step)
            return nil
        }
        comparedCount += 1
        let expected = recorded[level][cursors[level]].words
        #if PROTOCOL_MUTATIONS
        if ProtocolMutation.has(.skipsDigests) { return nil }
        #endif
        if difference != nil || words.count >= expected.count { return nil }
        return Int(expected[words.count] >> 32)
    }
}

/// What a run that repeats a recorded one made otherwise.
public struct StepDifference: Sendable, Equatable {
    /// The path of the task, or of what else gave the events.
    public var task: String
    /// The step of its workflow in which it gave them.
    public var step: UInt64
    /// The partition.
    public var partition: Int
    /// How many were found before, on all partitions: what another causes comes after it.
    var order: Int
}

/// What a level of a step made, as a run before the crash had it.
struct RecordedDigest: Sendable {
    var step: UInt64
    var partition: Int
    var level: Int
    var words: [UInt64]

    /// A level and a step in one word.
    static func place(level: Int, step: UInt64) -> UInt64 { UInt64(level) << 56 | step }

    init(partition: Int, place: UInt64, words: [UInt64]) {
        self.partition = partition
        level = Int(place >> 56)
        step = place & (1 << 56 - 1)
        self.words = words
    }
}
