// What the oracle of a workload said about the answer of one trial.

/// The judgement on the answer of a trial; a wrong answer has no time.
///
/// Its text form, in results and on the line protocol, is `verified`, `wrong: REASON` or
/// `not verifiable: REASON`.
public enum Verification: Sendable, Hashable {
    /// The oracle computed the same answer.
    case verified
    /// The oracle computed another answer; the text says which difference was seen first.
    case wrong(String)
    /// The system cannot show its answer; the text says why. The figure counts, marked as such.
    case notVerifiable(String)

    /// Whether the figures of the trial may be used.
    public var counts: Bool {
        if case .wrong = self { false } else { true }
    }

    /// The text form.
    public var text: String {
        switch self {
        case .verified: "verified"
        case .wrong(let reason): "wrong: \(reason)"
        case .notVerifiable(let reason): "not verifiable: \(reason)"
        }
    }

    /// Reads the text form; nil for any other text.
    public init?(text: String) {
        if text == "verified" {
            self = .verified
        } else if let reason = text.remainder(after: "wrong: ") {
            self = .wrong(reason)
        } else if let reason = text.remainder(after: "not verifiable: ") {
            self = .notVerifiable(reason)
        } else {
            return nil
        }
    }
}

extension Verification: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let value = Verification(text: text) else {
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription: """
                    '\(text)' is no verification; write 'verified', 'wrong: REASON' or \
                    'not verifiable: REASON'
                    """)
        }
        self = value
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}

/// How a trial ended: with an answer that was judged, or without one.
///
/// Its text form is that of `Verification`, or `failed: REASON`.
public enum TrialStatus: Sendable, Hashable {
    /// The trial ended by itself and its answer was judged.
    case answered(Verification)
    /// The trial crashed, ran out of time or threw; the text says which and where the log is.
    case failed(String)

    /// The text form, the last column of a row.
    public var text: String {
        switch self {
        case .answered(let verification): verification.text
        case .failed(let reason): "failed: \(reason)"
        }
    }

    /// Reads the text form; nil for any other text.
    public init?(text: String) {
        if let reason = text.remainder(after: "failed: ") {
            self = .failed(reason)
        } else if let verification = Verification(text: text) {
            self = .answered(verification)
        } else {
            return nil
        }
    }

    /// Whether the figures of the trial may be used.
    public var counts: Bool {
        switch self {
        case .answered(let verification): verification.counts
        case .failed: false
        }
    }
}

extension String {
    /// What follows `prefix`, or nil if the text does not start with it.
    fileprivate func remainder(after prefix: String) -> String? {
        hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil
    }
}
