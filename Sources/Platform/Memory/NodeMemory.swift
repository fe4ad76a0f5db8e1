// Memory of a NUMA node: mapped from the kernel, bound where that is allowed, freed by its owner.
import CNuma
import CPlatform
import Glibc

/// A mapping of whole pages, on one node if the kernel allows it.
///
/// - Ownership: the caller, until it calls `free`; copies are the same memory. Any thread may free.
@safe public struct NodeMemory: @unchecked Sendable {
    // Unchecked: the fields never change; who writes the memory is the owner's affair.

    /// Where the memory came to lie.
    public enum Placement: Equatable, Sendable {
        /// The kernel takes its pages from this node only.
        case bound(NodeID)
        /// Pages come from the node of the processor that touches them first.
        case firstTouch
        /// Asked for this node, but the kernel refused with `reason`; placed by first touch.
        case refused(NodeID, reason: String)
    }

    /// Whether the kernel is asked for pages of 2 MiB, which save misses of the address cache.
    public enum PageSize: Sendable {
        /// 4 KiB (on most machines): no memory is used before its page is touched.
        case small
        /// Huge pages where the kernel has them at hand: for rings, tables and chunks that are
        /// used over and over. The risk: 2 MiB are used as soon as one byte of them is touched.
        case huge
    }

    /// The first byte, zero until written; aligned to a page, to 2 MiB where `hasHugePages`.
    public let base: UnsafeMutableRawPointer
    /// A multiple of the page size, at least what was asked for.
    public let byteCount: Int
    /// What became of the wish for a node.
    public let placement: Placement
    /// Whether the kernel took the advice; it may still have no huge page free.
    public let hasHugePages: Bool

    /// The size of a huge page of x86 and of AArch64 with 4 KiB pages.
    static let hugePageByteCount = 2 << 20

    /// Maps at least `byteCount` bytes, on `node` if one is given.
    ///
    /// - Cost: three system calls, and a page fault for each page touched first; use it for what
    ///   lives long.
    /// - Errors: `memoryRefused` when there is none. A node that is refused is no error:
    ///   `placement` says it.
    public static func allocate(
        byteCount: Int, on node: NodeID? = nil, pages: PageSize = .small
    ) throws(PlatformError) -> NodeMemory {
        // Below one huge page the advice could not have an effect.
        let wantsHuge = pages == .huge && byteCount >= hugePageByteCount
        let unit = wantsHuge ? hugePageByteCount : pageByteCount
        let (sum, overflow) = max(byteCount, 1).addingReportingOverflow(unit - 1)
        let rounded = sum & ~(unit - 1)
        guard !overflow, let base = unsafe map(rounded, alignment: unit) else {
            throw PlatformError(
                .memoryRefused,
                "no \(byteCount) bytes; use smaller rings and tables, or raise the memory limit of"
                    + " the container or `ulimit -v`", systemError: overflow ? ENOMEM : errno)
        }
        var placement = Placement.firstTouch
        if let node {
            placement = unsafe bind(base, byteCount: rounded, to: node)
        }
        var advised = false
        if wantsHuge { advised = unsafe madvise(base, rounded, Int32(MADV_HUGEPAGE)) == 0 }
        return unsafe NodeMemory(
            base: base, byteCount: rounded, placement: placement, hasHugePages: advised)
    }

    /// Gives the memory back; nobody may touch it after that.
    public func free() {
        let result = unsafe munmap(base, byteCount)
        precondition(result == 0, "munmap of \(byteCount) bytes failed with \(errno); freed twice?")
    }

    /// Brings all pages in now, from the node of the calling thread unless the memory is bound.
    ///
    /// Do it on the worker that will use the memory, before measuring: a page fault costs 0.1 to
    /// 1 µs. Contents stay as they are.
    public func touch() {
        // A write, because a read would bring in the shared page of zeros. No other thread may use
        // the memory yet, so writing back what was read changes nothing.
        unsafe portals_touch(base, byteCount, pageByteCount)
    }

    /// The node that holds the page of `address`; nil when that page was never touched, or when
    /// the kernel does not tell.
    ///
    /// - Cost: a system call, about 1 µs.
    public static func node(of address: UnsafeRawPointer) -> NodeID? {
        guard numa_available() >= 0 else { return nil }
        return unsafe NodePolicy.node(of: address)
    }

    /// The same from get_mempolicy: a second witness; untouched pages lie where the zeros lie.
    public static func nodeByPolicy(of address: UnsafeRawPointer) -> NodeID? {
        guard numa_available() >= 0 else { return nil }
        return unsafe NodePolicy.nodeByPolicy(of: address)
    }

    /// How many pages of this memory lie on each node; untouched pages are left out.
    public func pageCounts() -> [NodeID: Int] {
        var counts: [NodeID: Int] = [:]
        for offset in stride(from: 0, to: byteCount, by: pageByteCount) {
            if let node = unsafe Self.node(of: base + offset) { counts[node, default: 0] += 1 }
        }
        return counts
    }

    private static func bind(
        _ base: UnsafeMutableRawPointer, byteCount: Int, to node: NodeID
    ) -> Placement {
        guard NumaSupport.current.canBind else {
            let reason = NumaSupport.current.reasons.first ?? "NUMA is not available"
            return .refused(node, reason: reason)
        }
        let refused = unsafe NodePolicy.bind(base, byteCount: byteCount, to: node)
        return refused == 0 ? .bound(node) : .refused(node, reason: nameOfSystemError(refused))
    }

    /// Maps `byteCount` bytes (a multiple of `alignment`); nil with errno when refused.
    private static func map(_ byteCount: Int, alignment: Int) -> UnsafeMutableRawPointer? {
        // More than needed, then both ends are given back: mmap itself aligns to pages only.
        let spare = alignment > pageByteCount ? alignment : 0
        let (total, overflow) = byteCount.addingReportingOverflow(spare)
        guard !overflow else { return nil }
        let mapped = unsafe mmap(
            nil, total, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let start = unsafe mapped, unsafe start != MAP_FAILED else { return nil }
        guard spare > 0 else { return unsafe start }
        let address = UInt(bitPattern: start)
        let before = Int((address + UInt(alignment - 1)) & ~UInt(alignment - 1)) - Int(address)
        if before > 0 { unsafe munmap(start, before) }
        if before < spare { unsafe munmap(start + before + byteCount, spare - before) }
        return unsafe start + before
    }
}
