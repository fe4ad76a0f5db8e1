// The shopping cart's hand-written loop and its rules: right answers pass, each broken rule is
// named.

import ShoppingCart
import Testing

@Suite("shopping cart")
struct ShoppingCartTests {
    /// A world small enough that stock runs out, carts overflow and orders take several parts.
    static func tiny(
        _ mode: Mode, seed: UInt64 = 1, cartItemsMax: UInt32 = 12, restocks: UInt64 = 1_500
    ) -> Definition {
        Definition(
            mode: mode, operations: 2_000, restocks: restocks, users: 3, items: 5, atomSize: 7,
            initialStock: 2, cartItemsMax: cartItemsMax, seed: seed)
    }

    @Test("the hand-written loop gives the oracle's answer", arguments: Mode.allCases)
    func handWritten(mode: Mode) {
        for seed: UInt64 in 1...20 {
            for cartItemsMax: UInt32 in [1, 3, 12] {
                for restocks: UInt64 in [0, 500, 4_000] {
                    let definition = Self.tiny(
                        mode, seed: seed, cartItemsMax: cartItemsMax, restocks: restocks)
                    let oracle = Oracle(definition)
                    let answer = HandWritten.run(definition)
                    #expect(answer.difference(from: oracle.drained()) == nil)
                    #expect(oracle.check(answer) == nil)
                }
            }
        }
    }

    @Test("the published run comes out right in both modes", arguments: Mode.allCases)
    func published(mode: Mode) {
        let definition = Definition(mode: mode)
        let answer = HandWritten.run(definition)
        #expect(answer.difference(from: Oracle(definition).drained()) == nil)
        #expect(Oracle(definition).check(answer) == nil)
        #expect(answer.fullReturns == 0)
        #expect(answer.topItems.count == 100)
        #expect(answer.orders > 20_000)
    }

    @Test("modes differ: faithful makes units from nothing, conserving does not")
    func modes() {
        let faithful = HandWritten.run(Self.tiny(.faithful))
        let conserving = HandWritten.run(Self.tiny(.conserving))
        func units(_ answer: Answer) -> Int {
            answer.stock.reduce(0) { $0 + Int($1) } + answer.carts.reduce(0) { $0 + $1.count }
                + Int(answer.orderedItems)
        }
        let supply = 5 * 2 + 1_500
        #expect(units(conserving) == supply)
        #expect(units(faithful) > supply)
        #expect(faithful.missingRemoves == 0)
        #expect(conserving.missingRemoves > 0)
        #expect(Oracle(Self.tiny(.conserving)).check(faithful) != nil)
        #expect(Oracle(Self.tiny(.faithful)).check(conserving) != nil)
    }

    @Test("each broken rule is named")
    func brokenRules() {
        let definition = Self.tiny(.conserving)
        let oracle = Oracle(definition)
        let right = HandWritten.run(definition)
        func verdict(_ damage: (inout Answer) -> Void) -> String {
            var answer = right
            damage(&answer)
            return oracle.check(answer) ?? "passed"
        }
        #expect(verdict { _ in } == "passed")
        #expect(verdict { $0.stock[2] += 1 }.contains("item 2:"))
        #expect(verdict { $0.carts[0].append(3) }.contains("item 3:"))
        #expect(verdict { $0.carts[0].append(9) }.contains("cart of user 0 holds item 9"))
        #expect(verdict { $0.carts[1] = Array(repeating: 0, count: 13) }.contains("13 items"))
        #expect(verdict { $0.itemCounts[1] += 1 }.contains("analytics counted"))
        #expect(verdict { $0.topItems.swapAt(0, 1) }.contains("top items"))
        #expect(verdict { $0.orders -= 1 }.contains("check-outs gave"))
        #expect(verdict { $0.emptyCheckouts += 1 }.contains("check-outs gave"))
        #expect(verdict { $0.ordersOfCarts += 1 }.contains("the carts sent"))
        #expect(verdict { $0.received.granted -= 1 }.contains("the carts received"))
        #expect(
            verdict {
                $0.received.refused += 1
                $0.given.refused += 1
            }.contains("granted or refused"))
        #expect(
            verdict {
                $0.received.returned += 1
                $0.given.returned += 1
            }.contains("were confirmed"))
        #expect(verdict { $0.missingRemoves += 1 }.contains("were confirmed"))
        #expect(verdict { $0.stock.removeLast() }.contains("expected 5"))
    }

    @Test("a full cart refuses a granted unit and asks to put it back")
    func fullCart() {
        var cart = Cart()
        let first = cart.receive(.granted, item: 4, itemsMax: 1)
        let second = cart.receive(.granted, item: 5, itemsMax: 1)
        #expect(!first)
        #expect(second)
        #expect(cart.count == 1)
        #expect(cart.fullReturns == 1)
        #expect(MemoryLayout<Cart>.size == 256)
    }

    @Test("an order of 12 items travels as parts of 5, 5 and 2 with one number")
    func longOrder() {
        var cart = Cart()
        for item: UInt32 in 1...12 { _ = cart.receive(.granted, item: item, itemsMax: 56) }
        var parts: [Order] = []
        cart.checkOut(user: 8) { parts.append($0) }
        #expect(parts.map(\.count) == [5, 5, 2])
        #expect(parts.map(\.continues) == [true, true, false])
        #expect(parts.allSatisfy { $0.user == 8 && $0.number == 0 })
        #expect(parts[2].items[1] == 12)
        #expect(cart.count == 0)
        cart.checkOut(user: 8) { parts.append($0) }
        #expect(parts.count == 3)
        #expect(cart.emptyCheckouts == 1)
        #expect(cart.orders == 1)
        #expect(MemoryLayout<Order>.size == 32)
    }

    @Test("a faithful remove leaves the cart alone, a conserving one takes the item out once")
    func remove() {
        var cart = Cart()
        for item: UInt32 in [4, 5, 4] { _ = cart.receive(.granted, item: item, itemsMax: 56) }
        let faithfulAsks = cart.remove(9, mode: .faithful)
        #expect(faithfulAsks)
        #expect(cart.count == 3)
        let conservingAsks = cart.remove(9, mode: .conserving)
        #expect(!conservingAsks)
        #expect(cart.missingRemoves == 1)
        let removals = [4, 4, 4].map { cart.remove($0, mode: .conserving) }
        #expect(removals == [true, true, false])
        #expect(cart.count == 1)
        #expect(cart.items[0] == 5)
    }

    @Test("the top items are those of a sort, at every moment")
    func topItems() {
        var top = TopItems()
        var counts: [UInt32: UInt32] = [:]
        let generator = RestockGenerator(seed: 9, items: 150)
        for index: UInt64 in 0..<5_000 {
            let item = generator.event(at: index).item
            counts[item, default: 0] += 1
            top.take(ItemCount(item: item, count: counts[item]!))
            if index % 10 != 0 { continue }
            let sorted = counts.map { ItemCount(item: $0.key, count: $0.value) }
                .sorted { $0.count == $1.count ? $0.item < $1.item : $0.count > $1.count }
            #expect(top.ranked == Array(sorted.prefix(100)))
        }
    }

    @Test("the digest sees each field, the order of events, and where atoms end")
    func digest() {
        func order(
            _ user: UInt32, _ number: UInt32, _ items: [UInt32], _ more: Bool = false
        )
            -> Order
        {
            var order = Order(user: user, number: number)
            for (place, item) in items.enumerated() { order.items[place] = item }
            order.count = UInt8(items.count)
            order.continues = more
            return order
        }
        func digest(_ atoms: [[Order]]) -> UInt64 {
            var sink = OrderSink()
            for atom in atoms {
                for order in atom { sink.take(order) }
                sink.endAtom()
            }
            return sink.digest
        }
        let (a, b) = (order(1, 2, [3, 4]), order(2, 2, [5]))
        let variants: [[[Order]]] = [
            [], [[a, b]], [[b, a]], [[a], [b]], [[b], [a]], [[a]], [[a, b, b]],
            [[order(2, 2, [3, 4]), b]], [[order(1, 3, [3, 4]), b]], [[order(1, 2, [4, 3]), b]],
            [[order(1, 2, [3, 4], true), b]], [[order(1, 2, [3, 4, 0]), b]],
            [[order(1, 2, [3]), b]],
        ]
        #expect(Set(variants.map(digest)).count == variants.count)
        #expect(digest([[], [a, b], []]) == digest([[a, b]]))
    }
}
