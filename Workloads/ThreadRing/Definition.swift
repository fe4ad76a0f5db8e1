// What the thread ring asks, its parameters, and where it departs from the published programs.

/// What the members of a ring are, and what lies between them.
public enum Ring: String, Sendable, Hashable, CaseIterable {
    /// Tasks of one workflow, whose output goes back into its source.
    case tasks
    /// Workflows, each of which reads the stream of the one before.
    case workflows
    /// Workflows, each of which reads a sequencer of its own.
    case sequencers
    /// Two workflows with a sequencer each, and nothing that closes a lap: ping-pong.
    case pair
}

/// The workload: tokens go round a ring of members until they have counted down.
///
/// - Question: how long does one hand-over take, from task to task and from workflow to workflow,
///   and what does a longer ring cost?
/// - Stresses: the smallest atom there is, one event or a few: the bookkeeping of a step, a stream
///   between elements, the sequencer on the cycle. Nothing else happens to an event.
/// - Source: `ThreadRingTasks`, `ThreadRingWorkflows`, `ThreadRingWorkflowsAlternatingSequencers`
///   and `PingPong` of the Portals authors (portals-project/portals before 45bdc65,
///   `portals-benchmark`): one token, a number; a member passes it on less 1; whatever is 0 at the
///   end of a lap has ended. Rings of 1 to 1,024 tasks or 4,096 workflows.
/// - Departures: a token carries its hops and a digest of its way, so that the answer can be
///   checked, where the original only saw a 0 arrive; any number of tokens, in one atom; ping-pong
///   is one application, where the original connects two by a third one.
public struct Definition: Sendable, Hashable {
    /// The kind of ring.
    public var ring: Ring
    /// Members of the ring, at least 1; a pair has 2, whatever this says.
    public var length: Int
    /// Hops wanted of all tokens together; a lap that was begun is gone to its end.
    public var hops: UInt64
    /// Tokens, at least 1. They start in one atom and go round in one atom.
    public var tokens: UInt32
    /// Partitions of each element, 1 to 64; a token never leaves the one where it starts.
    public var partitions: Int
    /// Where the digests of the tokens begin.
    public var seed: UInt64

    /// Describes a run; the defaults are those of the published comparison with Pekko.
    public init(
        ring: Ring = .tasks, length: Int = 128, hops: UInt64 = 2_097_152, tokens: UInt32 = 1,
        partitions: Int = 1, seed: UInt64 = 1
    ) {
        self.ring = ring
        self.length = length
        self.hops = hops
        self.tokens = tokens
        self.partitions = partitions
        self.seed = seed
    }

    /// Members of the ring.
    public var members: Int { ring == .pair ? 2 : length }

    /// Hops that all tokens make.
    public var hopsMade: UInt64 {
        let longer = hops % UInt64(tokens)
        return (0..<2).reduce(0) { sum, more in
            let count = more == 1 ? longer : UInt64(tokens) - longer
            return sum + count * hopsMade(of: hops / UInt64(tokens) + UInt64(more))
        }
    }

    /// Hops that a token makes which is to make so many.
    func hopsMade(of wanted: UInt64) -> UInt64 {
        if ring == .pair { return wanted }
        let length = UInt64(length)
        // It is looked at behind the last member only: also one that has ended goes a lap.
        return max(1, (wanted + length - 1) / length) * length
    }

    /// The generator of this run's tokens.
    public var generator: Generator {
        Generator(seed: seed, share: hops / UInt64(tokens), extra: hops % UInt64(tokens))
    }

    /// What is wrong with the parameters, all of it, each with its cure; empty when they can run.
    public var faults: [String] {
        var faults: [String] = []
        if length < 1 { faults.append("thread-ring: length is \(length); give at least 1") }
        if tokens == 0 { faults.append("thread-ring: tokens is 0; give at least 1") }
        if !(1...64).contains(partitions) {
            faults.append("thread-ring: partitions is \(partitions); give 1 to 64")
        }
        return faults
    }
}
