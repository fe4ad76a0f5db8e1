// What a micro-benchmark reports, and the table that shows it.

/// How near two cores are while a sample is taken, by the round trip of one cache line.
///
/// The cores of a virtual machine move: the round trip changes between about 100 and 500 ns (and
/// more) within a minute, and rings with it (shared/swift.md, section 1). Samples of the two are
/// never mixed.
public enum CoreRegime: String, Sendable, CaseIterable {
    case near, far

    /// Above the 122 ns and below the 500 ns that the two states of the project's machine show.
    static let nearNanosecondsMax = 250.0

    init(roundTripNanoseconds: Double) {
        self = roundTripNanoseconds < Self.nearNanosecondsMax ? .near : .far
    }
}

/// One row of the micro-benchmarks.
public struct MicroResult: Sendable {
    /// What a result is held against, in the unit of the row; `figure` is `nil` if it wasn't
    /// measured.
    public struct Limit: Sendable {
        public var text: String
        public var figure: Double?

        public init(text: String, figure: Double?) {
            self.text = text
            self.figure = figure
        }
    }

    public var name: String
    public var unit: String
    public var median: Double
    public var min: Double
    public var max: Double
    public var samples: Int
    /// `nil` for what one core does alone.
    public var regime: CoreRegime?
    public var limit: Limit?

    /// Summarises samples of one regime, at least one; the median of an even number is a mean of
    /// two.
    public init(
        name: String, unit: String, samples: [Double], regime: CoreRegime? = nil,
        limit: Limit? = nil
    ) {
        precondition(!samples.isEmpty, "a result needs a sample: leave \(name) out instead")
        let sorted = samples.sorted()
        self.name = name
        self.unit = unit
        median = (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
        min = sorted[0]
        max = sorted[sorted.count - 1]
        self.samples = sorted.count
        self.regime = regime
        self.limit = limit
    }
}

/// A micro-benchmark whose answer or surroundings void its time.
public enum MicroError: Error, CustomStringConvertible {
    case wrongAnswer(benchmark: String, expected: UInt64, got: UInt64)
    case refuted(benchmark: String, fault: String)
    case cannotPin(core: Int, errno: Int32)
    case cannotStartThread(errno: Int32)

    public var description: String {
        switch self {
        case .wrongAnswer(let benchmark, let expected, let got):
            "\(benchmark): the answer was \(got), not \(expected); its time means nothing."
        case .refuted(let benchmark, let fault):
            "\(benchmark): \(fault); its time means nothing."
        case .cannotPin(let core, let errno):
            "Can't pin a thread to core \(core) (errno \(errno)); "
                + "run where cores 0 and 1 are allowed (see `taskset -p $$`)."
        case .cannotStartThread(let errno):
            "Can't start a thread (errno \(errno)); see `ulimit -u`."
        }
    }
}

/// The results as a table of aligned columns, one line each.
public func renderMicro(_ results: [MicroResult]) -> String {
    let header = ["benchmark", "cores", "median", "min", "max", "unit", "samples", "limit"]
    let rows = results.map { result in
        [
            result.name, result.regime?.rawValue ?? "one", format(result.median),
            format(result.min), format(result.max), result.unit, String(result.samples),
            result.limit.map { limit in
                (limit.figure.map { format($0) + " " } ?? "") + limit.text
            } ?? "",
        ]
    }
    let numeric: Set<Int> = [2, 3, 4, 6]
    let widths = header.indices.map { column in
        ([header] + rows).map { $0[column].count }.max() ?? 0
    }
    return ([header] + rows).map { row in
        var line = ""
        for (column, cell) in row.enumerated() {
            let padding = String(repeating: " ", count: widths[column] - cell.count)
            line += numeric.contains(column) ? padding + cell : cell + padding
            line += "  "
        }
        while line.last == " " { line.removeLast() }
        return line + "\n"
    }.joined()
}

/// Three significant digits or so: what medians of a shared machine can carry.
private func format(_ figure: Double) -> String {
    if figure >= 100 { return String(Int(figure.rounded())) }
    let scale = figure >= 10 ? 10.0 : 100.0
    return String((figure * scale).rounded() / scale)
}
