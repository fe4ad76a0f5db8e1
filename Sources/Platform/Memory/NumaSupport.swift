// Whether this process may place memory on NUMA nodes, and what stands in the way.
import CNuma
import Glibc

/// What the kernel and the container let this process do with NUMA, found out by trying.
///
/// Where it is refused everything works all the same with plain memory; `reasons` says so.
public struct NumaSupport: Sendable, Equatable, CustomStringConvertible {
    /// Memory can be bound to a node.
    public let canBind: Bool
    /// The kernel tells on which node a page lies.
    public let canLocate: Bool
    /// Nodes with memory that this process may use; empty without NUMA.
    public let nodes: [NodeID]
    /// Why something above is false, and what it costs; empty when all is there.
    public let reasons: [String]

    /// Asked once a process; refusals do not change while it runs.
    public static let current = probe()

    /// Whether placing memory makes a difference: it can be bound, to more than one node.
    public var isUseful: Bool { canBind && nodes.count > 1 }

    /// Lines for `portals topology`: what is there, then what is missing.
    public var description: String {
        let list = nodes.map(\.description).joined(separator: " ")
        var lines = [
            canBind
                ? "memory can be bound to \(list)"
                : "memory is not bound to nodes: plain mmap, placed by first touch"
        ]
        if canBind, nodes.count == 1 { lines[0] += " (one node: nothing to gain)" }
        lines += reasons.map { "missing: \($0)" }
        return lines.joined(separator: "\n")
    }

    /// Tries each call on a page of its own.
    static func probe() -> NumaSupport {
        // -1 where the kernel has no NUMA; libnuma 2.0.16 takes EPERM of a container for a yes, so
        // the call that it tries is made once more.
        guard numa_available() >= 0, get_mempolicy(nil, nil, 0, nil, 0) == 0 else {
            return NumaSupport(
                canBind: false, canLocate: false, nodes: [],
                reasons: [
                    "the kernel refuses get_mempolicy (\(nameOfSystemError(errno))): memory is"
                        + " placed by first touch, and nobody can tell where it lies; in a"
                        + " container allow the call (Docker: --cap-add SYS_NICE)"
                ])
        }
        var reasons: [String] = []
        let nodes = allowedNodes()
        let page = unsafe mmap(
            nil, pageByteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let page = unsafe page, unsafe page != MAP_FAILED else {
            return NumaSupport(
                canBind: false, canLocate: false, nodes: nodes,
                reasons: ["no page to try it on (\(nameOfSystemError(errno)))"])
        }
        defer { unsafe munmap(page, pageByteCount) }
        var bindError: Int32 = nodes.isEmpty ? ENODEV : 0
        if let node = nodes.first {
            bindError = unsafe NodePolicy.bind(page, byteCount: pageByteCount, to: node)
        }
        if bindError != 0 {
            reasons.append(
                "the kernel refuses mbind (\(nameOfSystemError(bindError))): memory is placed by"
                    + " first touch only, so it lies near its worker only if that worker touches"
                    + " it first; in a container allow the call (Docker: --cap-add SYS_NICE)")
        }
        unsafe page.storeBytes(of: 1, as: UInt8.self)
        let canLocate = unsafe NodePolicy.node(of: page) != nil
        if !canLocate {
            reasons.append(
                "the kernel refuses move_pages and get_mempolicy of an address: placement is not"
                    + " proven; in a container allow the calls (Docker: --cap-add SYS_NICE)")
        }
        return NumaSupport(
            canBind: bindError == 0, canLocate: canLocate, nodes: nodes, reasons: reasons)
    }

    private static func allowedNodes() -> [NodeID] {
        guard let mask = unsafe numa_get_mems_allowed() else { return [] }
        defer { unsafe numa_bitmask_free(mask) }
        let highest = Int(numa_max_node())
        guard highest >= 0 else { return [] }
        return (0...highest).filter { unsafe numa_bitmask_isbitset(mask, UInt32($0)) != 0 }
            .map(NodeID.init)
    }
}

/// The policy calls themselves; each tells its refusal.
enum NodePolicy {
    /// Nodes a mask names: the most that Linux can be built for (`CONFIG_NODES_SHIFT` 10).
    private static let nodeCapacity = 1_024

    /// Lets the pages of `[base, base + byteCount)` come from `node` only; 0 or an errno.
    ///
    /// `base` must be the start of a page of a mapping of the caller.
    static func bind(_ base: UnsafeMutableRawPointer, byteCount: Int, to node: NodeID) -> Int32 {
        guard (0..<nodeCapacity).contains(node.number) else { return EINVAL }
        var mask = [UInt](repeating: 0, count: nodeCapacity / UInt.bitWidth)
        mask[node.number / UInt.bitWidth] |= 1 << UInt(node.number % UInt.bitWidth)
        // The kernel reads one bit less than told (mbind(2), notes): hence + 1.
        let result = unsafe mbind(
            base, UInt(byteCount), MPOL_BIND, &mask, UInt(nodeCapacity + 1), 0)
        return result == 0 ? 0 : errno
    }

    /// The node that holds the page of `address`; nil when it has no page yet or nobody tells.
    static func node(of address: UnsafeRawPointer) -> NodeID? {
        // move_pages without targets only asks, get_mempolicy would bring the page in.
        let page = UInt(bitPattern: address) & ~UInt(pageByteCount - 1)
        var pages: [UnsafeMutableRawPointer?] = unsafe [UnsafeMutableRawPointer(bitPattern: page)]
        var status: [Int32] = [-1]
        if unsafe move_pages(0, 1, &pages, nil, &status, 0) == 0 {
            return status[0] >= 0 ? NodeID(Int(status[0])) : nil
        }
        return unsafe nodeByPolicy(of: address)
    }

    /// The same asked in the other way, which brings the page in.
    static func nodeByPolicy(of address: UnsafeRawPointer) -> NodeID? {
        var node: Int32 = -1
        let flags = UInt32(MPOL_F_NODE | MPOL_F_ADDR)
        let asked = unsafe UnsafeMutableRawPointer(mutating: address)
        let result = unsafe get_mempolicy(&node, nil, 0, asked, flags)
        return result == 0 && node >= 0 ? NodeID(Int(node)) : nil
    }
}
