// The judge of a run of the shopping cart: what must hold whatever order the run's steps had.

/// Checks answers: by what no order of steps can change (`check`), and exactly, by replaying the
/// recorded order (`replay`) or the hand-written loop's order (`drained`).
public struct Oracle: Sendable {
    /// The run that is judged.
    public let definition: Definition

    /// Makes the oracle of a run.
    public init(_ definition: Definition) { self.definition = definition }

    /// Nil when the answer keeps every rule that holds for all orders of steps, else the first
    /// broken one in words.
    ///
    /// The rules: every ask got exactly one reply, which its asker received; orders are check-outs
    /// of carts that were not empty; and for each item, initial stock + restocks + what removes
    /// returned is what is in stock, in carts and in orders. The last is exact in both modes: in
    /// conserving mode a returned unit was in a cart before, so returns cancel; in faithful mode
    /// each remove makes a unit.
    ///
    /// Cost: one pass over both generators, about 3 ns an event.
    public func check(_ answer: Answer) -> String? {
        let items = Int(definition.items)
        guard
            answer.stock.count == items, answer.itemCounts.count == items,
            answer.carts.count == Int(definition.users)
        else {
            return "the answer has \(answer.stock.count) stocks, \(answer.itemCounts.count) item "
                + "counts and \(answer.carts.count) carts, expected \(items), \(items) and "
                + "\(definition.users)"
        }
        let (supply, adds, removes, checkouts) = input()
        return brokenReplyRule(answer, adds: adds, removes: removes)
            ?? brokenOrderRule(answer, checkouts: checkouts)
            ?? brokenConservation(answer, supply: supply)
    }

    /// What the generators bring: units by item (with those that faithful removes make), and how
    /// many operations there are of each kind.
    private func input() -> (supply: [Int], adds: UInt64, removes: UInt64, checkouts: UInt64) {
        var supply = [Int](repeating: Int(definition.initialStock), count: Int(definition.items))
        var (adds, removes, checkouts): (UInt64, UInt64, UInt64) = (0, 0, 0)
        let restocks = definition.restockGenerator
        for index in 0..<definition.restocks { supply[Int(restocks.event(at: index).item)] += 1 }
        let operations = definition.operationGenerator
        for index in 0..<definition.operations {
            let operation = operations.event(at: index)
            switch operation.kind {
            case .add: adds += 1
            case .remove:
                removes += 1
                if definition.mode == .faithful { supply[Int(operation.item)] += 1 }
            case .checkOut: checkouts += 1
            }
        }
        return (supply, adds, removes, checkouts)
    }

    private func brokenReplyRule(_ answer: Answer, adds: UInt64, removes: UInt64) -> String? {
        if answer.given != answer.received {
            return "the inventory gave \(answer.given), but the carts received \(answer.received)"
        }
        let takes = answer.given.granted + answer.given.refused
        if takes != adds {
            return "\(adds) adds asked for a unit, but \(takes) were granted or refused"
        }
        let missing = answer.missingRemoves
        if definition.mode == .faithful, missing != 0 {
            return "\(missing) removes found nothing in a cart, but faithful mode does not look"
        }
        let puts = removes + answer.fullReturns
        if answer.given.returned + missing != puts {
            return
                "\(removes) removes, \(missing) of them of nothing, and \(answer.fullReturns) full "
                + "carts ask for \(puts - min(missing, puts)) puts, but \(answer.given.returned) "
                + "were confirmed"
        }
        return nil
    }

    private func brokenOrderRule(_ answer: Answer, checkouts: UInt64) -> String? {
        if answer.orders + answer.emptyCheckouts != checkouts {
            return "\(checkouts) check-outs gave \(answer.orders) orders and "
                + "\(answer.emptyCheckouts) were of empty carts"
        }
        if answer.ordersOfCarts != answer.orders {
            return "the carts sent \(answer.ordersOfCarts) orders, the sink received "
                + "\(answer.orders)"
        }
        let counted = answer.itemCounts.reduce(0) { $0 + UInt64($1) }
        if counted != answer.orderedItems {
            return "the orders hold \(answer.orderedItems) items, analytics counted \(counted)"
        }
        let top = Self.topItems(answer.itemCounts)
        if answer.topItems != top {
            return "the top items are \(answer.topItems), but by the counts they are \(top)"
        }
        for (user, cart) in answer.carts.enumerated() where cart.count > definition.cartItemsMax {
            return "the cart of user \(user) holds \(cart.count) items, more than "
                + "\(definition.cartItemsMax)"
        }
        return nil
    }

    private func brokenConservation(_ answer: Answer, supply: [Int]) -> String? {
        var inCarts = [Int](repeating: 0, count: supply.count)
        for (user, cart) in answer.carts.enumerated() {
            for item in cart {
                if item >= definition.items { return "the cart of user \(user) holds item \(item)" }
                inCarts[Int(item)] += 1
            }
        }
        for item in supply.indices {
            let stock = Int(answer.stock[item])
            let ordered = Int(answer.itemCounts[item])
            if stock + inCarts[item] + ordered != supply[item] {
                return
                    "item \(item): \(stock) in stock, \(inCarts[item]) in carts and \(ordered) in "
                    + "orders, but \(supply[item]) came in"
            }
        }
        return nil
    }

    /// The items ordered most, from all counts: what `TopItems` must have kept.
    static func topItems(_ counts: [UInt32]) -> [ItemCount] {
        let ordered = counts.enumerated().filter { $0.element > 0 }
            .map { ItemCount(item: UInt32($0.offset), count: $0.element) }
            .sorted { $0.count == $1.count ? $0.item < $1.item : $0.count > $1.count }
        return Array(ordered.prefix(TopItems.capacity))
    }
}
