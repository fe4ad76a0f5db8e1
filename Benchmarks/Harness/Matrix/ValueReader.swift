// Typed values of flags and files; each fault names the text, its place and the cure.

/// Reads values and collects all faults instead of stopping at the first.
struct ValueReader {
    private(set) var problems: [String] = []

    /// Notes a fault of `text`.
    mutating func fault(_ text: PlacedText, _ problem: String, _ cure: String) {
        let message = "\(text.place): '\(text.text)' \(problem); \(cure)"
        if !problems.contains(message) { problems.append(message) }
    }

    /// Notes a fault without a text.
    mutating func fault(_ message: String) { problems.append(message) }

    mutating func integer(
        _ text: PlacedText, _ what: String, in range: ClosedRange<Int>
    ) -> Int? {
        guard let value = Int(text.text), range.contains(value) else {
            fault(
                text, "is no \(what)",
                "write an integer from \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        return value
    }

    mutating func seed(_ text: PlacedText) -> UInt64? {
        guard let value = UInt64(text.text) else {
            fault(text, "is no seed", "write an integer from 0 to \(UInt64.max)")
            return nil
        }
        return value
    }

    /// A positive number with an optional thousands suffix: `2M`, `500k`.
    mutating func rate(_ text: PlacedText) -> Double? {
        guard let value = Self.number(text.text, suffixes: ["k": 1e3, "M": 1e6, "G": 1e9]),
            value > 0
        else {
            fault(text, "is no rate", "write events a second, such as 250000, 500k or 2M")
            return nil
        }
        return value
    }

    /// A count of events with an optional suffix.
    mutating func count(_ text: PlacedText) -> UInt64? {
        guard let value = Self.number(text.text, suffixes: ["k": 1e3, "M": 1e6, "G": 1e9]),
            value >= 1, value <= 1e15, value == value.rounded()
        else {
            fault(text, "is no number of events", "write a count such as 131072, 500k or 2M")
            return nil
        }
        return UInt64(value)
    }

    /// A number of bytes with an optional suffix.
    mutating func bytes(_ text: PlacedText) -> Int? {
        guard
            let value = Self.number(
                text.text, suffixes: ["KiB": 1_024, "MiB": 1_048_576, "GiB": 1_073_741_824]),
            value >= 1, value <= 0x1p40, value == value.rounded()
        else {
            fault(text, "is no number of bytes", "write such as 65536, 64KiB or 1MiB")
            return nil
        }
        return Int(value)
    }

    /// A span of time with its unit, in whole nanoseconds.
    mutating func nanoseconds(_ text: PlacedText) -> UInt64? {
        seconds(text).map { UInt64(($0 * 1e9).rounded()) }
    }

    /// `off`, or a span of time with its unit.
    mutating func snapshots(_ text: PlacedText) -> TrialConfiguration.Snapshots? {
        if text.text == "off" { return .off }
        guard let seconds = Self.span(text.text), seconds > 0 else {
            fault(
                text, "is no interval of snapshots",
                "write 'off' or a number with its unit: 500ms, 1s")
            return nil
        }
        return .every(nanoseconds: UInt64((seconds * 1e9).rounded()))
    }

    /// A span of time with its unit.
    mutating func seconds(_ text: PlacedText, orZero: Bool = false) -> Double? {
        guard let value = Self.span(text.text, mayBeZero: orZero), value > 0 || orZero else {
            fault(text, "is no span of time", "write a number with its unit: 500ms, 5s, 2min")
            return nil
        }
        return value
    }

    /// Seconds of a span of time of at most a day; zero needs no unit where it is allowed.
    private static func span(_ text: String, mayBeZero: Bool = false) -> Double? {
        let value = number(
            text,
            suffixes: [
                "ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1, "min": 60, "h": 3_600,
            ],
            needsSuffix: !(mayBeZero && text == "0"))
        return value.flatMap { $0 <= 86_400 ? $0 : nil }
    }

    mutating func choice<Value: CaseIterable & RawRepresentable<String>>(
        _ text: PlacedText, _ type: Value.Type, of what: String
    ) -> Value? {
        guard let value = Value(rawValue: text.text) else {
            fault(
                text, "is no value of \(what)",
                NearestName.cure(for: text.text, among: Value.allCases.map(\.rawValue)))
            return nil
        }
        return value
    }

    private static func number(
        _ text: String, suffixes: [String: Double], needsSuffix: Bool = false
    ) -> Double? {
        let digits = text.prefix { $0.isNumber || $0 == "." }
        let suffix = String(text.dropFirst(digits.count))
        guard let value = Double(digits), value.isFinite else { return nil }
        if suffix.isEmpty { return needsSuffix ? nil : value }
        return suffixes[suffix].map { value * $0 }
    }
}

/// Spans of time as users write them.
public enum SpanOfTime {
    /// Nanoseconds of a text such as `500ms`; nil if it is none.
    public static func nanoseconds(_ text: String) -> UInt64? {
        var reader = ValueReader()
        return reader.nanoseconds(PlacedText(text, at: ""))
    }
}
