// The items ordered most: the state of the last task of analytics.

/// The `capacity` items with the highest counts, kept exactly while counts only grow; plain bits.
///
/// The published task keeps 100 in a hash map, drops the lowest whenever the map is full, and emits
/// the list at each change. This one ranks by (count descending, item ascending), so that the
/// answer depends on the counts alone, and emits nothing.
@frozen
public struct TopItems: Sendable, BitwiseCopyable {
    /// Places on the list, as published.
    public static let capacity = 100

    /// Items on the list.
    public var count = 0
    @usableFromInline var items: InlineArray<100, UInt32> = InlineArray(repeating: 0)
    @usableFromInline var counts: InlineArray<100, UInt32> = InlineArray(repeating: 0)
    /// Place of the lowest-ranking entry, once the list is full.
    @usableFromInline var lowest = 0

    /// Makes an empty list.
    @inlinable public init() {}

    /// Takes the new count of an item, which must be higher than any before it for that item.
    ///
    /// Cost: one comparison for an item that stays below the list, else a look through it.
    @inlinable @inline(__always)
    public mutating func take(_ record: ItemCount) {
        if count == Self.capacity, !ranks(record, above: lowest) {
            // An item on the list had at least the lowest count before, so now it has more: an item
            // that ranks below the lowest is not on the list.
            return
        }
        place(record)
    }

    @inlinable @inline(__always)
    func ranks(_ record: ItemCount, above index: Int) -> Bool {
        record.count > counts[index]
            || (record.count == counts[index] && record.item < items[index])
    }

    @inlinable @inline(never)
    mutating func place(_ record: ItemCount) {
        var index = 0
        while index < count, items[index] != record.item { index += 1 }
        var lowestIsStale = index == lowest
        if index == count {
            if count < Self.capacity { count += 1 } else { index = lowest }
            lowestIsStale = true
        }
        items[index] = record.item
        counts[index] = record.count
        if count == Self.capacity, lowestIsStale { findLowest() }
    }

    @inlinable @inline(never)
    mutating func findLowest() {
        lowest = 0
        var index = 1
        while index < count {
            if !ranks(ItemCount(item: items[index], count: counts[index]), above: lowest) {
                lowest = index
            }
            index += 1
        }
    }

    /// The list, from the highest rank down.
    public var ranked: [ItemCount] {
        (0..<count).map { ItemCount(item: items[$0], count: counts[$0]) }
            .sorted { ($1.count, $0.item) < ($0.count, $1.item) }
    }
}
