// Folded stacks as a tree, and the tree as rectangles: what a flame graph draws.

/// A function as it was called, with all that it called.
public struct FlameTree: Sendable {
    /// One frame of the graph.
    struct Frame: Sendable {
        var name: String
        /// Rows from the bottom; the root is 0.
        var depth: Int
        /// Where it begins and how wide it is, as shares of the whole.
        var start: Double
        var width: Double
        var weight: UInt64
        var stage: Stage
        /// Change of the weight for each event, against the other profile; nil in a plain graph.
        var change: Double?
        /// What one event had of it in the profile before.
        var before: Double?
    }

    /// All frames, callers before those they call.
    let frames: [Frame]
    /// Rows in all.
    let depth: Int
    /// Frames that were too narrow to be drawn.
    let omitted: Int

    /// Narrower frames are left out: of a screen of 2,000 points they had a fifth of a point.
    static let widthMin = 0.0001

    private final class Node {
        var weight: UInt64 = 0
        var before = 0.0
        var children: [String: Node] = [:]

        func child(_ name: String) -> Node {
            if let node = children[name] { return node }
            let node = Node()
            children[name] = node
            return node
        }
    }

    /// Lays the stacks out; siblings stand in the order of their names, so that two graphs can be
    /// held side by side.
    ///
    /// - Parameter changes: of each stack, what one event has of it now and had before.
    init(_ stacks: FoldedStacks, changes: [[String]: (after: Double, before: Double)]? = nil) {
        let root = Node()
        for (stack, weight) in stacks.weights {
            var node = root
            node.weight += weight
            for name in stack {
                node = node.child(name)
                node.weight += weight
            }
        }
        var scale = 0.0
        if let changes {
            // Also what has vanished: it has no width, but its callers must know.
            for (stack, change) in changes {
                root.before += change.before
                var node: Node? = root
                for name in stack {
                    node = node?.children[name]
                    node?.before += change.before
                }
            }
            let after = changes.values.reduce(0) { $0 + $1.after }
            scale = root.weight == 0 ? 0 : after / Double(root.weight)
        }
        var frames: [Frame] = []
        var deepest = 0
        var omitted = 0
        let total = Double(max(root.weight, 1))
        func place(_ node: Node, _ name: String, depth: Int, start: Double, in outer: Stage) {
            let width = Double(node.weight) / total
            if width < Self.widthMin {
                omitted += 1
                return
            }
            deepest = max(deepest, depth)
            // What the table does not know belongs to the stage that called it.
            let stage = depth > 1 ? StageTable.stage(of: name) ?? outer : .other
            frames.append(
                Frame(
                    name: name, depth: depth, start: start, width: width, weight: node.weight,
                    stage: stage,
                    change: changes == nil ? nil : Double(node.weight) * scale - node.before,
                    before: changes == nil ? nil : node.before))
            var next = start
            for (childName, child) in node.children.sorted(by: { $0.key < $1.key }) {
                place(child, childName, depth: depth + 1, start: next, in: stage)
                next += Double(child.weight) / total
            }
        }
        if root.weight > 0 { place(root, "all", depth: 0, start: 0, in: .other) }
        self.frames = frames
        self.depth = deepest + 1
        self.omitted = omitted
    }
}
