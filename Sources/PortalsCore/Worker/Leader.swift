// Decides the order of an element's steps, and retires them. It runs on the worker of partition 0.
import Synchronization

/// The leader of one element.
///
/// - Ownership: its worker's thread alone.
final class Leader {
    let element: ElementPlan
    unowned(unsafe) let worker: Worker
    unowned(unsafe) let directory: Directory
    private let partitions: Int

    /// Decided steps that have not retired, oldest first.
    private var ledger = Queue<LedgerEntry>(capacity: 16)
    /// For each of them, channel and partition: the mask of destinations with a part.
    private var ledgerMasks = Row<UInt64>()
    private var ledgerCapacity = 16
    private(set) var channelCount = 0
    private(set) var nextStep: UInt64 = 0
    private var lastTime: UInt64 = 0
    private var available: [AvailableAtoms] = []
    /// For steps, what the plan and `available` say of each input and channel.
    private var inputs = Row<InputLine>()
    private var channels = Row<ChannelLine>()
    /// The first partition of its element, which it runs beside.
    let firstPartition: Int
    /// Sources wait until no atom stands in line.
    private var standing = 0
    /// The inputs of what comes from inside: replies, requests, streams; and whose turn it is.
    private var classes = Row<ClassLine>()
    private var classInputs = Row<Int>()
    private var pendingAsks = Row<Int>()
    private var completedUpstream: Set<Int> = []
    private(set) var ending = Ending.open
    /// Where it spoke last of its circle's rest, and what its next step was then.
    private var spokenRound: UInt64 = .max
    private var spokenStep: UInt64 = 0
    private var deadlines: [UInt64] = []
    private var publishedAtoms: [Int: UInt64] = [:]
    private var retained: [Int: [(step: UInt64, number: UInt64, masks: [UInt64])]] = [:]
    private(set) var abortedAtoms = 0
    /// The recorded order: input and producer's step of each step; nil if it is not recorded.
    var order: [OrderEntry]?
    /// The same as it would be recovered from a journal.
    private(set) var decisions: [RecordedStep] = []

    // Source
    private var nextAtom: UInt64 = 0
    private var rootCells = 0..<0
    private var rootHint = 0
    private var startTime: UInt64?
    /// The atom that was the first after the start, or after a recovery: its rate counts from
    /// there.
    private var startAtom: UInt64 = 0

    // Commit and recovery
    /// What a recovery follows instead of choosing, oldest first.
    private var recorded = Queue<RecordedStep>(capacity: 1)
    /// The time that the next recorded one is counted from.
    private(set) var recordedTime: UInt64 = 0

    // From outside
    private let feed: Feed?
    private let isFed: Bool
    /// What it polled last; it waits while the record has no room for it.
    private var polled = FeedAtom()
    private var hasPolled = false
    private var hasFeedEnded = false
    /// The bytes of recorded atoms, from `nextRecordedAtom` on.
    private var recordedData: [[UInt8]] = []
    private var nextRecordedAtom = 0
    /// The bytes of all atoms, if the order is recorded.
    private(set) var keptData: [[UInt8]] = []

    enum Ending { case open, sealing, sealed, completed }

    init(element: ElementPlan, worker: Worker, directory: Directory, window: Int) {
        self.element = element
        unsafe self.worker = worker
        unsafe self.directory = directory
        stopFlag = directory.stopFlag(element.application)
        recorder = worker.steppedRecorder
        partitions = element.partitionCount
        firstPartition = element.firstPartition
        isAtomic = element.isAtomic
        hasGenerator = element.generator != nil
        atomCount = element.generator?.atomCount ?? .max
        isEndless = element.generator?.atomCount == nil
        atomsPerSecond = element.generator?.atomsPerSecond
        sealInput = element.sealInput
        feed = element.generator?.feed
        isFed = feed != nil
        pendingAsks.fill(0, count: element.partitionCount)
        if element.generator != nil { rootCells = directory.roots.reserve(window) }
        if let feed {
            element.feedSlots = FeedSlots(cells: rootCells)
            feed.isTaken = true
            let index = worker.index
            feed.wake = worker.wake.map { wake in { wake(index) } }
        }
        extend()
    }

    /// Takes up what a launch added. Masks of steps in flight are laid out anew.
    func extend() {
        spokenRound = .max
        for number in available.count..<max(available.count, element.inputs.count) {
            available.append(AvailableAtoms(senders: element.inputs[number].producerPartitions))
        }
        inputs.removeAll()
        for (number, plan) in element.inputs.enumerated() {
            inputs.append(
                InputLine(
                    available: Uncounted(available[number]),
                    senders: plan.producerPartitions,
                    levelCount: UInt8(plan.levelCount),
                    skipsEmptyPartitions: plan.skipsEmptyPartitions))
        }
        if classes.count == 0 { classes.fill(ClassLine(), count: 3) }
        classInputs.removeAll()
        for (index, kind) in [InputKind.reply, .request, .stream].enumerated() {
            var line = ClassLine(start: classInputs.count)
            for (number, plan) in element.inputs.enumerated() where plan.kind == kind {
                classInputs.append(number)
                line.count += 1
            }
            line.turn = classes[index].turn
            classes[index] = line
        }
        channels.removeAll()
        for plan in element.channels {
            let consumer = plan.consumer < 0 ? nil : unsafe directory.elements[plan.consumer]
            channels.append(
                ChannelLine(
                    consumer: plan.consumer, input: plan.input,
                    firstPartition: consumer?.firstPartition ?? -1,
                    inlet: consumer?.inputs[plan.input].inlet ?? -1))
        }
        if channelCount != element.channels.count {
            layOutMasks(element.channels.count, ledgerCapacity)
        }
    }

    /// How many partitions the producer of an input has.
    func senderCount(of input: Int) -> Int { inputs[input].senders }

    private func layOutMasks(_ channels: Int, _ capacity: Int) {
        var masks = Row<UInt64>()
        masks.fill(0, count: capacity * channels * partitions)
        for offset in 0..<ledger.count {
            let number = Int(ledger[offset].number)
            for channel in 0..<channelCount {
                for partition in 0..<partitions {
                    let old =
                        ((number & (ledgerCapacity - 1)) * channelCount + channel) * partitions
                    let new = ((number & (capacity - 1)) * channels + channel) * partitions
                    masks[new + partition] = ledgerMasks[old + partition]
                }
            }
        }
        ledgerMasks = masks
        channelCount = channels
        ledgerCapacity = capacity
    }

    private func masks(at start: Int) -> [UInt64] {
        (start..<(start + partitions)).map { ledgerMasks[$0] }
    }

    private func maskIndex(_ number: UInt64, _ channel: Int) -> Int {
        ((Int(truncatingIfNeeded: number) & (ledgerCapacity - 1)) * channelCount + channel)
            * partitions
    }

    // MARK: Decide

    /// Steps that are decided and not retired: enough to keep every partition busy while the
    /// reports travel; what waits for more waits in its channel at no cost.
    static let pipelineDepth = 64

    private var canDecide: Bool {
        unsafe worker.canRecord
            && (isAtomic ? ledger.isEmpty : ledger.count < Self.pipelineDepth)
    }

    /// Decides a step on what came from inside: replies, then requests, then streams.
    func decideInternal() -> Bool {
        if unsafe directory.isFollowing { return follow() }
        guard standing > 0, canDecide else { return false }
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
                if isStopped {
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

    private var senderMasks = Queue<UInt64>(capacity: 64)
    private let stopFlag: Directory.StopFlag
    private var isStopped: Bool { stopFlag.isSet }
    private let isAtomic: Bool
    private let sealInput: Int
    // Of its generator.
    private let hasGenerator: Bool
    private let isEndless: Bool
    private let atomCount: UInt64
    private let atomsPerSecond: Double?

    /// Admits an atom of the generator, if there is one, it is due, and few enough are in flight.
    func admit() -> Bool {
        if isFed { return admitFromOutside() }
        guard hasGenerator, canDecide, !isExhausted, !isStopped,
            unsafe directory.hasRoomForOutputs && !directory.isHolding
        else { return false }
        guard let cell = freeRoot() else { return false }
        var entry = unsafe worker.clock()
        if let rate = atomsPerSecond {
            let start = startTime ?? entry
            if startTime == nil { startAtom = nextAtom }
            startTime = start
            let due = start + UInt64(Double(nextAtom - startAtom) * 1e9 / rate)
            if due > entry {
                unsafe worker.noteDue(due)
                return false
            }
            entry = due
        }
        enter(cell, entry)
        return true
    }

    private func enter(_ cell: Int, _ entry: UInt64) {
        unsafe directory.roots.begin(cell, entryTime: entry)
        senderMasks.removeAll()
        decide(sourceInput, nextAtom, UInt32(cell), time: entry)
        nextAtom += 1
    }

    private var sourceInput: Int { 0 }

    // MARK: From outside

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
    private func takeRecorded(_ cell: Int) -> Bool {
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

    private func endFeed() {
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

    private func freeRoot() -> Int? {
        let count = rootCells.count
        for _ in 0..<count {
            let cell = rootCells.lowerBound + rootHint
            rootHint = rootHint + 1 == count ? 0 : rootHint + 1
            if unsafe directory.roots.isFree(cell) { return cell }
        }
        return nil
    }

    private func decide(_ input: Int, _ producerStep: UInt64, _ root: UInt32, time: UInt64) {
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

    /// Requests to a stopped application are refused, everything else is dropped.
    private func decideRefusal(_ input: Int, _ atom: AvailableAtom) {
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

    private func senders(for partition: Int) -> UInt64 {
        var senders: UInt64 = 0
        for sender in 0..<senderMasks.count {
            senders |= (senderMasks[sender] >> UInt64(partition) & 1) << UInt64(sender)
        }
        return senders
    }

    private func enter(_ entry: LedgerEntry) {
        ledger.append(entry)
        if ledger.count > ledgerCapacity { layOutMasks(channelCount, ledgerCapacity * 2) }
        let start = maskIndex(entry.number, 0)
        for index in start..<(start + channelCount * partitions) { ledgerMasks[index] = 0 }
    }

    // MARK: Commit and recovery

    private let recorder: Uncounted<StepRecorder>?

    private func record(_ input: Int, _ time: UInt64) {
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

    private func keep(_ kind: RecordWord.Kind, _ input: Int, _ time: UInt64) {
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
        case .longTime, .data, .digest, .mark: preconditionFailure("no decision")
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

    /// Where it is between two steps, when nothing is in flight.
    var cutWords: [UInt64] {
        let end: UInt64 =
            switch ending {
            case .open: 0
            case .sealing: 1
            case .sealed: 2
            case .completed: 3
            }
        return [nextStep, lastTime, recordedTime, nextAtom, UInt64(abortedAtoms), end]
            + completedUpstream.sorted().map { UInt64($0) }
    }

    /// Goes on from there.
    func restore(_ words: [UInt64]) throws(RecordError) {
        guard words.count >= 6, words[5] <= 3 else {
            throw RecordError("\(element.path): a snapshot of another form")
        }
        nextStep = words[0]
        lastTime = words[1]
        recordedTime = words[2]
        nextAtom = words[3]
        abortedAtoms = Int(clamping: words[4])
        ending = [.open, .sealing, .sealed, .completed][Int(words[5])]
        #if PROTOCOL_MUTATIONS
        if ProtocolMutation.has(.forgetsOffsets) { nextAtom = 0 }
        if ProtocolMutation.has(.forgetsEnds) { ending = .open }
        #endif
        completedUpstream = Set(words[6...].map { Int(clamping: $0) })
        if ending != .open { endFeed() }
    }

    // MARK: Retire

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

    private func retire() {
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
            // Consequences are counted before any of them can be done.
            let isLast = unsafe directory.roots.add(published - 1, to: entry.root)
            if published > 0 { publish(entry) }
            if isLast && entry.root != Roots.system {
                unsafe worker.rootDone(entryTime: directory.roots.entryTime(entry.root))
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

    // MARK: Retained atoms

    private func retainAtom(_ channel: Int, _ step: UInt64, _ start: Int) {
        let number = publishedAtoms[channel] ?? 0
        publishedAtoms[channel] = number + 1
        retained[channel, default: []].append(
            (step, number, masks(at: start)))
        if retained[channel, default: []].count > element.definition.retainedAtoms {
            retained[channel, default: []].removeFirst()
        }
    }

    /// The numbers of the atoms that a stream retains; nil if it never retains any.
    func retainedNumbers(of stream: StreamDefinition) -> Range<UInt64>? {
        guard let channel = retentionChannel(stream) else { return nil }
        let next = publishedAtoms[channel] ?? 0
        return (retained[channel]?.first?.number ?? next)..<next
    }

    private func retentionChannel(_ stream: StreamDefinition) -> Int? {
        element.channels.firstIndex {
            $0.consumer < 0 && $0.kind == .stream(node: stream.node?.index ?? -1)
        }
    }

    /// The step at which a late consumer begins, where it begins with what is retained.
    func retainedStep(of stream: StreamDefinition, start: StreamStart) -> UInt64? {
        guard let channel = retentionChannel(stream) else { return nil }
        let atoms = retained[channel] ?? []
        // What is in flight is retained by those partitions that have done it already.
        let inFlight = ledger.isEmpty ? nextStep : ledger.first.number
        switch start {
        case .next: return nil
        case .earliest: return atoms.first?.step ?? inFlight
        case .atom(let number): return atoms.first { $0.number >= number }?.step ?? inFlight
        }
    }

    /// Puts retained atoms and those in flight in line for a consumer that was attached late.
    func replay(channel index: Int, stream: StreamDefinition, to consumer: Leader) {
        guard let source = retentionChannel(stream) else { return }
        let plan = element.channels[index]
        var wide: [UInt64] = []
        for atom in retained[source] ?? [] where atom.step >= plan.firstStep {
            wide = aligned(atom.masks, plan)
            _ = unsafe directory.roots.add(1, to: Roots.system)
            for partition in 0..<partitions {
                consumer.receive(
                    input: plan.input, step: atom.step, root: Roots.system, mask: wide[partition],
                    sender: partition)
            }
        }
        var end: UInt64 = 0
        for partition in 0..<partitions {
            end = unsafe max(
                end, directory.partitions[element.firstPartition + partition].endedSteps)
        }
        lateChannels.append((channel: index, source: source, end: end))
    }

    /// Channels attached when steps before `end` were done by some partitions, whose reports know
    /// nothing of them: what these steps gave is what the stream retained of them.
    private var lateChannels: [(channel: Int, source: Int, end: UInt64)] = []

    private func completeMasks(_ number: UInt64) {
        for late in lateChannels {
            let plan = element.channels[late.channel]
            if number < plan.firstStep || number >= late.end { continue }
            let from = maskIndex(number, late.source)
            let to = maskIndex(number, late.channel)
            let masks = aligned(masks(at: from), plan)
            for partition in 0..<partitions { ledgerMasks[to + partition] = masks[partition] }
        }
        lateChannels.removeAll { $0.end <= number + 1 }
    }

    /// What a stream's partitions retain, as masks of the partitions that their parts go to.
    private func aligned(_ masks: [UInt64], _ plan: ChannelPlan) -> [UInt64] {
        masks.indices.map { partition in
            masks[partition] == 0 ? 0 : 1 << UInt64(partition % plan.consumerPartitions)
        }
    }

    // MARK: Ends

    func upstreamCompleted(_ producer: Int) { completedUpstream.insert(producer) }

    var isQuiet: Bool { hasNothingToDo && hasNoAsks }

    private var hasNoAsks: Bool {
        for partition in 0..<partitions where pendingAsks[partition] != 0 { return false }
        return true
    }

    private var hasNothingToDo: Bool { ledger.isEmpty && standing == 0 }

    /// Seals the element when nothing can come any more; true if something was done.
    func tryEnd() -> Bool {
        if unsafe directory.isFollowing && (!recorded.isEmpty || ending == .open) { return false }
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
            else { return false }
            decideSeal()
            return true
        case .sealed:
            guard isQuiet else { return false }
            complete()
            return true
        case .sealing, .completed: return false
        }
    }

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

    private func decideSeal() {
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

    private func decideTimer(_ time: UInt64) {
        _ = unsafe directory.roots.add(1, to: Roots.system)
        senderMasks.removeAll()
        decide(element.timerInput, 0, Roots.system, time: time)
    }
}

/// A decided step, as the leader has it.
private struct LedgerEntry: BitwiseCopyable {
    var number: UInt64
    var root: UInt32
    var input: UInt16
    /// Partitions that have not done it.
    var pending: UInt64 = 0
    var participants: UInt64 = 0
    var hasFailed = false
    var isSettled = false
    var isRefusal = false

    init(number: UInt64, root: UInt32, input: UInt16) {
        self.number = number
        self.root = root
        self.input = input
    }
}

/// One entry of the recorded order of steps.
public struct OrderEntry: BitwiseCopyable, Sendable, Equatable {
    /// The input of the element that the step consumed.
    public var input: UInt16
    /// The step of the producer that made the atom; of a source, the atom's number.
    public var producerStep: UInt64
}

struct AvailableAtom: BitwiseCopyable {
    var step: UInt64
    var root: UInt32
}

/// What a step reads of an input.
private struct InputLine: BitwiseCopyable {
    var available: Uncounted<AvailableAtoms>
    var senders: Int
    var levelCount: UInt8
    var skipsEmptyPartitions: Bool
}

/// What a step reads of a channel: all of its consumer that it needs, because the consumer's own
/// lines are written by another worker.
struct ChannelLine: BitwiseCopyable {
    var consumer: Int
    var input: Int
    var firstPartition: Int
    var inlet: Int
}

/// Inputs that come before or after those of other classes, in turn among themselves.
private struct ClassLine: BitwiseCopyable {
    var start = 0
    var count = 0
    var turn = 0
}

/// Atoms that stand in one input of an element.
private final class AvailableAtoms {
    private let senders: Int
    private var atoms = Queue<AvailableAtom>(capacity: 16)
    /// One mask of destinations a sender and atom.
    private var masks = Queue<UInt64>(capacity: 16)

    init(senders: Int) { self.senders = max(senders, 1) }

    /// The masks of an atom may still be on their way: they come in groups.
    var isEmpty: Bool { atoms.isEmpty || masks.count < senders }

    func append(step: UInt64, root: UInt32, mask: UInt64, sender: Int) {
        if sender == 0 { atoms.append(AvailableAtom(step: step, root: root)) }
        masks.append(mask)
    }

    func removeFirst(into words: inout Queue<UInt64>) -> AvailableAtom {
        words.removeAll()
        for _ in 0..<senders { words.append(masks.removeFirst()) }
        return atoms.removeFirst()
    }
}
