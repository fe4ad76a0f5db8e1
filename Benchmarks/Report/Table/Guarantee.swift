// What a system says survives a crash: figures of different guarantees are not alike.

/// What survives a crash, as the setting `journal` of a row has it.
public enum Guarantee: String, Sendable, Hashable, CaseIterable {
    /// Nothing.
    case inMemory = "in memory"
    /// All but the last moments.
    case boundedLoss = "bounded loss"
    /// Everything, and nobody sees anything twice.
    case exactlyOnce = "exactly-once"

    /// The column that says it.
    static let column = "journal"

    /// The guarantee of a journal's mode; nil for one that is not known.
    public init?(journal: String) {
        switch journal {
        case "none": self = .inMemory
        case "asynchronous": self = .boundedLoss
        case "durable": self = .exactlyOnce
        default: return nil
        }
    }

    /// The place of a guarantee, in a row's words, in the order of what is promised; those of equal
    /// place in the order of their names.
    static func rank(_ guarantee: String) -> String {
        let known = [
            "in memory", "at-most-once", "bounded loss", "at-least-once", "exactly-once",
        ]
        return "\(known.firstIndex(of: guarantee) ?? known.count)\(guarantee)"
    }
}
