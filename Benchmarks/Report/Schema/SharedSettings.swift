// Settings that tell no row of a run from another.

extension Sequence<[String: String]> {
    /// The entries with the same value in all that have the name.
    public var commonEntries: [String: String] {
        var values: [String: Set<String>] = [:]
        for entries in self {
            for (name, value) in entries { values[name, default: []].insert(value) }
        }
        return values.compactMapValues { $0.count == 1 ? $0.first : nil }
    }
}

extension Sequence<ResultRow> {
    /// Settings of the further axes that are the same in all rows that have them, but for the
    /// journal, which the guarantee tells.
    var commonSettings: [String: String] {
        lazy.map(\.axes).commonEntries.filter { $0.key != Guarantee.column }
    }
}
