// The Universal Scalability Law against curves of known parameters and SciPy; COST against cases.
import Testing

@testable import Report

@Suite("scalability")
struct ScalabilityTests {
    @Test("a curve without noise gives back its parameters, whatever they are")
    func exact() throws {
        var generator = SeededGenerator(seed: 13)
        for _ in 0..<300 {
            let rate = Double.random(in: 1e3...1e9, using: &generator)
            let sigma =
                Bool.random(using: &generator)
                ? 0 : Double.random(in: 1e-4...0.6, using: &generator)
            let kappa =
                Bool.random(using: &generator)
                ? 0 : Double.random(in: 1e-6...0.05, using: &generator)
            var rates: [Int: [Double]] = [:]
            let count = Int.random(in: 3...8, using: &generator)
            while rates.count < count {
                let workers = Int.random(in: 1...64, using: &generator)
                rates[workers] = [Self.law(rate, sigma, kappa, workers)]
            }
            let fit = try UniversalScalability(rates)
            let what = "σ \(sigma) κ \(kappa) at \(rates.keys.sorted())"
            #expect(abs(fit.contention - sigma) < 1e-6 + sigma * 1e-4, "\(what)")
            #expect(abs(fit.coherency - kappa) < 1e-8 + kappa * 1e-4, "\(what)")
            #expect(abs(fit.eventsPerSecondOfOne / rate - 1) < 1e-6, "\(what)")
            #expect(fit.contentionInterval == nil)
            for (workers, rates) in rates {
                let curve = fit.eventsPerSecond(workers: Double(workers))
                #expect(abs(curve / rates[0] - 1) < 1e-6, "\(what)")
            }
        }
    }

    @Test("noisy trials give what SciPy's non-negative least squares gives")
    func likeSciPy() throws {
        // scipy.optimize.nnls of the rows (1, N-1, N(N-1)) / median(N/X), right side
        // (N/X) / median(N/X), SciPy 1.17.1.
        let fit = try UniversalScalability(Self.measured)
        #expect(abs(fit.eventsPerSecondOfOne / 1000061.0267525184 - 1) < 1e-9)
        #expect(abs(fit.contention - 0.05234296561619479) < 1e-9)
        #expect(abs(fit.coherency - 0.001978169296784113) < 1e-9)
        // Gauss-Newton on the rates themselves (scipy.optimize.curve_fit, relative errors) weighs
        // the noise otherwise and ends nearby.
        #expect(abs(fit.contention - 0.052332997) < 0.005)
        #expect(abs(fit.coherency - 0.00197711) < 0.0005)
        let contention = try #require(fit.contentionInterval)
        let coherency = try #require(fit.coherencyInterval)
        #expect(contention.contains(fit.contention) && contention.contains(0.05))
        #expect(coherency.contains(fit.coherency) && coherency.contains(0.002))
        #expect(try #require(fit.peakInterval).contains(fit.peakWorkers))
        #expect(try UniversalScalability(Self.measured) == fit)
    }

    @Test("intervals of 95 % hold the truth in nine of ten drawn experiments")
    func coverage() throws {
        var generator = SeededGenerator(seed: 99)
        var heldContention = 0
        var heldCoherency = 0
        let experiments = 60
        for _ in 0..<experiments {
            var rates: [Int: [Double]] = [:]
            for workers in [1, 2, 4, 8, 16, 32] {
                rates[workers] = (0..<12).map { _ in
                    // A sum of twelve is as good as normal: 3 % of noise.
                    let noise =
                        (0..<12).reduce(-6.0) { sum, _ in
                            sum + Double.random(in: 0..<1, using: &generator)
                        }
                    return Self.law(1e6, 0.05, 0.002, workers) * (1 + 0.03 * noise)
                }
            }
            let fit = try UniversalScalability(rates, seed: generator.next())
            if fit.contentionInterval?.contains(0.05) == true { heldContention += 1 }
            if fit.coherencyInterval?.contains(0.002) == true { heldCoherency += 1 }
        }
        #expect(heldContention >= experiments * 8 / 10, "\(heldContention)")
        #expect(heldCoherency >= experiments * 8 / 10, "\(heldCoherency)")
    }

    @Test("the peak is where the curve is highest, endless without coherency")
    func peak() throws {
        let rates = { (sigma: Double, kappa: Double) in
            Dictionary(
                uniqueKeysWithValues: [1, 2, 4, 8].map { ($0, [Self.law(1, sigma, kappa, $0)]) })
        }
        let fit = try UniversalScalability(rates(0.1, 0.01))
        #expect(abs(fit.peakWorkers - 90.0.squareRoot()) < 1e-4)
        let top = fit.eventsPerSecond(workers: fit.peakWorkers)
        #expect(top > fit.eventsPerSecond(workers: fit.peakWorkers * 1.1))
        #expect(top > fit.eventsPerSecond(workers: fit.peakWorkers / 1.1))
        #expect(try UniversalScalability(rates(0.1, 0)).peakWorkers == .infinity)
        // More than linear is not below zero.
        let superlinear = try UniversalScalability([1: [1], 2: [2.2], 4: [5]])
        #expect(superlinear.contention == 0 && superlinear.coherency == 0)
        // Slower with every worker: one is the peak.
        #expect(try UniversalScalability([1: [9], 2: [5], 4: [2]]).peakWorkers < 1.5)
    }

    @Test("two numbers of workers are refused by name, and so is a rate of zero")
    func refused() {
        #expect(throws: UniversalScalability.Refusal.tooFewWorkerCounts(2)) {
            try UniversalScalability([1: [1, 2], 2: [2, 3], 3: []])
        }
        #expect(throws: UniversalScalability.Refusal.notPositive) {
            try UniversalScalability([1: [1], 2: [0], 3: [2]])
        }
        #expect(
            UniversalScalability.Refusal.tooFewWorkerCounts(2).description.hasPrefix(
                "too few worker counts: 2"))
    }

    @Test("COST is the fewest workers that are faster than the loop, with the interval above one")
    func outperforming() {
        func cost(_ rates: [Int: [Double]], over loop: [Double]) -> OutperformingWorkers? {
            OutperformingWorkers(rates.mapValues(samples), over: samples(loop))
        }
        let loop = [10.0, 10.1, 9.9]
        #expect(cost([1: [8], 2: [12], 4: [20]], over: loop) == .workers(2))
        #expect(cost([1: [8], 2: [9]], over: loop) == .unreached(upTo: 2))
        // The ratio is above, the interval is not.
        #expect(
            cost([2: [10.2, 10.3, 9.9], 4: [15, 15.1, 15.2]], over: loop) == .workers(4))
        #expect(cost([1: [8]], over: []) == nil)
        #expect(cost([1: []], over: loop) == nil)
        #expect(cost([1: [8]], over: loop)?.text == "none up to 1")
    }

    @Test("the geometric mean of a ratio and its inverse is one")
    func geometricMean() {
        #expect(abs(Quantile.geometricMean([4, 0.25]) - 1) < 1e-12)
        #expect(abs(Quantile.geometricMean([2, 8]) - 4) < 1e-12)
    }

    private static func law(
        _ rate: Double, _ sigma: Double, _ kappa: Double, _ workers: Int
    ) -> Double {
        let n = Double(workers)
        return rate * n / (1 + sigma * (n - 1) + kappa * n * (n - 1))
    }

    /// λ 1e6, σ 0.05, κ 0.002 and 3 % of noise, drawn once by NumPy.
    private static let measured: [Int: [Double]] = [
        1: [975942.1, 960269.2, 992549.2, 1012613.4, 1034081.4],
        2: [1903778.4, 1866073.2, 1852858.8, 1940156.3, 1990594.9],
        4: [3435036.0, 3281090.8, 3309206.3, 3570700.4, 3427892.6],
        8: [5187611.2, 5458216.8, 5281002.6, 5368653.1, 5391845.8],
        16: [7021349.6, 7294000.7, 7161308.8, 7048014.8, 7263061.1],
        32: [7233493.8, 6709902.4, 7003427.2, 6850128.5, 7021122.8],
    ]
}
