// The words of a worker's record: what it decided, in eight bytes a decision.

/// One decision of a leader, or the head of what follows it, in one word.
///
/// ```
/// 63                 32 31       20 19            4 3    0
/// ┌────────────────────┬───────────┬───────────────┬──────┐
/// │ argument, signed   │ input     │ element       │ kind │
/// │ 32 bits            │ 12 bits   │ 16 bits       │      │
/// └────────────────────┴───────────┴───────────────┴──────┘
/// ```
///
/// What the argument says depends on the kind; a time that does not fit it has a word of kind
/// `longTime` in front, whose upper 60 bits are the argument of the next.
///
/// - Cost: eight bytes an atom and step on the way to the disk; with atoms of 128 events of eight
///   bytes, less than one hundredth of them.
@frozen
public struct RecordWord: BitwiseCopyable, Sendable, Equatable {
    /// What a word says.
    public enum Kind: UInt8, BitwiseCopyable, Sendable {
        /// A step on a stream, request or reply atom: the oldest of the input.
        case step
        /// A step on the source's next atom. Argument: its entry, less the leader's time before.
        case source
        /// A step for the time-outs that were due. Argument: its time, less the time before.
        case timer
        /// The step that ends the stream.
        case seal
        /// A step of a stopped application: its oldest input atom is refused.
        case refusal
        /// The argument of the next word, because it is too large for it.
        case longTime
        /// The bytes of a source's next atom follow. Argument: how many bytes; as many words follow
        /// as hold them.
        case data
        /// What a level of a step made on a partition, condensed. Input: the partition. Argument:
        /// how many digests. They follow, behind a word of the level · 2⁵⁶ + step.
        case digest
        /// What this worker recorded until here is in a snapshot. Argument: the snapshot's number.
        case mark
        /// What handlers of a task left in states follows. Input: the partition. Argument: how many
        /// bytes; as many words follow as hold them, behind one with the task's number.
        case delta

        /// A decision to take an atom from such an input.
        init(_ input: InputKind) {
            switch input {
            case .stream, .request, .reply: self = .step
            case .source: self = .source
            case .timer: self = .timer
            case .seal: self = .seal
            }
        }
    }

    /// The word as it is written.
    public var bits: UInt64

    /// A word as it was read.
    public init(bits: UInt64) { self.bits = bits }

    init(_ kind: Kind, element: Int, input: Int = 0, argument: Int64 = 0) {
        bits =
            UInt64(kind.rawValue) | UInt64(element) << 4 | UInt64(input) << 20
            | UInt64(bitPattern: argument) << 32
    }

    init(longTime: Int64) {
        bits = UInt64(Kind.longTime.rawValue) | UInt64(bitPattern: longTime) << 4
    }

    /// What the word says; nil if this version does not know it.
    public var kind: Kind? { Kind(rawValue: UInt8(bits & 15)) }
    /// The element whose leader decided.
    public var element: Int { Int(bits >> 4 & 0xFFFF) }
    /// The input that the step took its atom from.
    public var input: Int { Int(bits >> 20 & 0xFFF) }
    /// The signed argument.
    public var argument: Int64 { Int64(bitPattern: bits) >> 32 }
    /// The argument of a word of kind `longTime`.
    public var longArgument: Int64 { Int64(bitPattern: bits) >> 4 }

    /// More elements than the word can tell apart are refused at launch.
    static let elementCountMax = 1 << 16
    static let inputCountMax = 1 << 12

    static func fits(_ argument: Int64) -> Bool { (argument << 32) >> 32 == argument }
}
