// The worker's end of the record: decisions go into a ring to the journal's writer, which the
// worker never waits for.
import Synchronization

/// Where a worker's leaders put what they decide.
///
/// - Ownership: its worker's thread. The other end of the ring is the writer's.
/// - Cost: one store a decision, one release store a step of the worker.
@safe @usableFromInline final class StepRecorder: @unchecked Sendable {  // Its worker's.
    private var producer: RingProducer<UInt64>
    private var staged = false
    let marks: CommitMarks
    /// The drain that a leader waits for; read by the writer.
    private let wanted = Atomic<UInt64>(0)
    /// Off while a recorded order is followed: it is in the journal already.
    var isRecording = true

    /// Room that a leader must find before it decides: what is recorded within one step of the
    /// worker, a hundred times.
    private static let reserve = 512
    /// The same, with what the steps that are decided already may record of their states.
    private let decisionReserve: Int

    private func fits(_ words: Int) -> Bool { producer.hasRoom(for: words) }

    /// Leaders may decide. Where they may not, the writer is behind; it never waits for them.
    var canDecide: Bool {
        if !isRecording { return true }
        let hasRoom = fits(decisionReserve)
        if !hasRoom { showKept() }
        // What a leader decides here other workers handle too, and record what that leaves.
        if let deltaRoom { return deltaRoom.isThere(for: self, hasRoom) }
        return hasRoom
    }

    /// What was kept back takes the room that something else needs: the writer is to have it.
    private func showKept() { if keptWords > 0 { staged = true } }

    /// - Parameter deltaRoom: not nil where what handlers leave in states is recorded: half of the
    ///   ring is kept for that.
    init(producer: consuming RingProducer<UInt64>, marks: CommitMarks, deltaRoom: DeltaRoom?) {
        decisionReserve = deltaRoom != nil ? producer.capacity / 2 : Self.reserve
        self.deltaRoom = deltaRoom
        self.producer = producer
        self.marks = marks
    }

    /// Has the writer make durable all that was published until now.
    ///
    /// - Returns: the stamp that it is durable behind.
    func awaitDurable() -> UInt64 {
        let stamp = marks.stamp()
        wanted.store(stamp + 1, ordering: .relaxed)
        return stamp
    }

    /// The drain that must be durable before all of its leaders go on.
    var wantedDrain: UInt64 { wanted.load(ordering: .relaxed) }

    private func put(_ word: RecordWord) {
        let isIn = producer.stage(word.bits)
        precondition(isIn, "a decision was made though the record was full")
        staged = true
    }

    /// Records a decision; of a time, its distance from the one before.
    func decided(_ kind: RecordWord.Kind, element: Int, input: Int, argument: Int64 = 0) {
        #if PROTOCOL_MUTATIONS
        guard isRecording || ProtocolMutation.has(.recordsWhileFollowing) else { return }
        var (kind, input, argument) = (kind, input, argument)
        if mutate(&kind, &input, &argument) { return }
        #else
        guard isRecording else { return }
        #endif
        if RecordWord.fits(argument) {
            put(RecordWord(kind, element: element, input: input, argument: argument))
        } else {
            #if PROTOCOL_MUTATIONS
            if !ProtocolMutation.has(.losesLongTimes) { put(RecordWord(longTime: argument)) }
            #else
            put(RecordWord(longTime: argument))
            #endif
            put(RecordWord(kind, element: element, input: input))
        }
    }

    #if PROTOCOL_MUTATIONS
    private var decisions = 0

    /// Changes what is recorded; true if nothing is.
    private func mutate(
        _ kind: inout RecordWord.Kind, _ input: inout Int, _ argument: inout Int64
    ) -> Bool {
        decisions += 1
        switch ProtocolMutation.has {
        case let has where has(.losesDecisions): return decisions % 7 == 0
        case let has where has(.losesTimes) && kind == .source: argument = 0
        case let has where has(.losesTimerTimes) && kind == .timer: argument = 0
        case let has where has(.cutsLongTimes) && !RecordWord.fits(argument):
            argument &= 0xFFFF_FFFF
        case let has where has(.losesInputs): input = 0
        case let has where has(.losesSeals): return kind == .seal
        case let has where has(.recordsRefusalsAsSteps) && kind == .refusal: kind = .step
        default: break
        }
        return false
    }
    #endif

    /// Records the bytes of a source's next atom, if there is room; else nothing.
    func record(_ bytes: UnsafeRawBufferPointer, element: Int) -> Bool {
        guard isRecording else { return true }
        let words = (bytes.count + 7) / 8
        guard fits(words + 1 + Self.reserve) else {
            showKept()
            return false
        }
        put(RecordWord(.data, element: element, argument: Int64(bytes.count)))
        unsafe stage(bytes)
        return true
    }

    private func stage(_ bytes: UnsafeRawBufferPointer) {
        for index in 0..<(bytes.count / 8) {
            _ = producer.stage(
                unsafe bytes.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self))
        }
        let rest = bytes.count % 8
        if rest == 0 { return }
        var word: UInt64 = 0
        unsafe withUnsafeMutableBytes(of: &word) {
            unsafe $0.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes.suffix(rest)))
        }
        _ = producer.stage(word)
    }

    /// Not nil where what handlers leave in states is recorded.
    let deltaRoom: DeltaRoom?
    /// Counted in it as one without room.
    var lacksDeltaRoom = false
    /// How often that found no room, or was of a type that has no format.
    private(set) var lostDeltas = 0

    /// Records what handlers of a node left in states; nil if it has no format.
    func delta(_ bytes: UnsafeRawBufferPointer?, element: Int, partition: Int, node: Int) {
        guard isRecording else { return }
        guard let bytes = unsafe bytes, fits((bytes.count + 7) / 8 + 2 + Self.reserve) else {
            lostDeltas += 1
            return
        }
        put(RecordWord(.delta, element: element, input: partition, argument: Int64(bytes.count)))
        _ = producer.stage(UInt64(node))
        unsafe stage(bytes)
    }

    /// Bytes of the largest atom that the ring can hold.
    var atomByteCountMax: Int { Self.atomByteCountMax(recordCapacity: producer.capacity) }

    static func atomByteCountMax(recordCapacity: Int) -> Int {
        max(0, (recordCapacity - reserve - 1) * 8)
    }

    /// Words of a ring, at least 1,024, that holds an atom of so many bytes.
    static func capacity(byteCount: Int) -> Int {
        var capacity = 1_024
        while atomByteCountMax(recordCapacity: capacity) < byteCount { capacity *= 2 }
        return capacity
    }

    /// What to do about an atom that no ring can hold.
    static func cure(byteCount: Int) -> String {
        "set the engine option `recordCapacity` to \(capacity(byteCount: byteCount)), or make the "
            + "atoms smaller"
    }

    /// Records what a level of a step made, if there is room; else nothing.
    ///
    /// It is shown to the writer with the next decision: a commit for its own sake would hold up
    /// the one of the next. Those of a worker that decides nothing go by themselves now and then.
    func digest(_ words: [UInt64], element: Int, partition: Int, level: Int, step: UInt64) {
        guard isRecording, fits(words.count + 2 + Self.decisionWordsMax) else { return }
        _ = producer.stage(
            RecordWord(
                .digest, element: element, input: partition, argument: Int64(words.count)
            ).bits)
        _ = producer.stage(RecordedDigest.place(level: level, step: step))
        for word in words { _ = producer.stage(word) }
        keptWords += words.count + 2
        if keptWords >= Self.keptWordsMax { staged = true }
    }

    /// Words of digests that the writer has not been shown.
    private var keptWords = 0
    /// Half a page of the journal, 30 to 80 digests: what a crash may take of them.
    private static let keptWordsMax = 256
    /// The most that a leader records of one decision.
    private static let decisionWordsMax = 2

    /// Shows the writer all that there is.
    func publishAll() {
        staged = true
        publish()
    }

    /// Says that what was recorded until here is in a snapshot. There is room: reserved.
    func mark(_ number: UInt64) {
        #if PROTOCOL_MUTATIONS
        if ProtocolMutation.has(.losesMarks) { return }
        #endif
        put(RecordWord(.mark, element: 0, argument: Int64(number & 0x7FFF_FFFF)))
        publish()
    }

    /// Shows the writer what was recorded; before any message that depends on it.
    func publish() {
        if !staged { return }
        staged = false
        keptWords = 0
        producer.publish()
    }
}

extension RingProducer {
    /// Whether so many items fit; reads the consumer's line only if they seem not to.
    fileprivate mutating func hasRoom(for count: Int) -> Bool {
        if tail &- headSeen &+ UInt64(count) <= mask &+ 1 { return true }
        refreshHead()
        return tail &- headSeen &+ UInt64(count) <= mask &+ 1
    }
}
