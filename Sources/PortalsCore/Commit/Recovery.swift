// How an engine is brought to where the record of an earlier run ends.

extension Engine {
    /// Makes the leaders follow a recorded order before they decide anything themselves. All
    /// workers stand still, and nothing has run since the launch.
    ///
    /// - Parameter haltsAtDifferences: a worker that makes other events than the recorded digests
    ///   say stops all of them.
    /// - Errors: decisions of inputs that the launched elements don't have.
    public func follow(
        _ order: RecordedOrder, haltsAtDifferences: Bool = false
    ) throws(RecordError) {
        guard order.steps.count == directory.elements.count else {
            throw RecordError(
                "the record has \(order.steps.count) elements, the launched applications "
                    + "\(directory.elements.count)")
        }
        for plan in directory.elements {
            for step in order.steps[plan.id] where Int(step.input) >= plan.inputs.count {
                throw RecordError(
                    "\(plan.path): a recorded step takes input \(step.input) of "
                        + "\(plan.inputs.count)")
            }
            let atoms = order.steps[plan.id].count { $0.kind == .source }
            if plan.generator?.feed != nil, order.data[plan.id].count < atoms {
                throw RecordError(
                    "\(plan.path): \(atoms) atoms from outside are recorded as taken in, but the "
                        + "bytes of only \(order.data[plan.id].count)")
            }
        }
        for plan in directory.elements {
            directory.leaders[plan.id].follow(order.steps[plan.id], order.data[plan.id])
            let digests = order.digests[plan.id]
            for index in 0..<plan.partitionCount {
                directory.partitions[plan.firstPartition + index].follow(
                    digests.filter { $0.partition == index })
            }
        }
        directory.isFollowing = true
        directory.haltsAtDifferences = haltsAtDifferences
        setRecording(false)
        for worker in workers { worker.wakeAll() }
    }

    /// Recorded decisions that are still to be followed. All workers stand still.
    public var unfollowedSteps: Int {
        directory.leaders.reduce(0) { $0 + $1.unfollowedSteps }
    }

    #if PROTOCOL_MUTATIONS
    /// The same of each element.
    public var unfollowedByElement: [Int] { directory.leaders.map { $0.unfollowedSteps } }
    #endif

    /// Recorded decisions that were followed; any thread may ask.
    public var followedSteps: Int { workers.reduce(0) { $0 + $1.followedCount } }

    /// Lets the leaders decide again. All workers stand still.
    ///
    /// - Parameter records: what they decide from now on is recorded.
    /// - Returns: for each element, the number of its next step; what was recorded beyond is
    ///   forgotten, because what it depends on was lost with the crash.
    @discardableResult
    public func endFollowing(records: Bool = true) -> [UInt64] {
        let followed = directory.leaders.map { leader -> UInt64 in
            leader.endFollowing()
            return leader.nextStep
        }
        directory.isFollowing = false
        directory.haltsAtDifferences = false
        for partition in directory.partitions {
            partition.digests?.record(from: partition.endedSteps)
        }
        #if PROTOCOL_MUTATIONS
        if !ProtocolMutation.has(.staysSilentAfterFollowing) { setRecording(records) }
        #else
        setRecording(records)
        #endif
        for worker in workers { worker.wakeAll() }
        return followed
    }

    /// Sources from outside that can't go on, and why. All workers stand still.
    public var feedFailures: [(path: String, reason: String)] {
        directory.leaders.compactMap { leader in
            leader.feedFailure.map { (leader.element.generator?.path ?? leader.element.path, $0) }
        }
    }

    /// Sinks that could take no more. All workers stand still.
    public var sinkFailures: [SinkFailure] { workers.compactMap { $0.sinkFailure } }

    /// For each element, the time from which its next recorded one is counted.
    public var recordedTimes: [UInt64] { directory.leaders.map { $0.recordedTime } }

    /// The order of all steps until now, as another engine can follow it; empty unless the options
    /// ask for it. All workers stand still.
    public var recordedOrder: RecordedOrder {
        var order = RecordedOrder(
            startTimes: directory.elements.map { _ in 0 },
            startSteps: directory.leaders.map { $0.nextStep - UInt64($0.decisions.count) })
        for plan in directory.elements {
            order.steps[plan.id] = directory.leaders[plan.id].decisions
            order.data[plan.id] = directory.leaders[plan.id].keptData
        }
        return order
    }

    /// For each element, the number of its next step.
    public var nextSteps: [UInt64] { directory.leaders.map { $0.nextStep } }

    private func setRecording(_ isOn: Bool) {
        for worker in workers { unsafe worker.recorder?.isRecording = isOn }
    }
}
