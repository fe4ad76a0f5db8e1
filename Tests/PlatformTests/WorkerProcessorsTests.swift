// The order in which workers take the processors of the recorded machines.
import Platform
import Testing

@Suite struct WorkerProcessorsTests {
    private func order(
        _ machine: String, count: Int = 99, allowed: String? = nil
    ) throws -> [Int] {
        try RecordedMachine(machine).topology(allowed: allowed).workerProcessors(count: count)
            .map(\.number)
    }

    @Test("fast cores come first, efficiency cores next, second threads last")
    func laptop() throws {
        #expect(try order("laptop") == [0, 2, 4, 5, 6, 7, 1, 3])
    }

    @Test("a core each on the first socket, then on the second, then second threads alike")
    func server() throws {
        #expect(
            try order("two-socket-server")
                == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15])
    }

    @Test("a full node is followed by the nearest, not by the next number")
    func fourNodes() throws {
        // From node 0 node 2 is at 16; then 1 (22 + 28) and 3 (28 + 22) tie, and 1 is lower.
        #expect(
            try order("four-node") == [0, 4, 8, 12, 2, 6, 10, 14, 1, 5, 9, 13, 3, 7, 11, 15])
    }

    @Test("as many as asked for, none for none, no more than there are", arguments: [-1, 0, 1, 5])
    func count(count: Int) throws {
        #expect(try order("two-socket-server", count: count).count == max(0, count))
        #expect(try order("virtual-machine", count: 64) == [0, 1])
    }

    @Test("only processors that the process may use, a sibling first where its elder is forbidden")
    func allowed() throws {
        #expect(try order("two-socket-server", allowed: "2,10,12-13") == [2, 12, 13, 10])
        #expect(try order("four-node", allowed: "1-3") == [1, 3, 2])
    }
}
