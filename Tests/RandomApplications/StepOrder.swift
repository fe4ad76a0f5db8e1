// The order of steps: what each step of each element took. The reference model follows it; an
// engine records it, and later a journal does.

/// What a step consumes an atom of.
public enum InputName: Sendable, Hashable, CustomStringConvertible {
    case stream(StreamSource)
    /// Requests of a workflow, to the portal that this one replies to.
    case request(asker: Int)
    /// Replies from a workflow.
    case reply(replier: Int)
    /// Asks whose time is out.
    case timer
    /// The end: it consumes nothing.
    case seal

    public var description: String {
        switch self {
        case .stream(let source): "atom of \(source)"
        case .request(let asker): "requests of w\(asker)"
        case .reply(let replier): "replies of w\(replier)"
        case .timer: "timer"
        case .seal: "seal"
        }
    }
}

/// One step of an element.
public struct StepRecord: Sendable, Hashable, CustomStringConvertible {
    public var input: InputName
    /// The producer's step that made the atom; of a generator, the atom's number.
    public var producerStep: UInt64

    public init(_ input: InputName, _ producerStep: UInt64) {
        self.input = input
        self.producerStep = producerStep
    }

    public var description: String { "\(input) \(producerStep)" }
}

/// The steps of each element, first to last.
public typealias StepOrder = [Element: [StepRecord]]

/// What a run took from outside besides its input atoms and order: recorded, it is an input too.
public struct RunNotes: Sendable {
    /// Random numbers by workflow, node, partition and step, in the order of drawing.
    public var draws: [DrawPlace: [Int64]] = [:]
    /// Times of steps by workflow and step, as far as a handler ran in them.
    public var times: [StepPlace: UInt64] = [:]

    public init() {}
}

public struct DrawPlace: Sendable, Hashable {
    public var workflow: Int
    public var node: Int
    public var partition: Int
    public var step: UInt64
}

public struct StepPlace: Sendable, Hashable {
    public var workflow: Int
    public var step: UInt64
}
