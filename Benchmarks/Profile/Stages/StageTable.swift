// The table that says which stage a function belongs to. A new part of the data path gets its line
// here; `portals profile` lists under "other" what no line knows.

/// Rules from names of functions to stages.
///
/// What all stages are built of has no line (`PartBuffer`, `Queue`, `Message`, pointers): it
/// counts for the stage that calls it.
public enum StageTable {
    /// What a rule looks at, of a frame's short name without marks.
    enum Pattern: Sendable {
        /// The name begins so: a type with its dot, or a function.
        case prefix(String)
        /// The function's own name, whatever type has it.
        case method(String)
        /// The name says the library only, for want of symbols: `[libjemalloc.so.2]`.
        case library(String)
    }

    /// The first line that fits counts: what is special stands before what is general.
    static let rules: [(stage: Stage, patterns: [Pattern])] = [
        // What users write. In a chain of inlined functions these are the outer ones, so what they
        // call of ours is told apart and what they call of their own is theirs.
        (
            .task,
            [
                .method("onEvent"), .method("onRequest"), .method("onReply"),
                .method("onAskFailure"), .method("onAtomComplete"), .method("onComplete"),
            ]
        ),
        (.sink, [.method("onBatch"), .method("onAtomEnd"), .method("onSeal")]),

        (
            .state,
            [
                .prefix("StateTable."), .prefix("TaskStore."), .prefix("UnitTracker."),
                .prefix("portals_match_group"), .prefix("portals_group_match"),
            ]
        ),
        (
            .portal,
            [
                .prefix("TaskContext.ask"), .prefix("TaskContext.reply"), .prefix("FrameSlab."),
                .prefix("AskUse."), .prefix("AskTag."), .prefix("AskLine."),
                .prefix("ReplyOrigin."), .prefix("OpenRequests."), .prefix("Portal."),
                .prefix("TaskPart.handle(requests:"), .prefix("TaskPart.handle(replies:"),
                .prefix("TaskPart.complete("), .prefix("TaskCore.reply("),
                .prefix("TaskCore.leave("), .prefix("TaskCore.end("), .prefix("Partition.leave("),
                .prefix("Partition.keep("), .prefix("Partition.enter(replies:"),
                .prefix("Partition.deliver"), .prefix("DeferredReply"),
            ]
        ),
        (
            .task,
            [
                .prefix("TaskPart."), .prefix("TaskContext."), .prefix("TaskCore."),
                .prefix("TaskBody."), .prefix("ClosureTask"), .prefix("makeTaskNode"),
                .prefix("makeFlowNode"), .prefix("BatchMap."), .prefix("BatchFilter."),
                .prefix("BatchChain."), .prefix("Emitter."), .prefix("makeSplitNode"),
                .prefix("makeBroadcastNode"),
            ]
        ),
        (
            .source,
            [
                .prefix("makeSourceNode"), .prefix("makeArraySourceNode"), .prefix("makeFeedNode"),
                .prefix("IndexedSource."), .prefix("Feed"), .prefix("FileFeed"),
                .prefix("FileSource"), .prefix("Ingress"), .prefix("AtomQueue."),
                .prefix("FrameQueue."), .prefix("ReaderThread"), .method("event"),
            ]
        ),
        (
            .key,
            [
                .prefix("makeKeyNode"), .prefix("makeKeyFill"), .prefix("scatter("),
                .prefix("partition(of:"), .prefix("makeRoom("),
            ]
        ),
        (
            .sink,
            [
                .prefix("makeSinkNode"), .prefix("setPreparing"), .prefix("PreparedQueue."),
                .prefix("FileSink"), .prefix("EncodedAtoms."), .prefix("OutputFile."),
                .prefix("IdempotentSink"), .prefix("Collector"), .prefix("CountingSink."),
            ]
        ),
        (
            .snapshot,
            [
                .prefix("Snapshot"), .prefix("EngineCut."), .prefix("StateBytes."),
                .prefix("StateCodec."), .prefix("StoredState"), .prefix("NodeState."),
                .prefix("Worker.copyCut"),
            ]
        ),
        (
            .commit,
            [
                .prefix("StepRecorder."), .prefix("CommitWriter."), .prefix("CommitThread."),
                .prefix("CommitBlock."), .prefix("CommitMarks."), .prefix("SegmentJournal."),
                .prefix("SegmentChain."), .prefix("JournalBuffer."), .prefix("BlockHeader."),
                .prefix("HeldOutputs."), .prefix("WorkerRecord."), .prefix("FileStorage."),
                .prefix("OpenFile."), .prefix("portals_crc32c"), .prefix("portals_write_gathered"),
                .prefix("StepDigests."), .prefix("EventDigest."), .prefix("OutputDigest."),
                .prefix("DigestShape."),
            ]
        ),
        (
            .exchange,
            [
                .prefix("RingProducer."), .prefix("RingConsumer."), .prefix("SPSCRing."),
                .prefix("RingLayout."), .prefix("Worker.poll"),
                .prefix("Worker.publish"), .prefix("Worker.push"), .prefix("Worker.deliver"),
                .prefix("Worker.send"), .prefix("Worker.report"), .prefix("Worker.amendPart"),
                .prefix("Worker.release"), .prefix("Partition.sendExchange"),
                .prefix("Partition.sendCrossings"),
                .prefix("Partition.sendOutputs"), .prefix("Inlet."),
            ]
        ),
        (
            .leader,
            [
                .prefix("Leader."), .prefix("RootTable."), .prefix("Roots."),
                .prefix("SealCircle."), .prefix("AvailableAtoms."), .prefix("DurableGate."),
                .prefix("LeaderLines."), .prefix("Worker.rootDone"),
                .prefix("Worker.recordLatency"), .prefix("LatencyHistogram."),
                .prefix("Worker.runSource"), .prefix("Worker.runEnd"),
                .prefix("Worker.runDeadlines"),
            ]
        ),
        (.account, [.prefix("WorkerAccount."), .prefix("AccountSlot.")]),
        (
            .idle,
            [
                .prefix("IdleState."), .prefix("Parker."), .prefix("IdleStrategy."),
                .prefix("ThreadSleep."), .prefix("portals_pause"), .prefix("portals_futex"),
                .prefix("Standing."),
            ]
        ),
        (
            .step,
            [
                .prefix("Partition."), .prefix("StepProgram"), .prefix("Outlet."),
                .prefix("Port."), .prefix("Node."), .prefix("Worker."), .prefix("ChunkPool."),
                .prefix("WorkerThread"), .prefix("makeCopier"), .prefix("Directory."),
            ]
        ),
        (
            .copying,
            [
                .prefix("__mem"), .prefix("memcpy"), .prefix("memmove"), .prefix("memset"),
                .prefix("memcmp"), .prefix("bcmp"),
            ]
        ),
        (
            .allocator,
            [
                .prefix("malloc"), .prefix("calloc"), .prefix("realloc"), .prefix("free"),
                .prefix("posix_memalign"), .prefix("aligned_alloc"), .prefix("je_"),
                .prefix("operator new"), .prefix("operator delete"), .prefix("_int_malloc"),
                .prefix("_int_free"), .library("libjemalloc"), .prefix("cfree"),
            ]
        ),
        (
            .runtime,
            [
                .prefix("swift_"), .prefix("_swift_"), .prefix("swift::"),
                .library("libswift"), .prefix("outlined "),
            ]
        ),
    ]

    /// The stage of one frame; nil where no rule knows it.
    static func stage(of frame: String) -> Stage? {
        if frame.hasSuffix(SampleNaming.kernelMark) { return .kernel }
        let name =
            frame.hasSuffix(SampleNaming.inlinedMark)
            ? frame.dropLast(SampleNaming.inlinedMark.count) : Substring(frame)
        let method = name.prefix { $0 != "(" && $0 != " " }.split(separator: ".")
        for rule in rules {
            for pattern in rule.patterns {
                switch pattern {
                case .prefix(let text): if name.hasPrefix(text) { return rule.stage }
                case .method(let text):
                    if method.count >= 2, method.last == text[...] { return rule.stage }
                case .library(let text): if name.hasPrefix("[" + text) { return rule.stage }
                }
            }
        }
        return nil
    }
}
