// A comparison as people and programs read it.
import Foundation

extension Comparison {
    /// What was found, for a terminal: one line for each cell, then what it means.
    public var text: String {
        var lines = ["A = \(names.a)", "B = \(names.b)", ""]
        for cell in cells { lines += Self.lines(cell) }
        if !notCompared.isEmpty {
            lines.append("not compared:")
            lines += notCompared.map { "  \($0)" }
        }
        return (lines + [""] + legend).joined(separator: "\n") + "\n"
    }

    private static func lines(_ cell: ComparedCell) -> [String] {
        guard let ratio = cell.ratio, let verdict = cell.verdict else { return [] }
        let head = cell.regime.map { "\(cell.name) · \($0.rawValue)" } ?? cell.name
        let (low, high) = (ratio.interval.lowerBound, ratio.interval.upperBound)
        var figures =
            "  \(verdict.rawValue): B/A \(figure(ratio.ratio)) [\(figure(low)), \(figure(high))]"
        if let adjusted = cell.adjusted { figures += ", p \(probability(adjusted))" }
        if let floor = cell.floor {
            figures += ", A/A ±\(percent(floor - 1))\(cell.isFloorMeasured ? "" : " (halves)")"
        }
        let rates = [cell.rates.a, cell.rates.b].map { Figure.text($0 / 1e6) }
        figures += ", \(rates[0]) and \(rates[1]) M events/s"
        figures += ", \(cell.trials.a) and \(cell.trials.b) trials"
        if !ratio.isPaired { figures += ", not of the same blocks" }
        var lines = [head, figures]
        if cell.guarantees.a != cell.guarantees.b {
            lines.append(
                "  their guarantees differ: A \(named(cell.guarantees.a)), B "
                    + "\(named(cell.guarantees.b))")
        }
        if verdict == .undecided, let trials = cell.trialsForOnePercent {
            let time = cell.seconds.map {
                ", \(Figure.duration(seconds: $0 * 2 * Double(trials))) of measuring"
            }
            lines.append(
                "  to find 1 % with 95 % power here: \(trials) trials a side\(time ?? "")")
        }
        return lines
    }

    private static func named(_ guarantee: String) -> String {
        guarantee.isEmpty ? "says nothing" : guarantee
    }

    private static func figure(_ ratio: Double) -> String {
        String(format: ratio < 10 ? "%.3f" : "%.1f", ratio)
    }

    private static func percent(_ share: Double) -> String {
        String(format: "%.1f %%", share * 100)
    }

    private static func probability(_ value: Double) -> String {
        value < 0.001 ? "< 0.001" : String(format: "%.3f", value)
    }

    private var legend: [String] {
        let counts = Verdict.allCases.map { verdict in
            "\(cells.count { $0.verdict == verdict }) \(verdict.rawValue)"
        }
        var lines = [counts.joined(separator: ", ") + ", \(notCompared.count) not compared."]
        if wrong > 0 { lines.append("\(wrong) trials gave a wrong answer: they are void.") }
        lines.append(
            """
            B/A: ratio of the rates, above 1 where B is faster, with its 95 % interval by a \
            hierarchical bootstrap over processes. p: of a ratio this far from 1 among equals, \
            corrected for all cells (Benjamini and Hochberg). A/A: what equals differ by; a \
            smaller difference is none. Equal: within ±\(Self.percent(delta)) or \
            that, whichever is more.
            """)
        return lines
    }

    /// The same for programs; documented in `Benchmarks/Report/README.md`.
    public var json: String {
        get throws {
            let record = ComparisonRecord(
                schemaVersion: ResultSchema.version, a: names.a, b: names.b, delta: delta,
                wrongAnswers: wrong, exitStatus: exitStatus, notCompared: notCompared,
                cells: cells.compactMap { cell in
                    guard let ratio = cell.ratio, let verdict = cell.verdict else { return nil }
                    return ComparisonRecord.Cell(
                        cell: cell.name, regime: cell.regime?.rawValue,
                        guaranteeA: cell.guarantees.a, guaranteeB: cell.guarantees.b,
                        trialsA: cell.trials.a, trialsB: cell.trials.b,
                        eventsPerSecondA: cell.rates.a, eventsPerSecondB: cell.rates.b,
                        ratio: ratio.ratio, ratioLow: ratio.interval.lowerBound,
                        ratioHigh: ratio.interval.upperBound, pValue: ratio.pValue,
                        pValueAdjusted: cell.adjusted ?? 1, isPaired: ratio.isPaired,
                        noiseFloor: cell.floor, isNoiseFloorMeasured: cell.isFloorMeasured,
                        trialsForOnePercent: cell.trialsForOnePercent, verdict: verdict)
                })
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            return String(decoding: try encoder.encode(record), as: UTF8.self) + "\n"
        }
    }
}

/// A comparison as JSON.
struct ComparisonRecord: Codable {
    struct Cell: Codable {
        var cell: String
        var regime: String?
        var guaranteeA: String
        var guaranteeB: String
        var trialsA: Int
        var trialsB: Int
        var eventsPerSecondA: Double
        var eventsPerSecondB: Double
        var ratio: Double
        var ratioLow: Double
        var ratioHigh: Double
        var pValue: Double
        var pValueAdjusted: Double
        var isPaired: Bool
        var noiseFloor: Double?
        var isNoiseFloorMeasured: Bool
        var trialsForOnePercent: Int?
        var verdict: Verdict
    }

    var schemaVersion: Int
    var a: String
    var b: String
    var delta: Double
    var wrongAnswers: Int
    var exitStatus: Int32
    var notCompared: [String]
    var cells: [Cell]
}
