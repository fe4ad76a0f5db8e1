// The sink whose events go back to the clients of an ingress.

/// Replies to the clients of an ingress: `sink("answers", ingress.replies(to: …) { … })`.
public struct IngressReplies<Element: Event>: Sendable {
    @usableFromInline let exchange: IngressExchange
    @usableFromInline let client: @Sendable (Element) -> UInt64
    @usableFromInline let encode: @Sendable (Element, inout [UInt8]) -> Void
}

extension Ingress {
    /// Sends events back to clients: each once, in order, whatever crashes.
    ///
    /// ```swift
    /// .sink("answers", ingress.replies(to: { $0.client }) { answer, bytes in
    ///     bytes.append(contentsOf: Array("\(answer.total)".utf8))
    /// })
    /// ```
    /// In `durable` mode a reply goes when all that it depends on is durable. Replies to a client
    /// are numbered; they are kept until the client says that it has them, and come again after a
    /// crash, as far as it has not. They may say themselves which record they answer.
    ///
    /// - Parameters:
    ///   - client: whom an event is for; events with the same keep their order.
    ///   - encode: appends the reply's bytes, at most 16 MiB.
    public func replies<Element: Event>(
        to client: @escaping @Sendable (Element) -> UInt64,
        encode: @escaping @Sendable (_ event: Element, _ bytes: inout [UInt8]) -> Void
    ) -> IngressReplies<Element> {
        IngressReplies(exchange: exchange, client: client, encode: encode)
    }
}

extension Flow {
    /// Hands the events to clients of an ingress, as replies.
    ///
    /// - Cost: a `key` by client, so that one partition numbers what a client gets; a copy, kept
    ///   until the client has it.
    @inlinable @inline(__always)
    @discardableResult
    public func sink(_ name: String, _ replies: IngressReplies<Element>) -> Flow<Element, Keyed> {
        key(replies.client).sink(name) { IngressReplyBody(replies, partition: $0) }
    }
}

/// Replies as bytes one after the other, and where each ends.
public struct EncodedReplies: Sendable {
    @usableFromInline var bytes: [UInt8] = []
    @usableFromInline var ends: [(client: UInt64, end: Int)] = []
    /// How many are of atoms that have ended.
    fileprivate var endedCount = 0
    /// Why a reply after these can't be sent.
    fileprivate var failure: String?

    /// Moves the replies of atoms that have ended behind others, up to one that can't be sent.
    fileprivate mutating func moveEnded(to others: inout EncodedReplies) {
        if others.failure != nil { return }
        let start = others.bytes.count
        let end = endedCount == 0 ? 0 : ends[endedCount - 1].end
        others.bytes.append(contentsOf: bytes[..<end])
        for reply in ends[..<endedCount] { others.ends.append((reply.client, start + reply.end)) }
        others.failure = failure
        bytes.removeSubrange(..<end)
        ends.removeSubrange(..<endedCount)
        for index in ends.indices { ends[index].end -= end }
        endedCount = 0
    }
}

/// One partition of an ``IngressReplies``: it encodes replies as events come, and gives them to the
/// ingress's thread when it may.
public struct IngressReplyBody<Element: Event>: SinkBody {
    @usableFromInline let replies: IngressReplies<Element>
    private let partition: Int
    @usableFromInline var encoded = EncodedReplies()
    /// Why it can take no more.
    public private(set) var failure: String?

    @usableFromInline
    init(_ replies: IngressReplies<Element>, partition: Int) {
        self.replies = replies
        self.partition = partition
    }

    /// Encodes the events.
    @inlinable
    public mutating func onBatch(_ batch: Batch<Element>, _ step: StepInfo) {
        for index in 0..<batch.count {
            let event = batch[index]
            replies.encode(event, &encoded.bytes)
            encoded.ends.append((replies.client(event), encoded.bytes.count))
        }
    }

    /// Looks whether what the atom gave can be sent.
    public mutating func onAtomEnd(_ step: StepInfo) {
        if encoded.failure != nil { return }
        var start = encoded.endedCount == 0 ? 0 : encoded.ends[encoded.endedCount - 1].end
        for (client, end) in encoded.ends[encoded.endedCount...] {
            if end - start > IngressFrame.replyByteCountMax {
                encoded.failure =
                    "a reply of \(end - start) bytes to client \(client) is longer than "
                    + "\(IngressFrame.replyByteCountMax): send several"
                return
            }
            start = end
        }
        encoded.endedCount = encoded.ends.count
    }

    /// Adds the replies of the atoms that have ended to those that wait.
    public mutating func prepare(_ waiting: inout EncodedReplies?) {
        var prepared = waiting.take() ?? EncodedReplies()
        encoded.moveEnded(to: &prepared)
        waiting = prepared
    }

    /// Gives them to the ingress's thread.
    public mutating func show(_ prepared: EncodedReplies) {
        if failure != nil { return }
        if !prepared.ends.isEmpty {
            replies.exchange.reply(prepared.ends, prepared.bytes, partition: partition)
        }
        failure = prepared.failure
    }

    /// The replies that were not received.
    public func storedState() -> [UInt8] {
        replies.exchange.replies.storedState(partition: partition)
    }

    /// Takes them back.
    public mutating func restoreState(_ bytes: [UInt8]) throws(RecordError) {
        if let reason = replies.exchange.replies.restoreState(bytes, partition: partition) {
            throw RecordError(reason)
        }
    }
}
