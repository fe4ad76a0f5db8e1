// Decides the order of an element's steps, and retires them. It runs on the worker of partition 0.

/// The leader of one element.
///
/// - Ownership: its worker's thread alone.
final class Leader {
    let element: ElementPlan
    unowned(unsafe) let worker: Worker
    unowned(unsafe) let directory: Directory
    let partitions: Int

    /// Decided steps that have not retired, oldest first.
    var ledger = Queue<LedgerEntry>(capacity: 16)
    /// For each of them, channel and partition: the mask of destinations with a part.
    var ledgerMasks = Row<UInt64>()
    var ledgerCapacity = 16
    private(set) var channelCount = 0
    var nextStep: UInt64 = 0
    var lastTime: UInt64 = 0
    var available: [AvailableAtoms] = []
    /// For steps, what the plan and `available` say of each input and channel.
    var inputs = Row<InputLine>()
    var channels = Row<ChannelLine>()
    /// The first partition of its element, which it runs beside.
    let firstPartition: Int
    /// Sources wait until no atom stands in line.
    var standing = 0
    /// The inputs of what comes from inside: replies, requests, streams; and whose turn it is.
    var classes = Row<ClassLine>()
    var classInputs = Row<Int>()
    var pendingAsks = Row<Int>()
    var completedUpstream: Set<Int> = []
    var ending = Ending.open
    /// Where it spoke last of its circle's rest, and what its next step was then.
    var spokenRound: UInt64 = .max
    var spokenStep: UInt64 = 0
    var deadlines: [UInt64] = []
    var publishedAtoms: [Int: UInt64] = [:]
    var retained: [Int: [(step: UInt64, number: UInt64, masks: [UInt64])]] = [:]
    var abortedAtoms = 0
    /// The recorded order: input and producer's step of each step; nil if it is not recorded.
    var order: [OrderEntry]?
    /// The same as it would be recovered from a journal.
    var decisions: [RecordedStep] = []

    /// Of the atom that a step is decided on: each sender's destinations.
    var senderMasks = Queue<UInt64>(capacity: 64)
    let stopFlag: Directory.StopFlag
    let isAtomic: Bool
    let sealInput: Int
    // Of its generator.
    let hasGenerator: Bool
    let isEndless: Bool
    let atomCount: UInt64
    let atomsPerSecond: Double?
    let arrivals: ArrivalTimes?
    /// Where in their period its first atom is: for generators next to each other far apart.
    let arrivalStart: UInt64

    // Source
    var nextAtom: UInt64 = 0
    var rootCells = 0..<0
    var rootHint = 0
    var startTime: UInt64?
    /// The atom that was the first after the start, or after a recovery: its rate counts from
    /// there.
    var startAtom: UInt64 = 0

    // Commit and recovery
    /// What a recovery follows instead of choosing, oldest first.
    var recorded = Queue<RecordedStep>(capacity: 1)
    /// The time that the next recorded one is counted from.
    var recordedTime: UInt64 = 0

    // From outside
    let feed: Feed?
    let isFed: Bool
    /// What it polled last; it waits while the record has no room for it.
    var polled = FeedAtom()
    var hasPolled = false
    var hasFeedEnded = false
    /// Atoms of its feed that are not completed.
    var openFedAtoms = 0
    /// The bytes of recorded atoms, from `nextRecordedAtom` on.
    var recordedData: [[UInt8]] = []
    var nextRecordedAtom = 0
    /// The bytes of all atoms, if the order is recorded.
    var keptData: [[UInt8]] = []

    let recorder: Uncounted<StepRecorder>?
    /// Before it seals, and before it refuses what comes to a stopped application.
    var sealGate = DurableGate()
    var stopGate = DurableGate()

    /// Channels attached when steps before `end` were done by some partitions, whose reports know
    /// nothing of them: what these steps gave is what the stream retained of them.
    var lateChannels: [(channel: Int, source: Int, end: UInt64)] = []

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
        arrivals = directory.arrivals
        arrivalStart = UInt64(element.id) &* 0x9E37_79B9_7F4A_7C15
        if atomsPerSecond != nil { directory.hasRates = true }
        sealInput = element.sealInput
        feed = element.generator?.feed
        isFed = feed != nil
        pendingAsks.fill(0, count: element.partitionCount)
        if element.generator != nil { rootCells = directory.roots.reserve(window) }
        if let feed {
            element.feedSlots = FeedSlots(cells: rootCells)
            feed.isTaken = true
            feed.clock = worker.clock
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

    func layOutMasks(_ channels: Int, _ capacity: Int) {
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

    func masks(at start: Int) -> [UInt64] {
        (start..<(start + partitions)).map { ledgerMasks[$0] }
    }

    func maskIndex(_ number: UInt64, _ channel: Int) -> Int {
        ((Int(truncatingIfNeeded: number) & (ledgerCapacity - 1)) * channelCount + channel)
            * partitions
    }
}
