// From a matrix as written to the plan of a run; everything wrong is found before anything runs.
import Report

/// Checks a draft against the registry and makes the plan.
public struct MatrixResolver {
    private let draft: MatrixDraft
    private let registry: SystemRegistry
    private var reader = ValueReader()

    /// Makes the plan of `draft`.
    ///
    /// - Parameters:
    ///   - drawnSeed: the seed where the draft has none.
    ///   - inputDirectory: the recorded journal that is repeated.
    ///   - searchesRates: the rates are not given but searched.
    /// - Throws: all faults at once, each with place and cure.
    public static func plan(
        _ draft: MatrixDraft, registry: SystemRegistry, drawnSeed: UInt64,
        inputDirectory: String? = nil, searchesRates: Bool = false
    ) throws(MatrixError) -> Plan {
        var resolver = MatrixResolver(
            draft: draft, registry: registry, inputDirectory: inputDirectory,
            searchesRates: searchesRates)
        return try resolver.plan(drawnSeed: drawnSeed)
    }

    private let inputDirectory: String?
    private let searchesRates: Bool

    private init(
        draft: MatrixDraft, registry: SystemRegistry, inputDirectory: String?, searchesRates: Bool
    ) {
        self.draft = draft
        self.registry = registry
        self.inputDirectory = inputDirectory
        self.searchesRates = searchesRates
    }

    private mutating func plan(drawnSeed: UInt64) throws(MatrixError) -> Plan {
        guard !registry.workloads.isEmpty, !registry.systems.isEmpty else {
            throw MatrixError([
                "there is nothing to measure: this program was built without workloads or systems"
            ])
        }
        let workloads = selected("workload", known: registry.workloads.map(\.name))
            .compactMap(registry.workload)
        let systems = selected("system", known: registry.systems.map(\.name))
            .compactMap { registry.system($0) }
        checkKeys(workloads: workloads)
        checkArrivals()
        let repetitions = single("repetitions").map { text in
            reader.integer(text, "number of repetitions", in: 1...1_000) ?? 1
        }
        let seed = single("seed").map { text in reader.seed(text) ?? 0 }

        var cells: [Cell] = []
        var leftOut: [(reason: String, count: Int)] = []
        func leave(_ reason: String) {
            if let index = leftOut.firstIndex(where: { $0.reason == reason }) {
                leftOut[index].count += 1
            } else {
                leftOut.append((reason, 1))
            }
        }
        let lengths = lengths()
        let oneAtATime = oneAtATime(workloads)
        for workload in workloads {
            let axes = AxisExpansion(
                draft: draft, workload: workload, searchesRates: searchesRates, reader: &reader)
            for system in systems {
                var found: [Cell] = []
                for var candidate in axes.configurations(system: system) {
                    candidate.inputDirectory = inputDirectory
                    var cell = axes.cell(candidate, system: system)
                    if let length = lengths.last(where: { $0.rule.matches(cell) })?.length {
                        cell.configuration.length = length
                    }
                    if cells.contains(where: { $0.configuration == cell.configuration }) {
                        continue
                    }
                    if let rule = draft.rules.first(where: { !$0.admits(cell, of: workload) }) {
                        leave("\(workload.name) × \(system.name): excluded at \(rule.place)")
                    } else if let refusal = system.refusal(cell.configuration) {
                        leave("\(workload.name) × \(system.name) refused: \(refusal)")
                    } else {
                        found.append(cell)
                    }
                }
                cells += oneAtATime.map { $0.kept(found) } ?? found
            }
        }
        guard reader.problems.isEmpty else { throw MatrixError(reader.problems) }
        let reasons = leftOut.map {
            "left out, \($0.count) cell\($0.count == 1 ? "" : "s"): \($0.reason)"
        }
        guard !cells.isEmpty else {
            throw MatrixError(["the matrix has no cell that can be run"] + reasons)
        }
        return Plan(
            cells: cells, leftOut: reasons, repetitions: repetitions ?? Self.repetitionsDefault,
            seed: seed ?? drawnSeed, schema: schema(workloads),
            headings: workloads.map {
                ResultTable.Heading(workload: $0.name, question: $0.question)
            },
            record: record(
                cells, reasons, repetitions ?? Self.repetitionsDefault, seed ?? drawnSeed),
            inputDirectory: inputDirectory)
    }

    /// The axes that are varied one at a time; nil if all are in full.
    private mutating func oneAtATime(_ workloads: [Workload]) -> OneAtATime? {
        let values = draft.entries.filter { $0.key.text == "one-at-a-time" }.flatMap(\.values)
        if values.isEmpty { return nil }
        let known = Axis.allCases.map(\.name) + workloads.flatMap(\.parameters).map(\.name)
        for text in values where !known.contains(text.text) {
            reader.fault(text, "is no axis", NearestName.cure(for: text.text, among: known))
        }
        return OneAtATime(names: Set(values.map(\.text)))
    }

    /// The rules of lengths with what they say.
    private mutating func lengths() -> [(
        rule: MatrixDraft.LengthRule, length: TrialConfiguration.Length
    )] {
        draft.lengths.compactMap { rule in
            let text = rule.length.values[0]
            let length: TrialConfiguration.Length? =
                rule.length.key.text == "events"
                ? reader.count(text).map { .events($0) } : reader.seconds(text).map { .seconds($0) }
            return length.map { (rule, $0) }
        }
    }

    /// As many as give a median and a range without a long wait.
    static let repetitionsDefault = 5

    private mutating func selected(_ key: String, known: [String]) -> [String] {
        let entries = draft.entries.filter { $0.key.text == key }
        guard !entries.isEmpty else { return known }
        var names: [String] = []
        for text in entries.flatMap(\.values) {
            if !known.contains(text.text) {
                reader.fault(
                    text, "is no \(key)", NearestName.cure(for: text.text, among: known))
            } else if !names.contains(text.text) {
                names.append(text.text)
            }
        }
        return names
    }

    private mutating func single(_ key: String) -> PlacedText? {
        let values = draft.entries.filter { $0.key.text == key }.flatMap(\.values)
        if values.count > 1 {
            reader.fault(values[1], "is a second value of \(key)", "give one")
        }
        return values.first
    }

    /// Names of parameters, overrides and rules must mean something.
    private mutating func checkKeys(workloads: [Workload]) {
        let chosen = workloads.flatMap(\.parameters).map(\.name)
        for entry in draft.parameters where !chosen.contains(entry.key.text) {
            reader.fault(
                entry.key, "is a parameter of none of the workloads of this run",
                NearestName.cure(for: entry.key.text, among: chosen))
        }
        for override in draft.overrides {
            guard let workload = registry.workload(override.workload.text) else {
                reader.fault(
                    override.workload, "is no workload",
                    NearestName.cure(
                        for: override.workload.text, among: registry.workloads.map(\.name)))
                continue
            }
            let known = MatrixDraft.overrideKeys + workload.parameters.map(\.name)
            for entry in override.entries where !known.contains(entry.key.text) {
                reader.fault(
                    entry.key, "can't be set for \(workload.name)",
                    NearestName.cure(for: entry.key.text, among: known))
            }
        }
        let parameters = registry.workloads.flatMap(\.parameters).map(\.name)
        let known = ["workload", "system"] + Axis.allCases.map(\.name) + parameters
        let named =
            draft.rules.flatMap { $0.when + ($0.then ?? []) } + draft.lengths.flatMap(\.when)
        for entry in named where !known.contains(entry.key.text) {
            reader.fault(
                entry.key, "is no axis", NearestName.cure(for: entry.key.text, among: known))
        }
    }

    /// Without a rate events do not arrive: they are taken.
    private mutating func checkArrivals() {
        let entries = draft.entries + draft.overrides.flatMap(\.entries)
        if searchesRates || entries.contains(where: { $0.key.text == Axis.rate.name }) { return }
        for entry in entries where entry.key.text == Axis.arrivals.name {
            reader.fault(
                entry.key, "means nothing without a rate",
                "give a 'rate', or leave 'arrivals' away")
        }
    }

    private func schema(_ workloads: [Workload]) -> ResultSchema {
        var columns = Axis.further.map(\.column)
        for parameter in workloads.flatMap(\.parameters) where !columns.contains(parameter.column) {
            columns.append(parameter.column)
        }
        return ResultSchema(axisColumns: columns)
    }

    private func record(
        _ cells: [Cell], _ leftOut: [String], _ repetitions: Int, _ seed: UInt64
    ) -> MatrixRecord {
        func texts(_ entries: [PlacedEntry]) -> [String: [String]] {
            var result: [String: [String]] = [:]
            for entry in entries { result[entry.key.text, default: []] += entry.values.map(\.text) }
            return result
        }
        var perWorkload: [String: [String: [String]]] = [:]
        for override in draft.overrides {
            perWorkload[override.workload.text, default: [:]].merge(texts(override.entries)) { $1 }
        }
        return MatrixRecord(
            file: draft.file, settings: texts(draft.entries + draft.parameters),
            perWorkload: perWorkload, cells: cells.map(\.description), leftOut: leftOut,
            repetitions: repetitions, seed: seed)
    }
}

extension MatrixDraft.Rule {
    /// Whether the rule lets the cell be run.
    func admits(_ cell: Cell, of workload: Workload) -> Bool {
        guard Self.matches(when, cell) else { return true }
        return then.map { Self.matches($0, cell) } ?? false
    }

    fileprivate static func matches(_ entries: [PlacedEntry], _ cell: Cell) -> Bool {
        entries.allSatisfy { entry in
            let value: String?
            switch entry.key.text {
            case "workload": value = cell.configuration.workload
            case "system": value = cell.configuration.system
            case Axis.workers.name: value = String(cell.configuration.workers)
            case Axis.atomSize.name: value = cell.atomSize.map { String($0) }
            case Axis.rate.name:
                return entry.values.contains { text in
                    var reader = ValueReader()
                    return reader.rate(text) == cell.configuration.ratePerSecond
                }
            case Axis.commitInterval.name:
                return entry.values.contains { text in
                    var reader = ValueReader()
                    // What can't be read matches nothing, also not what is not set.
                    return reader.nanoseconds(text).map {
                        $0 == cell.configuration.commitIntervalNanoseconds
                    } ?? false
                }
            case Axis.commitBytes.name:
                return entry.values.contains { text in
                    var reader = ValueReader()
                    return reader.bytes(text).map { $0 == cell.configuration.commitBytes } ?? false
                }
            case Axis.snapshots.name:
                return entry.values.contains { text in
                    var reader = ValueReader()
                    return reader.snapshots(text).map { $0 == cell.configuration.snapshots }
                        ?? false
                }
            default: value = cell.axes[entry.key.text.replacing("-", with: "_")]
            }
            return entry.values.contains { $0.text == value }
        }
    }
}

extension MatrixDraft.LengthRule {
    /// Whether the rule says how long the cell is.
    func matches(_ cell: Cell) -> Bool { MatrixDraft.Rule.matches(when, cell) }
}
