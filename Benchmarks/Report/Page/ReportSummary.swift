// The report's summary in words, out of the data alone.

/// Sentences on a run: what ran, where, what was fastest, what is void, what is noisy.
struct ReportSummary {
    let run: RecordedRun
    let comparison: SystemComparison

    /// Trials that differ by more than this share of their median make a row noisy: differences
    /// below it are then not to be read off medians.
    static let noisySpread = 0.25

    /// What ran, and where.
    var opening: String {
        let rows = run.rows
        let workloads = Set(rows.map(\.workload)).count
        let systems = Set(rows.map(\.system)).sorted()
        var text =
            "\(Self.count(rows.count, "trial")) of \(Self.count(workloads, "workload")) on "
            + "\(Self.count(systems.count, "system")) (\(systems.joined(separator: ", ")))"
        let machine = run.environment?["machine"]
        if let model = machine?["processorModel"]?.plainText {
            text += ", on \(model)"
            if let processors = machine?["processorsUsable"]?.plainText {
                text += " with \(processors) usable processors"
            }
            if machine?["isVirtual"] == .bool(true) { text += ", a virtual machine" }
        }
        if let started = run.environment?["startedAt"]?.plainText {
            text += ", from \(started.replacing("T", with: " ").replacing("Z", with: " UTC"))"
        }
        return text + "."
    }

    /// Whether the answers were right.
    var verification: String {
        let rows = run.rows
        let wrong = rows.count { if case .answered(.wrong) = $0.status { true } else { false } }
        let failed = rows.count { if case .failed = $0.status { true } else { false } }
        let unchecked = rows.count {
            if case .answered(.notVerifiable) = $0.status { true } else { false }
        }
        if wrong + failed + unchecked == 0 {
            return rows.isEmpty ? "No trial ended." : "Every answer was verified."
        }
        var parts: [String] = []
        if wrong > 0 { parts.append("\(Self.count(wrong, "answer")) wrong, so void") }
        if failed > 0 { parts.append("\(Self.count(failed, "trial")) failed, so void") }
        if unchecked > 0 { parts.append("\(Self.count(unchecked, "answer")) could not be checked") }
        return "Of \(Self.count(rows.count, "trial")): " + parts.joined(separator: "; ") + "."
    }

    /// One for each section: the fastest within each guarantee, and how far apart they are.
    var findings: [(title: String, text: String)] {
        comparison.sections.compactMap { section in
            let all = section.lines.filter { $0.eventsPerSecond != nil }
            // A rate while the cores moved is of neither regime.
            let still = all.filter { $0.regime != .moved }
            let measured = still.isEmpty ? all : still
            guard !measured.isEmpty else {
                return (section.title, "no trial of it counts.")
            }
            var guarantees: [String] = []
            for line in measured where !guarantees.contains(line.cell.guarantee) {
                guarantees.append(line.cell.guarantee)
            }
            let parts = guarantees.map { guarantee in
                self.fastest(measured.filter { $0.cell.guarantee == guarantee }, guarantee)
            }
            return (section.title, parts.joined(separator: " "))
        }
    }

    private func fastest(_ lines: [SystemComparison.Line], _ guarantee: String) -> String {
        let ranked = lines.sorted { ($0.eventsPerSecond ?? 0) > ($1.eventsPerSecond ?? 0) }
        guard let best = ranked.first else { return "" }
        let place = guarantee.isEmpty ? "" : " \(guarantee)"
        var text =
            "Fastest\(place): \(name(best)) with \(rate(best))"
        // The best line of each other system: what a reader compares it with.
        var seen: Set<String> = [best.cell.system]
        var others: [String] = []
        for line in ranked where seen.insert(line.cell.system).inserted {
            let share = (line.eventsPerSecond ?? 0) / (best.eventsPerSecond ?? 1)
            others.append("\(name(line)) reaches \(Figure.text(share)) of that")
        }
        if others.count > 3 {
            others = Array(others.prefix(3)) + ["\(others.count - 3) more systems less"]
        }
        if !others.isEmpty { text += "; " + others.joined(separator: ", ") }
        return text + "."
    }

    private func name(_ line: SystemComparison.Line) -> String {
        var facts: [String] = []
        if line.cell.workers > 1 { facts.append("\(line.cell.workers) workers") }
        if let regime = line.regime { facts.append("\(regime.rawValue) cores") }
        if let atom = line.cell.atomSize {
            facts.append("atom \(Figure.grouped(UInt64(max(0, atom))))")
        }
        return line.cell.system + (facts.isEmpty ? "" : " (\(facts.joined(separator: ", ")))")
    }

    private func rate(_ line: SystemComparison.Line) -> String {
        line.eventsPerSecond.map { "\(ShortFigure.scaled($0)) events/s" } ?? "nothing"
    }

    /// Rows whose trials differ too much, and trials too few for an interval; nil without any.
    var noise: String? {
        var sentences: [String] = []
        let noisy = comparison.lines.filter { line in
            guard let median = line.eventsPerSecond, let range = line.eventsPerSecondRange else {
                return false
            }
            return line.trials.count > 1
                && range.upperBound - range.lowerBound > Self.noisySpread * median
        }
        if !noisy.isEmpty {
            let share = Int(Self.noisySpread * 100)
            sentences.append(
                "In \(noisy.count) of \(Self.count(comparison.lines.count, "row")) the trials "
                    + "differ by more than \(share) % of their median; do not read small "
                    + "differences there.")
        }
        let judged = run.rows.compactMap(\.figures.steadiness)
        let unsteady = judged.count { $0 != .steady }
        if unsteady > 0 {
            sentences.append(
                "In \(unsteady) of \(Self.count(judged.count, "trial")) the rate was not steady "
                    + "over the window.")
        }
        let few = comparison.lines.count { !$0.trials.isEmpty && $0.trials.count < 3 }
        if few > 0 {
            sentences.append(
                "\(Self.count(few, "row")) \(few == 1 ? "has" : "have") fewer than three trials, "
                    + "of which no interval can be made.")
        }
        let moved = comparison.lines.filter { $0.regime == .moved }.map(\.trials.count)
            .reduce(0, +)
        if moved > 0 {
            sentences.append(
                "The cores moved apart or together during \(Self.count(moved, "trial")); those "
                    + "stand in rows of their own.")
        }
        return sentences.isEmpty ? nil : sentences.joined(separator: " ")
    }

    private static func count(_ number: Int, _ noun: String) -> String {
        "\(Figure.grouped(UInt64(max(0, number)))) \(noun)\(number == 1 ? "" : "s")"
    }
}
