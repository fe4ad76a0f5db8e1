// The one type of event of random applications, and the values that tasks keep.
import Portals

/// Two numbers to compute with, and fuel: what bounds loops and chains of asks.
///
/// An ask and a turn of a loop each take one unit of fuel from what follows, so every random
/// application comes to rest.
public struct Token: Event, Hashable, CustomStringConvertible {
    public var a: Int64
    public var b: Int64
    public var fuel: Int64

    public init(_ a: Int64, _ b: Int64, fuel: Int64 = 0) {
        self.a = a
        self.b = b
        self.fuel = fuel
    }

    public var description: String { fuel == 0 ? "(\(a) \(b))" : "(\(a) \(b) f\(fuel))" }
}

/// What a key or a partition remembers, as handlers see it.
public struct Cell: Hashable, Sendable {
    public var a: Int64
    public var b: Int64

    public init(_ a: Int64, _ b: Int64) {
        self.a = a
        self.b = b
    }
}

/// How the state of a key is kept in the engine's table: a trivial number, a trivial struct, or a
/// reference that must be counted.
public enum CellForm: String, Sendable, CaseIterable {
    /// `b` is not kept.
    case number
    case pair
    case array
}
