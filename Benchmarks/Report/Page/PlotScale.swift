// Scales of plots: values to positions, and the ticks that people read.
import Foundation

/// An axis from values to shares of its length, 0 at its start.
struct PlotScale {
    enum Kind { case linear, logarithmic }

    struct Tick: Equatable {
        let value: Double
        let label: String
    }

    let kind: Kind
    let range: ClosedRange<Double>
    let ticks: [Tick]

    /// The share of the axis at which `value` lies; outside 0...1 beyond its ends.
    func share(_ value: Double) -> Double {
        switch kind {
        case .linear: (value - range.lowerBound) / (range.upperBound - range.lowerBound)
        case .logarithmic:
            (log(value) - log(range.lowerBound)) / (log(range.upperBound) - log(range.lowerBound))
        }
    }

    /// A linear axis from zero to a round number at or above the largest of `values`.
    static func fromZero(_ values: [Double], label: (Double) -> String) -> PlotScale {
        let largest = values.max().flatMap { $0 > 0 ? $0 : nil } ?? 1
        let step = roundStep(largest / 4)
        let count = Int((largest / step - 1e-9).rounded(.up))
        return PlotScale(
            kind: .linear, range: 0...step * Double(count),
            ticks: (0...count).map { index in
                let value = step * Double(index)
                return Tick(value: value, label: index == 0 ? "0" : label(value))
            })
    }

    /// A linear axis from zero to exactly `end`, ticks at round numbers: an axis of time.
    static func upTo(_ end: Double, label: (Double) -> String) -> PlotScale {
        let end = end > 0 ? end : 1
        let step = roundStep(end / 6)
        return PlotScale(
            kind: .linear, range: 0...end,
            ticks: (0...Int(end / step + 1e-6)).map { index in
                let value = step * Double(index)
                return Tick(value: value, label: index == 0 ? "0" : label(value))
            })
    }

    /// A logarithmic axis over `values`, which are above zero; ticks at powers of ten, and at 2 and
    /// 5 between them where there are few.
    static func logarithmic(_ values: [Double], label: (Double) -> String) -> PlotScale {
        let positive = values.filter { $0 > 0 }
        let low = positive.min() ?? 1
        let high = max(positive.max() ?? 10, low * 1.0001)
        let decades = log10(high / low)
        let steps: [Double] = decades > 3 ? [1] : decades > 1.2 ? [1, 3] : [1, 2, 5]
        var candidates: [Double] = []
        for exponent in Int(log10(low).rounded(.down)) - 1...Int(log10(high).rounded(.up)) + 1 {
            candidates += steps.map { $0 * pow(10, Double(exponent)) }
        }
        // Rounding of the power must not lose the tick at the very end.
        let below = candidates.last { $0 <= low * 1.000001 } ?? low
        let above = candidates.first { $0 >= high * 0.999999 } ?? high
        let end = above > below ? above : below * 10
        var shown = candidates.filter { $0 >= below * 0.999999 && $0 <= end * 1.000001 }
        while shown.count > 9 {
            // Every other one, from the low end.
            shown = shown.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
        }
        return PlotScale(
            kind: .logarithmic, range: below...end,
            ticks: shown.map { Tick(value: $0, label: label($0)) })
    }

    /// An axis with ticks at the values themselves, for settings: logarithmic where they spread.
    static func settings(_ values: [Double], label: (Double) -> String) -> PlotScale {
        let distinct = Array(Set(values)).sorted()
        guard let low = distinct.first, let high = distinct.last else {
            return PlotScale(kind: .linear, range: 0...1, ticks: [])
        }
        let isWide = low > 0 && high / low >= 8
        let ticks = distinct.map { Tick(value: $0, label: label($0)) }
        // A margin, so that no point stands on the frame.
        if isWide {
            let margin = pow(high / low, 0.05)
            return PlotScale(
                kind: .logarithmic, range: low / margin...high * margin, ticks: ticks
            ).withoutOverlaps
        }
        let margin = high > low ? (high - low) * 0.08 : max(1, high.magnitude) * 0.5
        return PlotScale(
            kind: .linear, range: low - margin...high + margin, ticks: ticks
        ).withoutOverlaps
    }

    /// The same with those ticks only whose labels stand clear of each other, the last among them.
    private var withoutOverlaps: PlotScale {
        // A digit takes 7 of the 388 units that the axis is long, and labels want one between them.
        let needed = { (left: Tick, right: Tick) in
            Double(left.label.count + right.label.count + 2) / 2 * 7 / 388
        }
        var kept: [Tick] = []
        for tick in ticks.reversed() {
            if let last = kept.last, share(last.value) - share(tick.value) < needed(tick, last) {
                continue
            }
            kept.append(tick)
        }
        return PlotScale(kind: kind, range: range, ticks: kept.reversed())
    }

    /// 1, 2 or 5 times a power of ten, at or above `width`.
    private static func roundStep(_ width: Double) -> Double {
        let power = pow(10, log10(width).rounded(.down))
        return ([1, 2, 2.5, 5, 10].first { $0 * power >= width * 0.999999 } ?? 10) * power
    }
}
