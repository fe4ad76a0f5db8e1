// Numbers as a reader wants them: three significant digits, plain decimals.

/// Formatting of measured figures.
public enum Figure {
    /// Digits of a measured figure in a table: trials differ in the third.
    static let significantDigits = 3

    /// `value` rounded to three significant digits, in plain decimals, thousands grouped.
    public static func text(_ value: Double) -> String {
        guard value.isFinite else { return "\(value)" }
        guard value != 0 else { return "0" }
        let magnitude = exponent(value.magnitude)
        let decimals = max(0, significantDigits - 1 - magnitude)
        // Rounding may carry into a further digit (9.996 → 10.0): format again with one less.
        let rounded = rounded(value, decimals: decimals)
        if decimals > 0, rounded != 0, exponent(rounded.magnitude) > magnitude {
            return fixed(value, decimals: decimals - 1)
        }
        return fixed(value, decimals: decimals)
    }

    /// `value` with exactly `decimals` decimals, thousands grouped by commas.
    public static func fixed(_ value: Double, decimals: Int) -> String {
        let limit = 1e15  // Above this a Double has no decimals that mean anything.
        guard value.magnitude < limit else { return "\(value)" }
        let scale = power(decimals)
        let scaled = (value.magnitude * scale).rounded()
        guard scaled < 9e18 else { return "\(value)" }
        let digits = UInt64(scaled)
        let whole = grouped(digits / UInt64(scale))
        let sign = value < 0 && digits > 0 ? "-" : ""
        guard decimals > 0 else { return sign + whole }
        let fraction = String(digits % UInt64(scale))
        let zeros = String(repeating: "0", count: decimals - fraction.count)
        return "\(sign)\(whole).\(zeros)\(fraction)"
    }

    /// 1234567 as `1,234,567`.
    public static func grouped(_ value: UInt64) -> String {
        let digits = Array(String(value))
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return text
    }

    /// A span of time as a person says it: `8 s`, `2 min 5 s`, `1 h 3 min`.
    public static func duration(seconds: Double) -> String {
        let total = UInt64(min(max(0, seconds.rounded()), 1e9))
        if total < 60 { return "\(total) s" }
        if total < 3_600 { return "\(total / 60) min \(total % 60) s" }
        return "\(total / 3_600) h \(total % 3_600 / 60) min"
    }

    /// Position of the first digit: 0 for 1…9.99, -1 for 0.1…0.999.
    private static func exponent(_ value: Double) -> Int {
        var exponent = 0
        var rest = value
        while rest >= 10 {
            rest /= 10
            exponent += 1
        }
        while rest < 1, exponent > -12 {
            rest *= 10
            exponent -= 1
        }
        return exponent
    }

    private static func rounded(_ value: Double, decimals: Int) -> Double {
        let scale = power(decimals)
        return (value * scale).rounded() / scale
    }

    private static func power(_ decimals: Int) -> Double {
        (0..<decimals).reduce(1.0) { result, _ in result * 10 }
    }
}
