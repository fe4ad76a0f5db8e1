// How a partition takes the digests of a level that it runs.

extension Partition {
    /// Whether a node's output is looked at: where the user's code makes something. What others
    /// only pass on was looked at before them.
    func isDigested(_ definition: NodeDefinition) -> Bool {
        switch definition.kind {
        case .task, .flow, .key: true
        case .source: element.generator != nil
        case .pass, .sink, .deadLetters: false
        }
    }

    /// Its step is looked at: what comes and goes passes by the digests.
    func openDigests(_ run: StepProgram.LevelRun) {
        for index in run.nodes.start..<run.nodes.end {
            program.nodes[index].node.with { $0.outlet.isObserved = true }
        }
    }

    /// Takes in a part that has come from another element.
    func digestInput(
        _ part: Part, _ input: StepProgram.InputRun, _ record: StepRecord, sender: Int
    ) {
        var digest = EventDigest()
        var use = 0
        for index in 0..<part.chunkCount {
            let chunk = unsafe part.chunk(at: index)
            use = unsafe Int(chunk.pointee.use)
            let shape: DigestShape? =
                switch input.kind {
                case .stream: input.node.with { $0.inputShape }
                case .request: input.node.with { $0.requestShape }
                case .reply: allUses[use].replyShape
                case .source, .timer, .seal: nil
                }
            let isKeyed = unsafe chunk.pointee.isKeyed
            unsafe digest.take(chunk, isKeyed ? chunk.keys : nil, shape)
        }
        if digests?.take(digest.value, StepDigests.inputs + sender) == true {
            note(
                producer(of: element.inputs[Int(record.input)], use: use), record.producerStep,
                sender)
        }
    }

    /// What gave the events of an input.
    private func producer(of plan: InputPlan, use: Int) -> String {
        let elements = unsafe worker.directory.elements
        switch plan.kind {
        case .request:
            let asker = elements[plan.producer]
            return asker.nodes[asker.useNodes[use]].definition.path
        case .reply: return allUses[use].portal.repliers.first?.path ?? allUses[use].portal.path
        case .stream, .source, .timer, .seal: return plan.producerPath ?? element.path
        }
    }

    /// Takes in what a node has made, before another partition can see it.
    func digest(_ place: StepProgram.NodeRun) {
        place.node.with { node in
            guard let output = node.outlet.digest else { return }
            if let exchange = node.exchange { output.take(exchange) }
            if digests?.take(output.end(), place.number) == true {
                note(node.definition.path, step.number, index)
            }
        }
    }

    /// The level has run.
    func closeDigests(_ run: StepProgram.LevelRun) {
        for index in run.nodes.start..<run.nodes.end {
            program.nodes[index].node.with { $0.outlet.isObserved = $0.outlet.isWatched }
        }
        if let missing = unsafe digests?.end(worker.recorder) {
            let path =
                missing < nodes.count ? nodes[missing].definition.path : element.path
            note(path, step.number, index)
        }
    }

    private func note(_ task: String, _ step: UInt64, _ partition: Int) {
        let order = unsafe worker.directory.noteDifference()
        digests?.difference = StepDifference(
            task: task, step: step, partition: partition, order: order)
        if unsafe worker.directory.haltsAtDifferences { unsafe worker.halt?() }
    }

    /// Its partition's digests follow what an earlier run wrote down.
    func follow(_ groups: [RecordedDigest]) {
        digests?.follow(groups, levelCount: element.levelCount)
    }
}

extension Engine {
    /// The differences that were found between what is repeated and what was recorded, the first
    /// of each partition, those that may have caused others first. All workers stand still.
    public var differences: [StepDifference] {
        directory.partitions.compactMap { $0.digests?.difference }
            .sorted { $0.order < $1.order }
    }

    /// How many those are; any thread may ask.
    public var differenceCount: Int { directory.differenceCount }

    /// Levels of steps whose digests were compared. All workers stand still.
    public var comparedDigests: Int {
        directory.partitions.reduce(0) { $0 + ($1.digests?.comparedCount ?? 0) }
    }

    /// Shows the writer what workers keep back until their next decision. They have ended.
    public func publishRecords() { for recorder in recorders { recorder.publishAll() } }
}
