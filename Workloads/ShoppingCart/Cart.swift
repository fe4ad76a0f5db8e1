// A user's cart: the state of the cart workflow, and what its handlers do to it.

/// A cart of at most `capacity` items, with counts of what happened to it; plain bits.
///
/// ```
/// count orders empty granted │ refused returned full missing │ item 0 … item 7 │ … item 55
/// └──────────────────── first cache line of four ──────────────────────────────┘
/// ```
/// Why a bounded cart: with a growing array an update costs 17 ns, in place 4 (`shared/swift.md`,
/// section 3), and only plain bits are copied into snapshots as they are. Nothing is lost: a unit
/// granted to a full cart is put back into the inventory (`receive`), and `fullReturns` counts it.
/// With 128 users a cart fills only where more than about 12,000 operations are between a source
/// atom and its replies; with the published atoms of 5 it never does.
///
/// The counts let a check prove that every ask got one reply (see `Oracle.check`).
@frozen
public struct Cart: Sendable, BitwiseCopyable {
    /// Items that any cart can hold: as many as make it 256 bytes, four cache lines.
    public static let capacity = 56

    /// Items in the cart.
    public var count: UInt32 = 0
    /// Orders sent so far; also the number of the next one.
    public var orders: UInt32 = 0
    /// Check-outs that found the cart empty.
    public var emptyCheckouts: UInt32 = 0
    /// Replies received that granted a unit.
    public var granted: UInt32 = 0
    /// Replies received that refused one.
    public var refused: UInt32 = 0
    /// Replies received that confirmed a put.
    public var returned: UInt32 = 0
    /// Units granted to the full cart, and put back.
    public var fullReturns: UInt32 = 0
    /// Removes of an item that was not in the cart; always 0 in faithful mode, which does not look.
    public var missingRemoves: UInt32 = 0
    /// The items; only the first `count` mean anything.
    public var items: InlineArray<56, UInt32> = InlineArray(repeating: 0)

    /// Makes an empty cart.
    @inlinable public init() {}

    /// Handles a remove; returns whether the inventory must be asked to `put` a unit of the item.
    ///
    /// In conserving mode the last item takes the place of the removed one: a cart has no order
    /// that a user could rely on, and closing the gap would cost a move of the rest.
    @inlinable @inline(__always)
    public mutating func remove(_ item: UInt32, mode: Mode) -> Bool {
        if mode == .faithful { return true }
        var index = 0
        let end = Int(count)
        while index < end {
            if items[index] == item {
                items[index] = items[end - 1]
                count -= 1
                return true
            }
            index += 1
        }
        missingRemoves += 1
        return false
    }

    /// Handles the reply to an ask about `item`; returns whether a `put` of the item must be asked.
    @inlinable @inline(__always)
    public mutating func receive(_ reply: StockReply, item: UInt32, itemsMax: UInt32) -> Bool {
        switch reply {
        case .granted:
            granted += 1
            if count < itemsMax {
                items[Int(count)] = item
                count += 1
                return false
            }
            fullReturns += 1
            return true
        case .refused: refused += 1
        case .returned: returned += 1
        }
        return false
    }

    /// Handles a check-out: hands over the order, in one part or several, and empties the cart.
    ///
    /// An empty cart emits nothing and is counted in `emptyCheckouts`.
    @inlinable @inline(__always)
    public mutating func checkOut(user: UInt32, emit: (Order) -> Void) {
        if count == 0 {
            emptyCheckouts += 1
            return
        }
        var first = 0
        let end = Int(count)
        while first < end {
            var order = Order(user: user, number: orders)
            let last = Swift.min(first + Order.itemsMax, end)
            var index = first
            while index < last {
                order.items[index - first] = items[index]
                index += 1
            }
            order.count = UInt8(truncatingIfNeeded: last - first)
            order.continues = last < end
            emit(order)
            first = last
        }
        orders += 1
        count = 0
    }
}
