// Prints which allocator serves this process and what its counters say of 10,000 objects.
import Platform

final class Block { var value = 0 }

@main
struct AllocatorProbe {
    static func main() {
        let before = AllocatorStatistics.read()
        let blocks = (0..<10_000).map { _ in Block() }
        let after = AllocatorStatistics.read()
        let isCounted = before.flatMap { before in
            after.map { after in
                after.allocationCount >= before.allocationCount + UInt64(blocks.count)
            }
        }
        print(Allocator.current.rawValue, isCounted.map { $0 ? "counted" : "lost" } ?? "unmeasured")
    }
}
