// A schedule that holds one worker, or the writer, back for a while: what is late by chance alone
// is hardly ever late enough to be lost.
import RandomApplications

/// Says who takes the next turn in a life.
final class StallingSchedule {
    private var numbers: Draw
    private let percent: Int
    private let bits: Int
    private let writer: Int?
    private var stalled = 0
    private var turnsLeft = 0

    init(_ life: FaultPlan.Life) {
        numbers = Draw(seed: life.seed ^ 0x5EED)
        percent = life.stallPercent
        bits = life.stallBits
        writer = life.stallsWriter ? life.workers : nil
    }

    /// One is held back, or would be if there were such schedules in this life.
    var counts: Bool { turnsLeft > 0 || percent == 0 }

    /// One of so many.
    func next(_ count: Int) -> Int {
        if turnsLeft > 0 {
            turnsLeft -= 1
        } else if percent > 0, numbers.chance(percent) {
            turnsLeft = numbers.below(1 << bits)
            stalled = writer ?? numbers.below(count)
        }
        if turnsLeft == 0 || count < 2 { return numbers.below(count) }
        let other = numbers.below(count - 1)
        return other < stalled ? other : other + 1
    }
}
