// The steps of the interpreter: what each kind of atom does, and the rules of the order it may come
// in.

extension ReplayedWorld {
    /// Runs a step of the cart workflow; false when the replies that it takes are not there yet.
    mutating func run(_ step: CartStep, number: Int) throws(ImpossibleOrder) -> Bool {
        switch step {
        case .operations(let atom):
            guard atom == operationAtomsTaken, atom < definition.operationAtoms else {
                throw ImpossibleOrder(
                    description: "cart step \(number) takes operations atom \(atom), but "
                        + "\(operationAtomsTaken) of \(definition.operationAtoms) is next")
            }
            operationAtomsTaken += 1
            // One pass in index order serves every partition: an operation touches its user's
            // partition only.
            for index in definition.operationIndices(ofAtom: atom) { operate(index) }
        case .replies(let source):
            if source >= inventoryStepsRun { return false }
            guard source > lastReplies, let atom = replies.removeValue(forKey: source) else {
                throw ImpossibleOrder(
                    description:
                        "cart step \(number) takes the replies of inventory step \(source), "
                        + "which gave none, or were taken before, or after later ones")
            }
            lastReplies = source
            for partition in 0..<partitions {
                for reply in atom[partition] { receive(reply.reply, reply.ask, on: partition) }
            }
        }
        if asks.contains(where: { !$0.isEmpty }) {
            requests[number] = asks
            for partition in 0..<partitions { asks[partition] = [] }
        }
        for partition in 0..<partitions { sinks[partition].endAtom() }
        cartStepsRun = number + 1
        return true
    }

    /// Runs a step of the inventory workflow; false when the requests it takes are not there yet.
    mutating func run(_ step: InventoryStep, number: Int) throws(ImpossibleOrder) -> Bool {
        switch step {
        case .restocks(let atom):
            guard atom == restockAtomsTaken, atom < definition.restockAtoms else {
                throw ImpossibleOrder(
                    description: "inventory step \(number) takes restocks atom \(atom), but "
                        + "\(restockAtomsTaken) of \(definition.restockAtoms) is next")
            }
            restockAtomsTaken += 1
            restock(atom)
        case .requests(let source):
            if source >= cartStepsRun { return false }
            guard source > lastRequests, let atom = requests.removeValue(forKey: source) else {
                throw ImpossibleOrder(
                    description:
                        "inventory step \(number) takes the requests of cart step \(source), "
                        + "which asked none, or were taken before, or after later ones")
            }
            lastRequests = source
            var answers = [[Reply]](repeating: [], count: partitions)
            for replier in 0..<partitions {
                for asker in 0..<partitions {
                    for ask in atom[asker] where itemPartition[Int(ask.item)] == replier {
                        answers[asker].append(Reply(reply: reply(to: ask), ask: ask))
                    }
                }
            }
            replies[number] = answers
        }
        inventoryStepsRun = number + 1
        return true
    }

    /// The answer, once every source atom was taken and every ask and reply arrived.
    func end() throws(ImpossibleOrder) -> Answer {
        if operationAtomsTaken != definition.operationAtoms {
            throw ImpossibleOrder(
                description: "the cart took \(operationAtomsTaken) operations atoms of "
                    + "\(definition.operationAtoms)")
        }
        if restockAtomsTaken != definition.restockAtoms {
            throw ImpossibleOrder(
                description: "the inventory took \(restockAtomsTaken) restocks atoms of "
                    + "\(definition.restockAtoms)")
        }
        if let step = requests.keys.min() {
            throw ImpossibleOrder(description: "the requests of cart step \(step) were never taken")
        }
        if let step = replies.keys.min() {
            throw ImpossibleOrder(
                description: "the replies of inventory step \(step) were never taken")
        }
        return answer()
    }

    /// Handles the operation at an index; its asks go to the user's partition's list.
    mutating func operate(_ index: UInt64) {
        let operation = definition.operationGenerator.event(at: index)
        let user = Int(operation.user)
        let partition = userPartition[user]
        switch operation.kind {
        case .add:
            asks[partition].append(Ask(kind: .take, item: operation.item, user: operation.user))
        case .remove:
            if definition.mode == .conserving {
                guard let place = carts[user].firstIndex(of: operation.item) else {
                    totals.missingRemoves += 1
                    return
                }
                carts[user].swapAt(place, carts[user].count - 1)
                carts[user].removeLast()
            }
            asks[partition].append(Ask(kind: .put, item: operation.item, user: operation.user))
        case .checkOut:
            if carts[user].isEmpty {
                totals.emptyCheckouts += 1
                return
            }
            emitOrder(of: operation.user, on: partition)
        }
    }

    private mutating func emitOrder(of user: UInt32, on partition: Int) {
        var rest = carts[Int(user)][...]
        while !rest.isEmpty {
            let part = rest.prefix(5)
            rest = rest.dropFirst(5)
            var order = Order(user: user, number: ordersByUser[Int(user)])
            order.count = UInt8(part.count)
            order.continues = !rest.isEmpty
            for (place, item) in part.enumerated() {
                order.items[place] = item
                counts[Int(item)] += 1
            }
            sinks[partition].take(order)
        }
        ordersByUser[Int(user)] += 1
        carts[Int(user)].removeAll(keepingCapacity: true)
    }

    /// Handles the deliveries of an atom.
    mutating func restock(_ atom: UInt64) {
        let generator = definition.restockGenerator
        for index in definition.restockIndices(ofAtom: atom) {
            stock[Int(generator.event(at: index).item)] += 1
        }
    }

    /// Handles a request.
    mutating func reply(to ask: Ask) -> StockReply {
        let item = Int(ask.item)
        switch ask.kind {
        case .put:
            stock[item] += 1
            totals.given.returned += 1
            return .returned
        case .take where stock[item] > 0:
            stock[item] -= 1
            totals.given.granted += 1
            return .granted
        case .take:
            totals.given.refused += 1
            return .refused
        }
    }

    /// Handles a reply on the asking partition; a full cart asks again.
    mutating func receive(_ reply: StockReply, _ ask: Ask, on partition: Int) {
        switch reply {
        case .granted:
            totals.received.granted += 1
            if carts[Int(ask.user)].count < definition.cartItemsMax {
                carts[Int(ask.user)].append(ask.item)
            } else {
                totals.fullReturns += 1
                asks[partition].append(Ask(kind: .put, item: ask.item, user: ask.user))
            }
        case .refused: totals.received.refused += 1
        case .returned: totals.received.returned += 1
        }
    }

    /// The state as an answer.
    func answer() -> Answer {
        var answer = totals
        answer.stock = stock
        answer.carts = carts
        answer.itemCounts = counts
        answer.topItems = Oracle.topItems(counts)
        answer.ordersOfCarts = ordersByUser.reduce(0) { $0 + UInt64($1) }
        for sink in sinks { answer.add(sink) }
        return answer
    }
}
