// An item's shelf: the state of the inventory workflow, and what its handlers do to it.

/// The stock of one item, with counts of the replies given; plain bits, 16 bytes.
@frozen
public struct Shelf: Sendable, BitwiseCopyable, Hashable {
    /// Units in stock.
    public var stock: UInt32
    /// Requests granted.
    public var granted: UInt32 = 0
    /// Requests refused.
    public var refused: UInt32 = 0
    /// Units put back.
    public var returned: UInt32 = 0

    /// Makes a shelf with its initial stock.
    @inlinable public init(stock: UInt32) { self.stock = stock }

    /// Handles the delivery of one unit.
    @inlinable @inline(__always)
    public mutating func restock() { stock += 1 }

    /// Handles a request and returns the reply.
    @inlinable @inline(__always)
    public mutating func answer(_ kind: StockRequest.Kind) -> StockReply {
        switch kind {
        case .take:
            if stock == 0 {
                refused += 1
                return .refused
            }
            stock -= 1
            granted += 1
            return .granted
        case .put:
            stock += 1
            returned += 1
            return .returned
        }
    }
}
