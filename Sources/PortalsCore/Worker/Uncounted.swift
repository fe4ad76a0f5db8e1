// What a step looks at, in raw memory: references that are not counted, and plain values at a fixed
// address. Counting a reference costs 5 ns, and a step passes some fifty of them.

/// A reference to an object that somebody else keeps.
///
/// - Ownership: does not count; the object must outlive its use. All that steps look at is kept by
///   the directory, the plan or the partition until the engine ends.
/// - Cost: the closure is inlined and its argument is not counted, where the optimiser does not see
///   through `unowned(unsafe)` and counts.
@safe
struct Uncounted<Object: AnyObject>: BitwiseCopyable {
    private let address: UnsafeRawPointer

    @inline(__always)
    init(_ object: Object) {
        unsafe address = unsafe UnsafeRawPointer(Unmanaged.passUnretained(object).toOpaque())
    }

    /// Calls a closure with the object.
    @inline(__always)
    func with<Result>(_ body: (Object) -> Result) -> Result {
        unsafe Unmanaged<Object>.fromOpaque(address)._withUnsafeGuaranteedRef(body)
    }
}

/// Plain values in a row that grows only while nothing runs: no count, no uniqueness test, and no
/// test of bounds, because indices come of the plan.
@safe
struct Row<Element: BitwiseCopyable>: ~Copyable {
    private var slots: UnsafeMutablePointer<Element>
    private var capacity = 0
    private(set) var count = 0

    init() { unsafe slots = .allocate(capacity: 0) }

    deinit { unsafe slots.deallocate() }

    subscript(index: Int) -> Element {
        @inline(__always) get {
            assert(index >= 0 && index < count)
            return unsafe slots[index]
        }
        @inline(__always) nonmutating set {
            assert(index >= 0 && index < count)
            unsafe slots[index] = newValue
        }
    }

    /// Where the values lie until the next one is appended.
    var address: UnsafePointer<Element> { unsafe UnsafePointer(slots) }

    mutating func append(_ element: Element) {
        if count == capacity {
            capacity = max(8, capacity * 2)
            let larger = UnsafeMutablePointer<Element>.allocate(capacity: capacity)
            unsafe larger.initialize(from: slots, count: count)
            unsafe slots.deallocate()
            unsafe slots = unsafe larger
        }
        unsafe (slots + count).initialize(to: element)
        count += 1
    }

    mutating func removeAll() { count = 0 }

    /// Becomes so many copies of a value.
    mutating func fill(_ element: Element, count: Int) {
        removeAll()
        for _ in 0..<count { append(element) }
    }
}
