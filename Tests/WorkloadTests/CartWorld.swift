// A run of the shopping cart on queues of atoms, in an order drawn at random: it uses the states
// and handlers of the application (`Cart`, `Shelf`, `TopItems`), which the replay does not.

import ShoppingCart

/// The queues and states of a run.
struct World {
    typealias Ask = (request: StockRequest, user: UInt32)
    typealias Reply = (reply: StockReply, ask: Ask)

    let definition: Definition
    let partitions: Int
    var carts: [Cart]
    var shelves: [Shelf]
    var counts: [UInt32]
    var top = TopItems()
    var sinks: [OrderSink]
    var cartSteps: [CartStep] = []
    var inventorySteps: [InventoryStep] = []
    /// Atoms under way with the step that made them, by asking partition.
    var requests: [(step: Int, parts: [[Ask]])] = []
    var replies: [(step: Int, parts: [[Reply]])] = []

    /// Runs to the end; `drained` empties the queues after each atom of operations.
    static func run(
        _ definition: Definition, partitions: Int, random: inout some RandomNumberGenerator,
        drained: Bool = false
    ) -> (cartSteps: [CartStep], inventorySteps: [InventoryStep], answer: Answer) {
        var world = World(definition, partitions: partitions)
        var (operationAtom, restockAtom): (UInt64, UInt64) = (0, 0)
        while true {
            var choices: [Int] = []
            if operationAtom < definition.operationAtoms { choices.append(0) }
            if restockAtom < definition.restockAtoms { choices.append(1) }
            if !world.requests.isEmpty { choices.append(2) }
            if !world.replies.isEmpty { choices.append(3) }
            guard var choice = choices.randomElement(using: &random) else { break }
            if drained {
                choice =
                    choices.first { $0 >= 2 }
                    ?? (choices.contains(1) && restockAtom <= operationAtom ? 1 : choices[0])
            }
            switch choice {
            case 0:
                world.takeOperations(operationAtom)
                operationAtom += 1
            case 1:
                world.takeRestocks(restockAtom)
                restockAtom += 1
            case 2: world.takeRequests()
            default: world.takeReplies()
            }
        }
        return (world.cartSteps, world.inventorySteps, world.answer())
    }

    init(_ definition: Definition, partitions: Int) {
        self.definition = definition
        self.partitions = partitions
        carts = Array(repeating: Cart(), count: Int(definition.users))
        shelves = Array(
            repeating: Shelf(stock: definition.initialStock), count: Int(definition.items))
        counts = Array(repeating: 0, count: Int(definition.items))
        sinks = Array(repeating: OrderSink(), count: partitions)
    }

    /// Partition by partition, as an engine works; the replay goes by index.
    mutating func takeOperations(_ atom: UInt64) {
        var asks = [[Ask]](repeating: [], count: partitions)
        for partition in 0..<partitions {
            for index in definition.operationIndices(ofAtom: atom) {
                let operation = definition.operationGenerator.event(at: index)
                if ReplayTests.partition(UInt64(operation.user), partitions) != partition {
                    continue
                }
                let user = Int(operation.user)
                switch operation.kind {
                case .add:
                    asks[partition].append(
                        (StockRequest(.take, item: operation.item), operation.user))
                case .remove:
                    if carts[user].remove(operation.item, mode: definition.mode) {
                        asks[partition].append(
                            (StockRequest(.put, item: operation.item), operation.user))
                    }
                case .checkOut:
                    carts[user].checkOut(user: operation.user) { order in
                        sinks[partition].take(order)
                        for place in 0..<Int(order.count) {
                            let item = order.items[place]
                            counts[Int(item)] += 1
                            top.take(ItemCount(item: item, count: counts[Int(item)]))
                        }
                    }
                }
            }
            sinks[partition].endAtom()
        }
        publish(asks)
        cartSteps.append(.operations(atom: atom))
    }

    mutating func takeReplies() {
        let atom = replies.removeFirst()
        var asks = [[Ask]](repeating: [], count: partitions)
        for partition in 0..<partitions {
            for (reply, ask) in atom.parts[partition] {
                let item = ask.request.item
                let mustPut = carts[Int(ask.user)].receive(
                    reply, item: item, itemsMax: definition.cartItemsMax)
                if mustPut { asks[partition].append((StockRequest(.put, item: item), ask.user)) }
            }
        }
        publish(asks)
        cartSteps.append(.replies(inventoryStep: atom.step))
    }

    private mutating func publish(_ asks: [[Ask]]) {
        if asks.allSatisfy(\.isEmpty) { return }
        requests.append((cartSteps.count, asks))
    }

    mutating func takeRestocks(_ atom: UInt64) {
        for index in definition.restockIndices(ofAtom: atom) {
            shelves[Int(definition.restockGenerator.event(at: index).item)].restock()
        }
        inventorySteps.append(.restocks(atom: atom))
    }

    mutating func takeRequests() {
        let atom = requests.removeFirst()
        var answers = [[Reply]](repeating: [], count: partitions)
        for replier in 0..<partitions {
            for (asker, part) in atom.parts.enumerated() {
                for ask in part {
                    let item = ask.request.item
                    if ReplayTests.partition(UInt64(item), partitions) != replier { continue }
                    let reply = shelves[Int(item)].answer(ask.request.kind)
                    answers[asker].append((reply, ask))
                }
            }
        }
        replies.append((inventorySteps.count, answers))
        inventorySteps.append(.requests(cartStep: atom.step))
    }

    func answer() -> Answer {
        var answer = Answer(definition)
        for (user, cart) in carts.enumerated() { answer.add(cart, user: UInt32(user)) }
        for (item, shelf) in shelves.enumerated() { answer.add(shelf, item: UInt32(item)) }
        for (item, count) in counts.enumerated() {
            answer.add(ItemCount(item: UInt32(item), count: count))
        }
        for sink in sinks { answer.add(sink) }
        answer.topItems = top.ranked
        return answer
    }
}
