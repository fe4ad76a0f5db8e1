// Where rings, tables and chunks get their memory: the driver says, so that the core knows no
// operating system and a worker's memory can lie on its NUMA node.

/// Raw memory given and taken back by the driver.
///
/// - Ownership: memory belongs to the caller until it is handed back with the same byte count.
/// - Cost: called when structures grow, never per event or per atom in steady state.
@safe public struct MemorySource: Sendable {
    /// Returns `byteCount` bytes aligned to `alignment` (a power of two); never fails.
    public let allocate: @Sendable (_ byteCount: Int, _ alignment: Int) -> UnsafeMutableRawPointer
    /// Takes back what `allocate` returned, with the same byte count.
    public let deallocate: @Sendable (_ memory: UnsafeMutableRawPointer, _ byteCount: Int) -> Void

    /// Memory from the two closures, which must be each other's inverse.
    public init(
        allocate: @escaping @Sendable (Int, Int) -> UnsafeMutableRawPointer,
        deallocate: @escaping @Sendable (UnsafeMutableRawPointer, Int) -> Void
    ) {
        unsafe self.allocate = allocate
        unsafe self.deallocate = deallocate
    }

    /// The allocator of the process.
    public static let heap = unsafe MemorySource(
        allocate: { .allocate(byteCount: $0, alignment: $1) },
        deallocate: { memory, _ in unsafe memory.deallocate() })
}
