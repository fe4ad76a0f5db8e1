// How a site finds out that a task is not deterministic, and what it does about it.

/// Digests of what tasks make: written down while a site runs, compared when it recovers.
///
/// A recovery does again what was recorded, and relies on tasks to make the same of the same. One
/// that uses the machine's clock, a random number of its own, the order of a dictionary or a
/// variable outside of its state does not, and what it makes after a crash contradicts what was
/// shown before. The digests say so, with the task, the step and the partition.
///
/// - What is looked at: the first `interval` steps of each workflow and partition after a launch, a
///   recovery and a snapshot, and of the others one in `interval`, spread so that no pattern of
///   steps escapes; steps of streams, requests, replies, time-outs and the end alike. In each, what
///   came in from other workflows, and what every source, key, flow and task gave: the number of
///   events, their keys and their order; of their fields integers, floating-point numbers,
///   booleans, enums without payloads and strings.
/// - What is not: other fields (optionals, enums with payloads, arrays, references), state that no
///   output depends on, dead letters, and what the last steps before a crash made.
/// - Cost: 16 bytes of the journal a level of a step that is looked at, and 8 a node.
public struct DigestOptions: Sendable {
    /// Of so many steps one is looked at; 1 for all of them, 0 for none. Of a keyed count, 64 costs
    /// about one hundredth of the instructions that it takes without digests, 1 from four tenths
    /// (atoms of 1 event) to nine (of 1,024): in atoms of 128 an event takes 107.5 without, 108.9
    /// with 64 and 187.4 with 1 (`scripts/test-instructions digests-none digests-default
    /// digests-all`). 1 is for the site on which a task is being searched for.
    public var interval = 64
    /// What a recovery does where something differs.
    public var onDifference = DifferencePolicy.refuse

    /// The defaults.
    public init() {}
}

/// What a recovery does that finds a task not to be deterministic.
public enum DifferencePolicy: Sendable {
    /// The launch fails with ``RecoveryError/notDeterministic(task:step:partition:)``, and the
    /// journal stays as it is. When unsure, this.
    case refuse
    /// The site goes on with what was made this time; ``SiteRecovery/differences`` says where it
    /// differed. What was shown before may contradict it.
    case goOn
}
