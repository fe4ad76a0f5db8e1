// What handlers compute: expressions and conditions over a few registers, as plain data.

/// What an expression reads, and what statements change.
public struct Registers: Sendable {
    /// The event or request being handled; in a continuation, what the asking handler handled.
    public var event: Token
    public var key: Int64 = 0
    public var state = Cell(0, 0)
    public var partitionState: Int64 = 0
    /// The reply; of several, `a` is their weighted sum. The failure's code where there is none.
    public var reply = Token(0, 0)
    public var step: Int64 = 0

    public init(event: Token = Token(0, 0)) { self.event = event }
}

/// A number computed from registers; all arithmetic wraps.
public indirect enum Expression: Sendable, Hashable, CustomStringConvertible {
    case constant(Int64)
    case eventA, eventB, stateA, stateB, partitionState, key, replyA, replyB, step
    /// A draw of `task.random`.
    case random
    case sum(Expression, Expression)
    case difference(Expression, Expression)
    case product(Expression, Expression)
    /// Never negative; the divisor is at least 1.
    case remainder(Expression, Int64)

    public func value(_ registers: Registers, _ draw: () -> Int64) -> Int64 {
        switch self {
        case .constant(let number): number
        case .eventA: registers.event.a
        case .eventB: registers.event.b
        case .stateA: registers.state.a
        case .stateB: registers.state.b
        case .partitionState: registers.partitionState
        case .key: registers.key
        case .replyA: registers.reply.a
        case .replyB: registers.reply.b
        case .step: registers.step
        case .random: draw()
        case .sum(let left, let right):
            left.value(registers, draw) &+ right.value(registers, draw)
        case .difference(let left, let right):
            left.value(registers, draw) &- right.value(registers, draw)
        case .product(let left, let right):
            left.value(registers, draw) &* right.value(registers, draw)
        case .remainder(let left, let divisor):
            Self.remainder(left.value(registers, draw), divisor)
        }
    }

    static func remainder(_ value: Int64, _ divisor: Int64) -> Int64 {
        let remainder = value % divisor
        return remainder < 0 ? remainder + divisor : remainder
    }

    public var description: String {
        switch self {
        case .constant(let number): "\(number)"
        case .eventA: "a"
        case .eventB: "b"
        case .stateA: "state.a"
        case .stateB: "state.b"
        case .partitionState: "partition"
        case .key: "key"
        case .replyA: "reply.a"
        case .replyB: "reply.b"
        case .step: "step"
        case .random: "random"
        case .sum(let left, let right): "(\(left) + \(right))"
        case .difference(let left, let right): "(\(left) - \(right))"
        case .product(let left, let right): "(\(left) * \(right))"
        case .remainder(let left, let divisor): "\(left) % \(divisor)"
        }
    }
}

/// Whether the remainder of an expression is one of the first few: about `below` in `divisor`.
public struct Condition: Sendable, Hashable, CustomStringConvertible {
    public var value: Expression
    public var divisor: Int64
    public var below: Int64

    public init(_ value: Expression, divisor: Int64, below: Int64) {
        self.value = value
        self.divisor = divisor
        self.below = below
    }

    public func holds(_ registers: Registers, _ draw: () -> Int64) -> Bool {
        Expression.remainder(value.value(registers, draw), divisor) < below
    }

    public var description: String { "\(value) % \(divisor) < \(below)" }
}
