// What the filter asks, its parameters, its event, and where it departs from the published program.

/// The event: one integer of the range; plain bits.
@frozen
public struct Integer: Sendable, BitwiseCopyable, Hashable {
    /// The integer.
    public var value: UInt32

    /// Makes the event of an integer.
    @inlinable public init(_ value: UInt32) { self.value = value }
}

/// The test an integer must pass: one multiplication, one mask, one comparison with zero.
///
/// Both operands are variables, so a compiler cannot skip ahead from one kept integer to the next
/// or put a sum in closed form: every integer is tested.
@frozen
public struct Predicate: Sendable, BitwiseCopyable, Hashable {
    /// Factor of the integer, modulo 2^32; odd.
    public var multiplier: UInt32
    /// The bits of the product that must all be 0.
    public var mask: UInt32

    /// Makes a test from its two operands.
    @inlinable public init(multiplier: UInt32, mask: UInt32) {
        self.multiplier = multiplier
        self.mask = mask
    }

    /// As published: keeps the multiples of 2^20, one in each atom of the default size.
    public static var multiplesOf2To20: Predicate { Predicate(multiplier: 1, mask: 1 << 20 - 1) }

    /// Keeps every second integer or so, in no pattern a branch predictor could learn: how fast a
    /// filter is that writes as much as it drops.
    ///
    /// The top bit of the product with 2^32 divided by the golden ratio (Knuth's multiplicative
    /// hash).
    public static var scatteredHalf: Predicate {
        Predicate(multiplier: 0x9E37_79B1, mask: 1 << 31)
    }

    /// Whether the filter keeps the integer.
    @inlinable @inline(__always)
    public func keeps(_ integer: Integer) -> Bool {
        (integer.value &* multiplier) & mask == 0
    }
}

/// The workload: a billion integers through one stateless filter.
///
/// - Question: how near to the speed of a bare loop does a stateless task run, when nothing but
///   handing events over is left to be done?
/// - Stresses: generator, batches and the fusion of stages into one loop; no key, no state, no
///   portal.
/// - Source: "Billion Events" of the Portals playground (portals-project/playground,
///   `assets-playground/js/examples.js`): `fromRange(0, 1024*1024*1024, 1024*1024)`, then
///   `filter(x => x % (1024*1024) == 0)`, logged.
/// - Departures: integers are 32 bits wide, where JavaScript has 64-bit floating point; the kept
///   ones are counted and summed instead of logged; the operands of the test are variables. A
///   second test, `scatteredHalf`, keeps one in two.
public struct Definition: Sendable, Hashable {
    /// Integers in all, at most 2^32; they are `0 ..< events`.
    public var events: UInt64
    /// Integers an atom, at least 1.
    public var atomSize: UInt64
    /// Which are kept.
    public var predicate: Predicate

    /// Describes a run; the defaults are the published ones.
    public init(
        events: UInt64 = 1 << 30, atomSize: UInt64 = 1 << 20,
        predicate: Predicate = .multiplesOf2To20
    ) {
        self.events = events
        self.atomSize = atomSize
        self.predicate = predicate
    }

    /// The generator of this run's events.
    public var generator: Generator { Generator() }

    /// What is wrong with the parameters, all of it, each with its cure; empty when they can run.
    public var faults: [String] {
        var faults: [String] = []
        if events > 1 << 32 {
            faults.append(
                "integer-filter: events is \(events); give at most 2^32, integers are 32 bits")
        }
        if atomSize == 0 { faults.append("integer-filter: atomSize is 0; give at least 1") }
        return faults
    }
}

/// The source: the integers from 0 up, each its own index.
@frozen
public struct Generator: Sendable, Hashable {
    /// Makes the generator; the range needs no seed.
    @inlinable public init() {}

    /// The integer at a place in the stream, which is below 2^32.
    @inlinable @inline(__always)
    public func event(at index: UInt64) -> Integer { Integer(UInt32(truncatingIfNeeded: index)) }
}
