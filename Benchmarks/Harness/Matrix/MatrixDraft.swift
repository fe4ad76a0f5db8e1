// A matrix as it was written, in flags or a file: texts with their places, nothing checked yet.

/// A text of the user and where it stands: `--workers`, or `quick.yaml:7`.
public struct PlacedText: Sendable, Equatable {
    public let text: String
    public let place: String

    /// A text at a place.
    public init(_ text: String, at place: String) {
        self.text = text
        self.place = place
    }
}

/// One key of a matrix with its values.
public struct PlacedEntry: Sendable, Equatable {
    public let key: PlacedText
    public let values: [PlacedText]

    /// An entry.
    public init(key: PlacedText, values: [PlacedText]) {
        self.key = key
        self.values = values
    }
}

/// A matrix as it was written; `MatrixResolver` checks it and makes the plan.
public struct MatrixDraft: Sendable, Equatable {
    /// Settings for one workload only.
    struct Override: Sendable, Equatable {
        var workload: PlacedText
        var entries: [PlacedEntry]
    }

    /// Cells that match `when` must match `then`; without `then`, they are excluded.
    struct Rule: Sendable, Equatable {
        var place: String
        var when: [PlacedEntry]
        var then: [PlacedEntry]?
    }

    /// Cells that match `when` run for this long, whatever else is said of their workload.
    struct LengthRule: Sendable, Equatable {
        var place: String
        var when: [PlacedEntry]
        /// `events` or `duration`, with one value.
        var length: PlacedEntry
    }

    /// The file it came from.
    public var file: String?
    /// Axes, settings and parameters; parameters have keys of their own in `parameters`.
    public var entries: [PlacedEntry] = []
    public var parameters: [PlacedEntry] = []
    var overrides: [Override] = []
    var rules: [Rule] = []
    /// The last that matches a cell counts.
    var lengths: [LengthRule] = []

    /// An empty draft: the defaults of all axes.
    public init() {}

    /// Keys that are no axis: what to run and for how long.
    static let settingKeys = [
        "workload", "system", "repetitions", "duration", "events", "warm-up", "time-out", "series",
        "seed", "one-at-a-time",
    ]

    /// Keys of an entry outside `parameters`.
    static let entryKeys = settingKeys + Axis.allCases.map(\.name)

    /// Keys that may differ from workload to workload, beside its parameters.
    static let overrideKeys =
        ["duration", "events", "warm-up", "time-out", "series"] + Axis.allCases.map(\.name)

    /// Adds a flag: `--workers 1,2` is `("workers", "1,2")`.
    public mutating func add(flag name: String, _ list: String) {
        entries.append(Self.flagEntry(name, list, place: "--\(name)"))
    }

    /// Adds a flag `--parameter mode=conserving,faithful`.
    ///
    /// - Throws: `MatrixError` without `=`.
    public mutating func add(parameterFlag text: String) throws(MatrixError) {
        guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
            throw MatrixError([
                "--parameter: '\(text)' names no value; write NAME=VALUE or NAME=VALUE,VALUE"
            ])
        }
        parameters.append(
            Self.flagEntry(
                String(text[..<equals]), String(text[text.index(after: equals)...]),
                place: "--parameter"))
    }

    private static func flagEntry(_ name: String, _ list: String, place: String) -> PlacedEntry {
        PlacedEntry(
            key: PlacedText(name, at: place),
            values: list.split(separator: ",", omittingEmptySubsequences: false).map {
                PlacedText($0.trimmingPrefix { $0 == " " }.description, at: place)
            })
    }

    /// This draft with the entries of `flags` in place of its own of the same key, also where it
    /// has them for one workload: what is typed wins over what is in the file.
    public func replaced(by flags: MatrixDraft) -> MatrixDraft {
        var result = self
        var keys = Set(flags.entries.map(\.key.text))
        // Both say how long a trial is.
        if !keys.isDisjoint(with: ["duration", "events"]) {
            keys.formUnion(["duration", "events"])
            result.lengths = []
        }
        let names = Set(flags.parameters.map(\.key.text))
        result.entries.removeAll { keys.contains($0.key.text) }
        result.parameters.removeAll { names.contains($0.key.text) }
        for index in result.overrides.indices {
            result.overrides[index].entries.removeAll {
                keys.contains($0.key.text) || names.contains($0.key.text)
            }
        }
        result.entries += flags.entries
        result.parameters += flags.parameters
        return result
    }
}

/// Everything that is wrong with a matrix, each fault with its place and cure.
public struct MatrixError: Error, Sendable, Equatable, CustomStringConvertible {
    public let problems: [String]

    init(_ problems: [String]) { self.problems = problems }

    public var description: String { problems.joined(separator: "\n") }
}
