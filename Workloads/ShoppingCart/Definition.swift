// What the shopping cart asks, its parameters, and where it departs from the published program.

/// What a `remove` does; see `Definition` for what the published program does.
@frozen
public enum Mode: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    /// As published: a remove puts a unit into the inventory whatever the cart holds, and leaves
    /// the cart as it is. Units are made from nothing.
    case faithful
    /// A remove takes the item out of the cart, and only what was there goes back to the inventory.
    case conserving
}

/// The workload: carts that reserve items from an inventory through a portal, orders, top items.
///
/// ```
/// operations ─► cart (by user) ──orders──► analytics (by item) ─► top items (one key)
///                 │    ▲
///            take/put  granted/refused/returned          portal "inventory"
///                 ▼    │
/// restocks ──► inventory (by item)
/// ```
/// - Question: how many cart operations a second, when two of three must ask another workflow and
///   act on its reply under the right key, in the recorded order, exactly once?
/// - Stresses: the request/reply cycle, continuations, keyed state of some size, the exchange by
///   two different keys.
/// - Source: the shopping cart of the Portals authors (portals-project/portals,
///   `portals-examples/.../shoppingcart`): 128 users, 1,024 items, 131,072 operations drawn
///   uniformly from add, remove and check out, as many restocks of uniform items, atoms of 5.
/// - Departures, in both modes: the generators are seeded and not throttled; a check-out of an
///   empty cart emits no order (the original emits an empty one); a cart holds at most
///   `cartItemsMax` items, and a unit granted to a full cart is put back at once; a long order
///   travels as several events. In `faithful` mode nothing else differs. `conserving` mode mends
///   the original's remove (see `Mode`).
public struct Definition: Sendable, Hashable {
    /// What a remove does.
    public var mode: Mode
    /// Operations on carts in all.
    public var operations: UInt64
    /// Units put into the inventory by its own generator, in all.
    public var restocks: UInt64
    /// Users, drawn uniformly; user ids are `0 ..< users`.
    public var users: UInt32
    /// Items, drawn uniformly; item ids are `0 ..< items`.
    public var items: UInt32
    /// Events an atom of either generator, at least 1.
    public var atomSize: UInt64
    /// Units of each item in stock before the first event.
    public var initialStock: UInt32
    /// Items that a cart can hold, at most `Cart.capacity`.
    public var cartItemsMax: UInt32
    /// Seed of both generators; each draws a sequence of its own from it.
    public var seed: UInt64

    /// Describes a run; the defaults are the published ones.
    public init(
        mode: Mode = .conserving, operations: UInt64 = 131_072, restocks: UInt64 = 131_072,
        users: UInt32 = 128, items: UInt32 = 1_024, atomSize: UInt64 = 5,
        initialStock: UInt32 = 0, cartItemsMax: UInt32 = UInt32(Cart.capacity), seed: UInt64 = 1
    ) {
        self.mode = mode
        self.operations = operations
        self.restocks = restocks
        self.users = users
        self.items = items
        self.atomSize = atomSize
        self.initialStock = initialStock
        self.cartItemsMax = cartItemsMax
        self.seed = seed
    }

    /// The generator of this run's cart operations.
    public var operationGenerator: OperationGenerator {
        OperationGenerator(seed: seed, users: users, items: items)
    }

    /// The generator of this run's restocks.
    public var restockGenerator: RestockGenerator {
        RestockGenerator(seed: seed, items: items)
    }

    /// Atoms of the operations' generator; the last one may be short.
    public var operationAtoms: UInt64 { (operations + atomSize - 1) / atomSize }

    /// Atoms of the restocks' generator; the last one may be short.
    public var restockAtoms: UInt64 { (restocks + atomSize - 1) / atomSize }

    /// The indices of the operations of an atom.
    public func operationIndices(ofAtom atom: UInt64) -> Range<UInt64> {
        Swift.min(atom * atomSize, operations)..<Swift.min((atom + 1) * atomSize, operations)
    }

    /// The indices of the restocks of an atom.
    public func restockIndices(ofAtom atom: UInt64) -> Range<UInt64> {
        Swift.min(atom * atomSize, restocks)..<Swift.min((atom + 1) * atomSize, restocks)
    }

    /// What is wrong with the parameters, all of it, each with its cure; empty when they can run.
    public var faults: [String] {
        var faults: [String] = []
        if users == 0 { faults.append("shopping-cart: users is 0; give at least 1") }
        if items == 0 { faults.append("shopping-cart: items is 0; give at least 1") }
        if atomSize == 0 { faults.append("shopping-cart: atomSize is 0; give at least 1") }
        if cartItemsMax == 0 || cartItemsMax > UInt32(Cart.capacity) {
            faults.append(
                "shopping-cart: cartItemsMax is \(cartItemsMax); give 1 to \(Cart.capacity)")
        }
        return faults
    }
}
