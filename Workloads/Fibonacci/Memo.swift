// What the key of a Fibonacci number knows and waits for.

/// The state of a key; it is asked by at most two others, k + 1 and k + 2, or by the caller.
@frozen
public struct Memo: Sendable, BitwiseCopyable {
    /// The sum of the responses so far: the number, once both are there.
    @usableFromInline var value: UInt64 = 0
    /// Responses that came.
    @usableFromInline var responses: UInt8 = 0
    /// How many wait for the number.
    @usableFromInline var waitingCount: UInt8 = 0
    @usableFromInline var waiting: InlineArray<2, UInt8> = [0, 0]

    /// Knows nothing, and nobody waits.
    @inlinable public init() {}

    /// Handles a message to its key, and sends what follows.
    @inlinable @inline(__always)
    public mutating func receive(_ message: Message, send: (Message) -> Void) {
        switch message.kind {
        case .request: request(message, send)
        case .response: respond(message, send)
        }
    }

    @inlinable @inline(__always)
    mutating func request(_ message: Message, _ send: (Message) -> Void) {
        let k = message.receiver
        if k < 2 || responses == 2 {
            return send(Self.answer(message, k < 2 ? UInt64(k) : value, to: message.sender))
        }
        precondition(waitingCount < 2, "a third key asks for number \(k)")
        waiting[Int(waitingCount)] = message.sender
        waitingCount += 1
        if waitingCount == 1 {
            send(Message(.request, computation: message.computation, from: k, to: k - 1))
            send(Message(.request, computation: message.computation, from: k, to: k - 2))
        }
    }

    @inlinable @inline(__always)
    mutating func respond(_ message: Message, _ send: (Message) -> Void) {
        value &+= message.value
        responses += 1
        if responses < 2 { return }
        for index in 0..<Int(waitingCount) { send(Self.answer(message, value, to: waiting[index])) }
        waitingCount = 0
    }

    @inlinable @inline(__always)
    static func answer(_ message: Message, _ value: UInt64, to asker: UInt8) -> Message {
        Message(
            .response, computation: message.computation, from: message.receiver, to: asker,
            value: value)
    }
}
