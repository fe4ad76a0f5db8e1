// What a trial is compared with: the same steps on one worker, without a journal and without
// faults.
import Portals

extension FaultTrial {
    func compare(_ running: Running) throws {
        try firstFault(plan.lives.count - 1)
        guard let order else { return }
        for (element, steps) in order.steps.enumerated() {
            var last: UInt64 = 0
            for step in steps where step.kind == .source || step.kind == .timer {
                if step.time < last {
                    throw Finding(
                        kind: .timeGoesBack,
                        text: "element \(element): a step at \(step.time) after one at \(last)")
                }
                last = step.time
            }
        }
        let (calm, cut, stopped) = try runCalm(order)
        if let text = world.difference(calm) {
            throw Finding(kind: .otherOutputs, text: text)
        }
        try compareStops(running.site.engine, stopped, order)
        let state = try state(of: running.site.engine) { try running.site.step() }
        if let text = difference(state, cut) { throw Finding(kind: .otherState, text: text) }
    }

    /// The same applications are stopped, and only such have refused anything.
    private func compareStops(
        _ engine: Engine, _ calm: [String], _ order: RecordedOrder
    ) throws {
        let stopped = engine.stoppedApplications
        if stopped != calm {
            throw Finding(
                kind: .otherState, text: "\(stopped) are stopped, and without crashes \(calm)")
        }
        for (plan, steps) in zip(engine.elements, order.steps) {
            let isStopped = stopped.contains { plan.path.hasPrefix("/\($0)/") }
            // Late replies are refused after the end, without any stop.
            let untilEnd = steps.prefix { $0.kind != .seal }
            if untilEnd.contains(where: { $0.kind == .refusal }) && !isStopped {
                throw Finding(
                    kind: .otherState,
                    text: "\(plan.path) has refused something, but is not stopped: \(stopped)")
            }
        }
    }

    /// All state of an engine at rest, as a snapshot would hold it; nil where it holds types that
    /// no snapshot can hold.
    private func state(of engine: Engine, step: () throws -> Bool) throws -> EngineCut? {
        if engine.snapshotRefusal != nil { return nil }
        guard engine.beginCut(number: 0, isFull: true) else {
            throw Finding(kind: .notAtRest, text: "at rest, but its state can't be taken")
        }
        for _ in 0..<Self.stepsMax where !engine.isCutCopied { _ = try step() }
        coverage.comparedStates += 1
        return engine.takeCut()
    }

    /// The first difference between two states, byte for byte; nil if none.
    private func difference(_ state: EngineCut?, _ calm: EngineCut?) -> String? {
        guard let state, let calm else { return nil }
        for (one, two) in zip(state.nodes, calm.nodes) {
            let (mine, theirs) = (units(of: one), units(of: two))
            if one.place != two.place || one.head != two.head || mine != theirs {
                return "the state of \(one.place) is \(mine), \(one.head), and without crashes "
                    + "\(theirs), \(two.head)"
            }
        }
        return state.nodes.count == calm.nodes.count ? nil : "other nodes have a state"
    }

    private func units(of node: NodeCut) -> [Int: [UInt8]] {
        var units: [Int: [UInt8]] = [:]
        for section in node.sections {
            // What the engine made is whole.
            try? StateBytes.Reader.forEachUnit(section) { (unit, bytes) throws(RecordError) in
                units[unit] = try bytes.read(count: bytes.count)
            }
        }
        return units
    }

    /// The same steps on one worker, without a journal.
    private func runCalm(
        _ order: RecordedOrder
    ) throws -> (OutsideWorld, EngineCut?, stopped: [String]) {
        let calm = OutsideWorld()
        var options = options
        // It writes nothing, but its state can be taken.
        options.commit = .asynchronous
        let site = SteppedSite(options)
        let (applications, check) = plan.program.build(calm.run())
        try site.engine.launch(applications)
        try site.engine.follow(order)
        func rest() throws {
            for _ in 0..<Self.stepsMax where !site.step() { return }
            throw Finding(kind: .notFollowed, text: "a run in the recorded order does not end")
        }
        try rest()
        let left = site.engine.unfollowedSteps
        if left > 0 {
            throw Finding(
                kind: .notFollowed,
                text: "a run without crashes can't take \(left) of the recorded steps")
        }
        _ = site.engine.endFollowing()
        try rest()
        if !site.engine.isAtRest {
            throw Finding(
                kind: .notFollowed,
                text: "a run without crashes does not rest after the recorded steps")
        }
        if let text = check(site.engine) { throw Finding(kind: .otherThanModel, text: text) }
        let stopped = site.engine.stoppedApplications
        return (calm, try state(of: site.engine) { site.step() }, stopped)
    }
}
