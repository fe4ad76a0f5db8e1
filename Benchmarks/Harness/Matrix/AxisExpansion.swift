// All combinations of the axes' values for one workload.

/// The values of all axes for one workload, checked, and their combinations for a system.
struct AxisExpansion {
    private let workload: Workload
    private var workers: [Int] = []
    private var atomSizes: [Int] = []
    private var ringCapacities: [Int?] = []
    private var rings: [TrialConfiguration.Rings?] = []
    private var placements: [TrialConfiguration.Placement?] = []
    private var numas: [TrialConfiguration.Pinning?] = []
    private var pinnings: [TrialConfiguration.Pinning] = []
    private var allocators: [TrialConfiguration.Allocator] = []
    private var idles: [TrialConfiguration.Idle] = []
    private var rates: [Double?] = []
    private var arrivals: [TrialConfiguration.Arrivals?] = []
    /// Rates are not given but searched.
    private let searchesRates: Bool
    private var journals: [TrialConfiguration.Journal] = []
    private var journalContents: [TrialConfiguration.JournalContent?] = []
    private var commitBytes: [Int?] = []
    private var commitIntervals: [UInt64?] = []
    private var commitsWhenIdle: [TrialConfiguration.CommitWhenIdle?] = []
    private var snapshots: [TrialConfiguration.Snapshots?] = []
    private var parameters: [(name: String, values: [String])] = []
    private var length = TrialConfiguration.Length.seconds(5)
    private var warmUpSeconds = 0.2
    private var timeOutSeconds: Double?
    private var series: TrialConfiguration.Series?

    /// Reads the values that `draft` has for `workload`, with defaults for the rest.
    init(
        draft: MatrixDraft, workload: Workload, searchesRates: Bool, reader: inout ValueReader
    ) {
        self.workload = workload
        self.searchesRates = searchesRates
        let overrides = draft.overrides.filter { $0.workload.text == workload.name }
            .flatMap(\.entries)
        func values(_ key: String, in entries: [PlacedEntry]) -> [PlacedText] {
            entries.filter { $0.key.text == key }.flatMap(\.values)
        }
        func values(_ axis: Axis) -> [PlacedText] {
            for entries in [overrides, draft.entries] {
                let found = values(axis.name, in: entries)
                if !found.isEmpty { return found }
            }
            return axis.defaultText.map { [PlacedText($0, at: "default")] } ?? []
        }
        func setting(_ key: String) -> PlacedText? {
            values(key, in: overrides).last ?? values(key, in: draft.entries).last
        }
        // Bounds: more workers or larger atoms than these are typing errors, not experiments.
        workers = values(.workers).compactMap {
            reader.integer($0, "number of workers", in: 1...1_024)
        }
        atomSizes = values(.atomSize).compactMap {
            reader.integer($0, "size of an atom", in: 1...(1 << 30))
        }
        ringCapacities = Self.orUnset(
            values(.ringCapacity).compactMap {
                reader.integer($0, "capacity of a ring", in: 1...(1 << 24))
            })
        rings = values(.rings).compactMap {
            reader.choice($0, TrialConfiguration.Rings.self, of: "rings")
        }
        placements = Self.orUnset(
            values(.placement).compactMap {
                reader.choice($0, TrialConfiguration.Placement.self, of: "placement")
            })
        numas = Self.orUnset(
            values(.numa).compactMap {
                reader.choice($0, TrialConfiguration.Pinning.self, of: "numa")
            })
        pinnings = values(.pinning).compactMap {
            reader.choice($0, TrialConfiguration.Pinning.self, of: "pinning")
        }
        allocators = values(.allocator).compactMap {
            reader.choice($0, TrialConfiguration.Allocator.self, of: "allocator")
        }
        idles = values(.idle).compactMap {
            reader.choice($0, TrialConfiguration.Idle.self, of: "idle")
        }
        rates = Self.orUnset(values(.rate).compactMap { reader.rate($0) })
        arrivals = Self.orUnset(
            values(.arrivals).compactMap {
                reader.choice($0, TrialConfiguration.Arrivals.self, of: "arrivals")
            })
        journals = values(.journal).compactMap {
            reader.choice($0, TrialConfiguration.Journal.self, of: "journal")
        }
        journalContents = Self.orUnset(
            values(.journalContent).compactMap {
                reader.choice($0, TrialConfiguration.JournalContent.self, of: "journal-content")
            })
        commitBytes = Self.orUnset(values(.commitBytes).compactMap { reader.bytes($0) })
        commitIntervals = Self.orUnset(
            values(.commitInterval).compactMap { reader.nanoseconds($0) })
        commitsWhenIdle = Self.orUnset(
            values(.commitWhenIdle).compactMap {
                reader.choice($0, TrialConfiguration.CommitWhenIdle.self, of: "commit-when-idle")
            })
        snapshots = Self.orUnset(values(.snapshots).compactMap { reader.snapshots($0) })
        for axis in workload.parameters {
            var texts = values(axis.name, in: overrides)
            if texts.isEmpty { texts = values(axis.name, in: draft.parameters) }
            let read = texts.compactMap { Self.value($0, axis, reader: &reader) }
            parameters.append((axis.name, texts.isEmpty ? [axis.defaultValue] : read))
        }
        let duration = setting("duration").flatMap { reader.seconds($0) }
        let events = setting("events").flatMap { reader.count($0) }
        // A workload's own length wins over the run's, of whichever kind.
        let ownsEvents = !values("events", in: overrides).isEmpty
        let ownsDuration = !values("duration", in: overrides).isEmpty
        if let duration { length = .seconds(duration) }
        if let events, duration == nil || (ownsEvents && !ownsDuration) {
            length = .events(events)
        } else if events != nil, duration != nil, ownsEvents == ownsDuration,
            let text = setting("events")
        {
            reader.fault(text, "and a duration are both given", "give one of 'events', 'duration'")
        }
        warmUpSeconds =
            setting("warm-up").flatMap { reader.seconds($0, orZero: true) } ?? warmUpSeconds
        series = setting("series").flatMap {
            reader.choice($0, TrialConfiguration.Series.self, of: "series")
        }
        timeOutSeconds = setting("time-out").flatMap { reader.seconds($0) }
    }

    private static func orUnset<Value>(_ values: [Value]) -> [Value?] {
        values.isEmpty ? [nil] : values
    }

    private static func value(
        _ text: PlacedText, _ axis: ParameterAxis, reader: inout ValueReader
    ) -> String? {
        switch axis.values {
        case .choices(let choices):
            guard choices.contains(text.text) else {
                reader.fault(
                    text, "is no value of \(axis.name)",
                    NearestName.cure(for: text.text, among: choices))
                return nil
            }
            return text.text
        case .integers(let range):
            return reader.integer(text, "value of \(axis.name)", in: range).map { String($0) }
        }
    }

    /// All combinations, those of axes that `system` ignores only once, in a stable order.
    func configurations(system: any SystemUnderTest) -> [TrialConfiguration] {
        var base = TrialConfiguration(workload: workload.name, system: system.name)
        base.seed = 0
        base.length = length
        base.warmUpSeconds = warmUpSeconds
        base.series = series
        let known = system.axes(for: workload.name)
        var result = Self.product([base], workers) { $0.workers = $1 }
        if known.contains(.atomSize) {
            result = Self.product(result, atomSizes) { $0.atomSize = $1 }
        }
        if known.contains(.ringCapacity) {
            result = Self.product(result, ringCapacities) { $0.ringCapacity = $1 }
        }
        if known.contains(.rings) { result = Self.product(result, rings) { $0.rings = $1 } }
        if known.contains(.placement) {
            result = Self.product(result, placements) { $0.placement = $1 }
        }
        if known.contains(.numa) { result = Self.product(result, numas) { $0.numa = $1 } }
        if known.contains(.pinning) { result = Self.product(result, pinnings) { $0.pinning = $1 } }
        if known.contains(.allocator) {
            result = Self.product(result, allocators) { $0.allocator = $1 }
        }
        if known.contains(.idle) { result = Self.product(result, idles) { $0.idle = $1 } }
        if known.contains(.rate) { result = Self.product(result, rates) { $0.ratePerSecond = $1 } }
        result = withArrivals(result, known)
        result = withJournals(result, known)
        let ignored = system.ignoredParameters(of: workload.name)
        for (name, values) in parameters {
            let axis = workload.parameters.first { $0.name == name }
            let used = ignored.contains(name) ? [axis?.defaultValue ?? ""] : values
            result = Self.product(result, used) { $0.parameters[name] = $1 }
        }
        return result
    }

    /// Arrivals are varied where there is a rate: the others are run once.
    private func withArrivals(
        _ configurations: [TrialConfiguration], _ known: Set<Axis>
    ) -> [TrialConfiguration] {
        guard known.contains(.arrivals) else { return configurations }
        let paced = configurations.filter { hasRate($0) }
        return configurations.filter { !hasRate($0) }
            + Self.product(paced, arrivals) { $0.arrivals = $1 }
    }

    private func hasRate(_ configuration: TrialConfiguration) -> Bool {
        searchesRates || configuration.ratePerSecond != nil
    }

    /// Commits and snapshots are varied where there is a journal: the others are run once.
    private func withJournals(
        _ configurations: [TrialConfiguration], _ known: Set<Axis>
    ) -> [TrialConfiguration] {
        guard known.contains(.journal) else { return configurations }
        let all = Self.product(configurations, journals) { $0.journal = $1 }
        var result = all.filter { $0.journal != .none }
        if known.contains(.journalContent) {
            result = Self.product(result, journalContents) { $0.journalContent = $1 }
        }
        if known.contains(.commitBytes) {
            result = Self.product(result, commitBytes) { $0.commitBytes = $1 }
        }
        if known.contains(.commitInterval) {
            result = Self.product(result, commitIntervals) { $0.commitIntervalNanoseconds = $1 }
        }
        if known.contains(.commitWhenIdle) {
            result = Self.product(result, commitsWhenIdle) { $0.commitWhenIdle = $1 }
        }
        if known.contains(.snapshots) {
            result = Self.product(result, snapshots) { $0.snapshots = $1 }
        }
        return all.filter { $0.journal == .none } + result
    }

    private static func product<Value>(
        _ configurations: [TrialConfiguration], _ values: [Value],
        _ set: (inout TrialConfiguration, Value) -> Void
    ) -> [TrialConfiguration] {
        configurations.flatMap { configuration in
            values.map { value in
                var copy = configuration
                set(&copy, value)
                return copy
            }
        }
    }

    /// The cell of a configuration, with the settings that its rows show.
    func cell(_ configuration: TrialConfiguration, system: any SystemUnderTest) -> Cell {
        let known = system.axes(for: workload.name)
        var axes: [String: String] = [:]
        func show(_ axis: Axis, _ text: String?) {
            if known.contains(axis), let text { axes[axis.column] = text }
        }
        show(.ringCapacity, configuration.ringCapacity.map { String($0) })
        show(.rings, configuration.rings?.rawValue)
        show(.placement, configuration.placement?.rawValue)
        show(.numa, configuration.numa?.rawValue)
        show(.pinning, configuration.pinning.rawValue)
        show(.allocator, configuration.allocator.rawValue)
        show(.idle, configuration.idle.rawValue)
        show(.rate, configuration.ratePerSecond.map { "\($0)" })
        if hasRate(configuration) { show(.arrivals, configuration.arrivals?.rawValue) }
        show(.journal, configuration.journal.rawValue)
        if configuration.journal != .none {
            show(.journalContent, configuration.journalContent?.rawValue)
            show(.commitBytes, configuration.commitBytes.map { String($0) })
            show(.commitInterval, configuration.commitIntervalNanoseconds.map { String($0) })
            show(.commitWhenIdle, configuration.commitWhenIdle?.rawValue)
            show(.snapshots, configuration.snapshots?.text)
        }
        let ignored = system.ignoredParameters(of: workload.name)
        for axis in workload.parameters where !ignored.contains(axis.name) {
            axes[axis.column] = configuration.parameters[axis.name]
        }
        return Cell(
            configuration: configuration,
            timeOutSeconds: timeOutSeconds ?? Self.timeOut(configuration),
            version: system.version, guarantee: system.guarantee(configuration),
            atomSize: known.contains(.atomSize) ? configuration.atomSize : nil, axes: axes)
    }

    /// Ten times what was asked for and half a minute: a system that is that late hangs.
    private static func timeOut(_ configuration: TrialConfiguration) -> Double {
        switch configuration.length {
        case .seconds(let seconds): 10 * (seconds + configuration.warmUpSeconds) + 30
        case .events: 300
        }
    }
}
