// Which worker runs which partition.

/// On which workers the partitions of an element run.
public enum Placement: Sendable, Equatable {
    /// Every worker runs a partition of every element: partition `p` on worker `p mod workers`.
    /// Streams between equally partitioned elements never leave a worker. When unsure, this one.
    case shared
    /// Elements are spread over the workers: partition `p` of the `e`-th element on worker
    /// `(e + p) mod workers`. For few, heavy, one-partition elements that are to run side by side.
    case spread

    func workers(element: Int, partitions: Int, workerCount: Int) -> [Int] {
        (0..<partitions).map { ((self == .spread ? element : 0) + $0) % workerCount }
    }
}
