// Which elements reach each other: what decides who can seal, in time that grows with the
// application and no faster.

/// The circles of a graph: the largest sets of nodes of which each reaches each other.
///
/// - Source: Tarjan, "Depth-first search and linear graph algorithms", 1972, without recursion:
///   a chain of thousands of workflows is as deep as it is long.
/// - Cost: one visit a node and an edge.
struct Circles {
    /// The nodes of each circle; a circle comes behind those that read it.
    private(set) var all: [[Int]] = []
    private var circles: [Int]
    private var isOwnReader: [Bool]

    /// Finds the circles of the graph in which node `n` is read by `readers[n]`.
    init(_ readers: [[Int]]) {
        let count = readers.count
        circles = Array(repeating: -1, count: count)
        isOwnReader = readers.indices.map { readers[$0].contains($0) }
        var numbers = Array(repeating: -1, count: count)
        /// The lowest number that a node and those found from it lead back to.
        var lowest = numbers
        var open: [Int] = []
        var path: [(node: Int, next: Int)] = []
        var visited = 0
        for root in 0..<count where numbers[root] < 0 {
            path.append((root, 0))
            while let (node, next) = path.last {
                if next == 0 {
                    numbers[node] = visited
                    lowest[node] = visited
                    visited += 1
                    open.append(node)
                }
                if next < readers[node].count {
                    path[path.count - 1].next += 1
                    let reader = readers[node][next]
                    if numbers[reader] < 0 {
                        path.append((reader, 0))
                    } else if circles[reader] < 0 {
                        lowest[node] = min(lowest[node], numbers[reader])
                    }
                    continue
                }
                path.removeLast()
                if let parent = path.last?.node {
                    lowest[parent] = min(lowest[parent], lowest[node])
                }
                if lowest[node] == numbers[node] { close(node, &open) }
            }
        }
    }

    /// All that is open behind a node is its circle.
    private mutating func close(_ node: Int, _ open: inout [Int]) {
        var members: [Int] = []
        repeat {
            circles[open[open.count - 1]] = all.count
            members.append(open.removeLast())
        } while members[members.count - 1] != node
        all.append(members)
    }

    /// The number of a node's circle.
    func circle(of node: Int) -> Int { circles[node] }

    /// Whether what a node gives comes back to it.
    func isOnCycle(_ node: Int) -> Bool {
        all[circles[node]].count > 1 || isOwnReader[node]
    }
}
