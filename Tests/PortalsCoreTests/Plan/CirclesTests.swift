// The circles of a graph, against reachability by trying all ways.
import Testing

@testable import PortalsCore

@Suite("circles of elements")
struct CirclesTests {
    /// What each node reaches over one edge or more.
    private func reached(_ readers: [[Int]]) -> [Set<Int>] {
        readers.indices.map { start in
            var found: Set<Int> = []
            var left = readers[start]
            while let node = left.popLast() {
                if found.insert(node).inserted { left += readers[node] }
            }
            return found
        }
    }

    private func check(_ readers: [[Int]]) {
        let circles = Circles(readers)
        let reached = reached(readers)
        for one in readers.indices {
            #expect(circles.isOnCycle(one) == reached[one].contains(one), "\(readers)")
            for two in readers.indices where one != two {
                let isOne = reached[one].contains(two) && reached[two].contains(one)
                #expect(
                    (circles.circle(of: one) == circles.circle(of: two)) == isOne, "\(readers)")
            }
            #expect(circles.all[circles.circle(of: one)].contains(one))
        }
        #expect(circles.all.flatMap { $0 }.sorted() == Array(readers.indices))
    }

    @Test("every graph of three nodes, edges to themselves among them")
    func small() {
        for edges in 0..<(1 << 9) {
            check((0..<3).map { from in (0..<3).filter { edges >> (from * 3 + $0) & 1 == 1 } })
        }
    }

    @Test("random graphs of up to twelve nodes")
    func random() {
        var random = SplitMix(state: 5)
        for _ in 0..<500 {
            let count = 1 + Int(random.next() % 12)
            let density = 1 + random.next() % 6
            check(
                (0..<count).map { _ in
                    (0..<count).filter { _ in random.next() % UInt64(count) < density / 2 }
                })
        }
    }

    @Test("a ring and a chain of 200,000 nodes end")
    func long() {
        let count = 200_000
        let ring = Circles((0..<count).map { [($0 + 1) % count] })
        #expect(ring.all.count == 1 && ring.isOnCycle(0))
        let chain = Circles((0..<count).map { $0 + 1 < count ? [$0 + 1] : [] })
        #expect(chain.all.count == count && !chain.isOnCycle(0))
    }
}
