// A portal as its users hold it: a typed service of one replying task.

/// A typed request/reply service: any task may ask it, one task replies.
///
/// Requests go to the partition of the replier that owns their key: `keyedBy` of the request, else
/// the asker's key. First in, first out for each pair of asking and replying partition.
public struct Portal<Request: Event, Reply: Event>: Sendable {
    /// What the registry knows of it: its path and the types of requests and replies.
    public let definition: PortalDefinition
    @usableFromInline let keyedBy: (@Sendable (Request) -> Key)?

    @usableFromInline
    init(definition: PortalDefinition, keyedBy: (@Sendable (Request) -> Key)?) {
        self.definition = definition
        self.keyedBy = keyedBy
    }
}

/// The reply to come of an ask.
///
/// Await it in the handler that asked, with `await`, `awaitAll` or `awaitAny`; a future that nobody
/// awaits there is an ask whose reply is not wanted: it is dropped when it comes.
public struct Future<Reply: Event>: Sendable {
    @usableFromInline let tag: UInt64
    @usableFromInline let use: UInt16

    @usableFromInline init(tag: UInt64, use: UInt16) {
        self.tag = tag
        self.use = use
    }
}

/// Where an ask is awaited: the slot, its generation, and whether closures or a frame wait there.
@usableFromInline
enum AskTag {
    /// ```
    /// 63      62…32        31…0
    /// future  generation   slot
    /// ```
    @inlinable static func make(slot: Int, generation: UInt32, isFuture: Bool) -> UInt64 {
        (isFuture ? 1 << 63 : 0) | UInt64(generation & 0x7FFF_FFFF) << 32
            | UInt64(UInt32(truncatingIfNeeded: slot))
    }
    @inlinable static func slot(_ tag: UInt64) -> Int { Int(UInt32(truncatingIfNeeded: tag)) }
    @inlinable static func generation(_ tag: UInt64) -> UInt32 {
        UInt32(truncatingIfNeeded: tag >> 32) & 0x7FFF_FFFF
    }
    @inlinable static func isFuture(_ tag: UInt64) -> Bool { tag >> 63 != 0 }
}

/// To whom a reply goes: the reply channel of the replying workflow, the asking partition, and the
/// ask of the asking workflow; or, with the highest bit, the place of an open request.
@usableFromInline
enum ReplyOrigin {
    /// No request is being handled.
    @usableFromInline static let none = UInt64.max

    @inlinable static func make(channel: Int, partition: Int, use: UInt16) -> UInt64 {
        UInt64(channel) << 32 | UInt64(partition) << 16 | UInt64(use)
    }
    @inlinable static func make(place: Int) -> UInt64 { 1 << 63 | UInt64(place) }
    @inlinable static func isOpen(_ origin: UInt64) -> Bool { origin >> 63 != 0 && origin != none }
    @inlinable static func place(_ origin: UInt64) -> Int { Int(origin & 0xFFFF_FFFF) }
    @inlinable static func channel(_ origin: UInt64) -> Int { Int(origin >> 32) }
    @inlinable static func partition(_ origin: UInt64) -> Int { Int(origin >> 16 & 0xFFFF) }
    @inlinable static func use(_ origin: UInt64) -> UInt16 { UInt16(truncatingIfNeeded: origin) }
}
