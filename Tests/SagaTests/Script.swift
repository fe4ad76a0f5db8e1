// What the services of a test do to each call of one saga, and what must come of it.
import Portals
import Sagas

/// What a service does to a call.
enum Act: UInt8, CaseIterable {
    /// Does it and says so.
    case serves
    /// Says that it failed.
    case fails
    /// Asks for another attempt.
    case defers
    /// Does it, and says so when the call has timed out.
    case servesLate
    /// Does nothing, and says so when the call has timed out.
    case failsLate
    /// Refuses the request: the ask ends without a reply.
    case refuses
}

/// The acts for one saga of three steps: two a step forward, one a step for the first attempt to
/// undo it; later attempts are served.
struct Script: Hashable, BitwiseCopyable, Sendable {
    static let steps = 3
    static let attemptsMax = 2
    private var bits: UInt64 = 0

    init(forward: [[Act]], undo: [Act]) {
        for step in 0..<Self.steps {
            for attempt in 0..<Self.attemptsMax {
                bits |= UInt64(forward[step][attempt].rawValue) << UInt64((step * 2 + attempt) * 4)
            }
            bits |= UInt64(undo[step].rawValue) << UInt64(32 + step * 4)
        }
    }

    func act(_ call: SagaCall) -> Act {
        let step = Int(call.step)
        if call.isCompensation {
            return call.attempt == 1 ? act(at: 32 + step * 4) : .serves
        }
        return act(at: (step * 2 + Int(call.attempt) - 1) * 4)
    }

    private func act(at bit: Int) -> Act { Act(rawValue: UInt8(bits >> UInt64(bit) & 0xF))! }

    /// What a service does in its two attempts: a second only where the first leaves one.
    static let attempts: [[Act]] = Act.allCases.flatMap { first -> [[Act]] in
        switch first {
        case .serves, .fails: [[first, .serves]]
        case .defers, .servesLate, .failsLate, .refuses:
            [.serves, .fails, .servesLate].map { [first, $0] }
        }
    }

    /// What a service does to the first attempt to undo: served, deferred, done but answered late.
    static let undos: [Act] = [.serves, .defers, .servesLate]
}

/// What becomes of a saga, written down as loops over steps and attempts.
struct Expected: Equatable {
    var ending: SagaEnding
    var retries: UInt32 = 0
    /// Replies that came in time.
    var replies: UInt32 = 0
    /// What took effect, in order: each step by its number from 1, its undoing as the negative.
    var effects: [Int] = []

    init(_ script: Script) {
        ending = .committed
        for step in 0..<Script.steps {
            let end = forward(step, script)
            if end.isDone { continue }
            ending = .compensated(failedStep: step)
            for undone in (0..<(end.mayBeDone ? step + 1 : step)).reversed() {
                undo(undone, script)
            }
            return
        }
    }

    private mutating func forward(
        _ step: Int, _ script: Script
    ) -> (isDone: Bool, mayBeDone: Bool) {
        var mayBeDone = false
        for attempt in 1...Script.attemptsMax {
            if attempt > 1 { retries += 1 }
            let act = script.act(SagaCall(saga: 0, step: UInt16(step), attempt: UInt32(attempt)))
            // It was served by an attempt that timed out: the service says so at once.
            if effects.contains(step + 1) {
                replies += 1
                return (true, false)
            }
            switch act {
            case .serves:
                effects.append(step + 1)
                replies += 1
                return (true, false)
            case .fails:
                replies += 1
                return (false, mayBeDone)
            case .defers: replies += 1
            case .servesLate:
                effects.append(step + 1)
                mayBeDone = true
            case .failsLate: mayBeDone = true
            case .refuses: break
            }
        }
        return (false, mayBeDone)
    }

    private mutating func undo(_ step: Int, _ script: Script) {
        // Not in effect: the service has nothing to undo, and says so at once.
        guard effects.contains(step + 1) else {
            replies += 1
            return
        }
        switch script.act(SagaCall(saga: 0, step: UInt16(step), isCompensation: true)) {
        case .serves: replies += 1
        case .servesLate:
            retries += 1
            replies += 1
        case .fails, .defers:
            retries += 1
            replies += 2
        case .failsLate, .refuses:
            retries += 1
            replies += 1
        }
        effects.append(-step - 1)
    }
}
