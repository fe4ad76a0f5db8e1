// Where the level of a series changes, on series whose levels are known.
import Testing

@testable import Report

@Suite("change points")
struct ChangePointTests {
    /// Values of these levels with noise of `noise` of them, from a seed.
    private func series(
        _ levels: [(level: Double, count: Int)], noise: Double, seed: UInt64
    ) -> [Double] {
        var generator = SeededGenerator(seed: seed)
        return levels.flatMap { level, count in
            (0..<count).map { _ in
                // The sum of twelve is near enough to a normal distribution.
                let sum = (0..<12).reduce(0.0) { sum, _ in
                    sum + Double.random(in: 0...1, using: &generator)
                }
                return level * (1 + noise * (sum - 6))
            }
        }
    }

    @Test("white noise is of one level in 99 of 100 series")
    func noise() {
        let cut = (0..<400 as Range<UInt64>).count { seed in
            ChangePoints.segments(series([(100, 50)], noise: 0.02, seed: seed)).count > 1
        }
        #expect(cut <= 4)
    }

    @Test("a change of level is found within two values of its place")
    func change() {
        var alone = 0
        for seed in 0..<50 as Range<UInt64> {
            let segments = ChangePoints.segments(
                series([(100, 20), (120, 30)], noise: 0.02, seed: seed))
            #expect(segments.contains { (18...22).contains($0.upperBound) })
            if segments.count == 2 { alone += 1 }
        }
        // Noise is cut in one of a hundred.
        #expect(alone >= 48)
    }

    @Test("segments cover the series, whatever it is")
    func cover() {
        var generator = SeededGenerator(seed: 3)
        for count in [0, 1, 5, 6, 7, 40] {
            for scale in [0.0, 1, 1e12] {
                let values = (0..<count).map { _ in
                    scale * Double.random(in: 0...1, using: &generator)
                }
                let segments = ChangePoints.segments(values)
                #expect(segments.flatMap { Array($0) } == Array(0..<count))
            }
        }
    }

    @Test("a trial is steady, warming, slowing or unsteady")
    func steadiness() {
        func of(_ levels: [(level: Double, count: Int)]) -> Steadiness? {
            Steadiness(rates: series(levels, noise: 0.01, seed: 7))
        }
        #expect(of([(100, 50)]) == .steady)
        #expect(of([(70, 20), (100, 30)]) == .warming)
        #expect(of([(100, 30), (70, 20)]) == .slowing)
        #expect(of([(100, 20), (70, 20), (100, 20)]) == .unsteady)
        // Within the tolerance it is one level.
        #expect(of([(100, 25), (103, 25)]) == .steady)
        #expect(of([(100, 9)]) == nil)
    }

    @Test("the tail of one level is what comes after the last change that matters")
    func tail() {
        let warm = series([(50, 15), (100, 12)], noise: 0.01, seed: 1)
        #expect((11...13).contains(Steadiness.steadyTail(of: warm)))
        #expect(Steadiness.steadyTail(of: series([(100, 30)], noise: 0.01, seed: 2)) == 30)
        #expect(Steadiness.steadyTail(of: []) == 0)
    }
}
