// What the ping-pong asks, its parameters, and where it departs from the published program.

/// The workload: chains of asks, each of which waits for the reply to the one before.
///
/// - Question: how long does one request and its reply take (one chain), and how many a second are
///   there when many are under way (1,000 chains)?
/// - Stresses: the portal: request atoms, reply atoms, remembered continuations; with one chain,
///   the latency of a hand-over between workers and nothing else.
/// - Source: `PortalPingPong` of the Portals authors (portals-project/portals,
///   `portals-examples/.../tutorial`): one chain from 131,072 down; `Ping(x)` is answered `Pong(x -
///   1)`, which the asker emits and, while it is above 0, asks on.
/// - Departures: any number of chains, each with its own key; the emitted values are summed, where
///   the original logs each 1,024th.
public struct Definition: Sendable, Hashable {
    /// Round trips of all chains together.
    public var roundTrips: UInt64
    /// Chains that run at once, at least 1: asks outstanding at any time.
    public var outstanding: UInt32

    /// Describes a run; the defaults are the published ones.
    public init(roundTrips: UInt64 = 131_072, outstanding: UInt32 = 1) {
        self.roundTrips = roundTrips
        self.outstanding = outstanding
    }

    /// Round trips of one chain: equal shares, of which the first chains get the remainder.
    public func roundTrips(ofChain chain: UInt32) -> UInt64 {
        let chains = UInt64(outstanding)
        return roundTrips / chains + (UInt64(chain) < roundTrips % chains ? 1 : 0)
    }

    /// The generator of this run's events.
    public var generator: Generator {
        Generator(share: roundTrips / UInt64(outstanding), extra: roundTrips % UInt64(outstanding))
    }

    /// Events of the generator: one a chain, whatever its share, also 0.
    public var starts: UInt64 { UInt64(outstanding) }

    /// What is wrong with the parameters, all of it, each with its cure; empty when they can run.
    public var faults: [String] {
        outstanding == 0 ? ["portal-ping-pong: outstanding is 0; give at least 1"] : []
    }
}
