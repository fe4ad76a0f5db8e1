// The two distributions that the comparisons need: the normal one and Student's.
import Foundation

/// The standard normal distribution.
public enum Normal {
    /// The share below `value`.
    public static func cumulative(_ value: Double) -> Double {
        0.5 * erfc(-value / 2.0.squareRoot())
    }
}

/// Student's distribution.
public enum StudentT {
    /// The share below `value` with `degrees` of freedom, which need not be whole.
    ///
    /// By the regularised incomplete beta function (Abramowitz and Stegun, 26.7.1).
    public static func cumulative(_ value: Double, degrees: Double) -> Double {
        precondition(degrees > 0, "degrees of freedom are positive, not \(degrees)")
        guard value.isFinite else { return value > 0 ? 1 : 0 }
        let tail =
            0.5 * incompleteBeta(degrees / (degrees + value * value), degrees / 2, 0.5)
        return value > 0 ? 1 - tail : tail
    }

    /// The value that the share `share` lies below, to 12 digits; by bisection.
    public static func quantile(_ share: Double, degrees: Double) -> Double {
        precondition(share > 0 && share < 1, "a share is within 0 and 1, not \(share)")
        // Of less than one degree nobody asks; of one, the value for 1e-9 is 3e8.
        var low = -1e12
        var high = 1e12
        for _ in 0..<200 where high - low > 1e-12 * max(1, low.magnitude) {
            let middle = (low + high) / 2
            if cumulative(middle, degrees: degrees) < share { low = middle } else { high = middle }
        }
        return (low + high) / 2
    }

    /// I(x; a, b) by its continued fraction (Lentz's method; Numerical Recipes, 6.4).
    static func incompleteBeta(_ x: Double, _ a: Double, _ b: Double) -> Double {
        if x <= 0 { return 0 }
        if x >= 1 { return 1 }
        // The fraction converges fast on one side of the mean only; the other by symmetry.
        if x > (a + 1) / (a + b + 2) { return 1 - incompleteBeta(1 - x, b, a) }
        let scale: Double = lgamma(a + b) - lgamma(a) - lgamma(b)
        let front = exp(scale + a * log(x) + b * log(1 - x)) / a
        let tiny = 1e-300
        var c = 1.0
        var d = 1 - (a + b) * x / (a + 1)
        d = 1 / (d.magnitude < tiny ? tiny : d)
        var fraction = d
        for index in 1...500 {
            let m = Double(index)
            let place = a + 2 * m
            let even: Double = m * (b - m) * x / ((place - 1) * place)
            let odd: Double = -(a + m) * (a + b + m) * x / (place * (place + 1))
            for factor in [even, odd] {
                d = 1 + factor * d
                d = 1 / (d.magnitude < tiny ? tiny : d)
                c = 1 + factor / c
                if c.magnitude < tiny { c = tiny }
                fraction *= c * d
            }
            if (c * d - 1).magnitude < 1e-15 { break }
        }
        return front * fraction
    }
}
