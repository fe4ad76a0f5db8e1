// The exact judge: a sequential interpreter of the recorded order of steps. It is written apart
// from
// `Cart`, `Shelf` and `HandWritten`, on plain arrays, so that an error there is not repeated here.

/// A step of the cart workflow in the recorded order.
public enum CartStep: Sendable, Hashable {
    /// An atom of the operations' generator.
    case operations(atom: UInt64)
    /// The replies that the inventory's step of this number gave.
    case replies(inventoryStep: Int)
}

/// A step of the inventory workflow in the recorded order.
public enum InventoryStep: Sendable, Hashable {
    /// An atom of the restocks' generator.
    case restocks(atom: UInt64)
    /// The requests that the cart workflow's step of this number asked.
    case requests(cartStep: Int)
}

/// Why a recorded order cannot have happened.
public struct ImpossibleOrder: Error, Equatable, CustomStringConvertible {
    /// The first impossibility, in words, with the number of the step.
    public let description: String
}

extension Oracle {
    /// The only right answer of a run with this recorded order of steps.
    ///
    /// Within a step, partitions take turns: of an operations atom, partition *i* handles its
    /// users' operations in index order; of a request atom, partition *j* handles, for each asking
    /// partition in turn, the requests whose items are its own, in ask order; a reply atom returns
    /// to each asking partition, by replying partition and then in the order handled.
    ///
    /// - Parameters:
    ///   - partition: The partition of a key (user or item) among so many, as the run had it.
    ///   - cartSteps: All steps of the cart workflow, in order.
    ///   - inventorySteps: All steps of the inventory workflow, in order.
    /// - Throws: `ImpossibleOrder` where an atom is missing, comes twice, out of its stream's
    ///   order, or before the step that produced it.
    /// - Cost: about 100 ns an operation; memory for the asks in flight.
    public func replay(
        partitions: Int, partition: (_ key: UInt64, _ partitions: Int) -> Int,
        cartSteps: [CartStep], inventorySteps: [InventoryStep]
    ) throws(ImpossibleOrder) -> Answer {
        var world = ReplayedWorld(definition, partitions: partitions, partition: partition)
        var nextCart = 0
        var nextInventory = 0
        while true {
            let before = (nextCart, nextInventory)
            while nextCart < cartSteps.count,
                try world.run(cartSteps[nextCart], number: nextCart)
            {
                nextCart += 1
            }
            while nextInventory < inventorySteps.count,
                try world.run(inventorySteps[nextInventory], number: nextInventory)
            {
                nextInventory += 1
            }
            if before == (nextCart, nextInventory) { break }
        }
        if nextCart < cartSteps.count {
            throw ImpossibleOrder(
                description: "cart step \(nextCart), \(cartSteps[nextCart]), is before its cause")
        }
        if nextInventory < inventorySteps.count {
            throw ImpossibleOrder(
                description:
                    "inventory step \(nextInventory), \(inventorySteps[nextInventory]), is "
                    + "before its cause")
        }
        return try world.end()
    }

    /// The only right answer of the hand-written loop's order: one atom of restocks and one of
    /// operations in turn, each ask answered before the next operation.
    public func drained() -> Answer {
        var world = ReplayedWorld(definition, partitions: 1) { _, _ in 0 }
        for atom in 0..<max(definition.operationAtoms, definition.restockAtoms) {
            world.restock(atom)
            for index in definition.operationIndices(ofAtom: atom) {
                world.operate(index)
                while let ask = world.asks[0].popLast() {
                    let reply = world.reply(to: ask)
                    world.receive(reply, ask, on: 0)
                }
            }
            world.sinks[0].endAtom()
        }
        return world.answer()
    }
}

/// The state of the interpreter.
struct ReplayedWorld {
    /// A request with its asker.
    struct Ask {
        var kind: StockRequest.Kind
        var item: UInt32
        var user: UInt32
    }

    /// A reply with the ask that it answers.
    struct Reply {
        var reply: StockReply
        var ask: Ask
    }

    let definition: Definition
    let partitions: Int
    /// Partition by user and by item, looked up once: the closure may be slow.
    let userPartition: [Int]
    let itemPartition: [Int]

    var stock: [UInt32]
    var carts: [[UInt32]]
    var ordersByUser: [UInt32]
    var counts: [UInt32]
    var sinks: [OrderSink]
    var totals: Answer

    /// Asks of the step that runs, by asking partition; moved to `requests` at its end.
    var asks: [[Ask]]
    /// Request atoms not taken yet, by cart step; reply atoms not taken yet, by inventory step.
    var requests: [Int: [[Ask]]] = [:]
    var replies: [Int: [[Reply]]] = [:]
    var cartStepsRun = 0
    var inventoryStepsRun = 0
    var operationAtomsTaken: UInt64 = 0
    var restockAtomsTaken: UInt64 = 0
    var lastRequests = -1
    var lastReplies = -1

    init(_ definition: Definition, partitions: Int, partition: (UInt64, Int) -> Int) {
        self.definition = definition
        self.partitions = partitions
        userPartition = (0..<definition.users).map { partition(UInt64($0), partitions) }
        itemPartition = (0..<definition.items).map { partition(UInt64($0), partitions) }
        stock = Array(repeating: definition.initialStock, count: Int(definition.items))
        carts = Array(repeating: [], count: Int(definition.users))
        ordersByUser = Array(repeating: 0, count: Int(definition.users))
        counts = Array(repeating: 0, count: Int(definition.items))
        sinks = Array(repeating: OrderSink(), count: partitions)
        asks = Array(repeating: [], count: partitions)
        totals = Answer(definition)
    }
}
