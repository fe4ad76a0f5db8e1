// What a trial is compared with: the same steps on one worker, without a journal and without faults.
import Portals

extension FaultTrial {
    func compare(_ running: Running) throws {
        try firstFault(plan.lives.count - 1)
        let order = running.site.engine.recordedOrder
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
        let calm = try runCalm(order)
        if let text = world.difference(calm) {
            throw Finding(kind: .otherOutputs, text: text)
        }
    }

    /// The same steps on one worker, without a journal.
    private func runCalm(_ order: RecordedOrder) throws -> OutsideWorld {
        let calm = OutsideWorld()
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
        return calm
    }
}
