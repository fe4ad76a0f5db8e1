// Names of processors and nodes as the kernel counts them, and sets of processors in its list form.

/// A logical processor, by the kernel's number (the N of `/sys/devices/system/cpu/cpuN`).
public struct ProcessorID: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The N of cpuN, at least 0.
    public let number: Int

    /// Names it; nothing is looked up, so it may be absent.
    public init(_ number: Int) { self.number = number }

    /// Ascending by number.
    public static func < (a: ProcessorID, b: ProcessorID) -> Bool { a.number < b.number }
    /// As in paths of the kernel: `cpu3`.
    public var description: String { "cpu\(number)" }
}

/// A NUMA node, by the kernel's number (the N of `/sys/devices/system/node/nodeN`).
public struct NodeID: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The N of nodeN, at least 0.
    public let number: Int

    /// Names it; nothing is looked up, so it may be absent.
    public init(_ number: Int) { self.number = number }

    /// Ascending by number.
    public static func < (a: NodeID, b: NodeID) -> Bool { a.number < b.number }
    /// As in paths of the kernel: `node1`.
    public var description: String { "node\(number)" }
}

/// A set of logical processors, written as the kernel writes it: `0-3,8`.
public struct ProcessorSet: Hashable, Sendable, CustomStringConvertible {
    /// The most processors a set can name: the largest `CONFIG_NR_CPUS` that Linux offers on x86.
    public static let capacity = 8_192

    /// Bit i of word w is processor 64 * w + i; no zero words at the end, so that equal sets are
    /// equal arrays.
    private(set) var words: [UInt64] = []

    /// The set of none.
    public init() {}

    /// Holds each of `processors` once, whatever their order.
    public init(_ processors: some Sequence<ProcessorID>) {
        for processor in processors { insert(processor) }
    }

    /// Reads the kernel's list form; nil when the text is not of that form.
    public init?(list: String) {
        guard !list.isEmpty else { return }
        for part in list.split(separator: ",", omittingEmptySubsequences: false) {
            let bounds = part.split(separator: "-", omittingEmptySubsequences: false).map {
                Int($0)
            }
            guard let first = bounds[0], let last = bounds[bounds.count - 1], bounds.count <= 2,
                0 <= first, first <= last, last < Self.capacity
            else { return nil }
            for number in first...last { insert(ProcessorID(number)) }
        }
    }

    init(words: [UInt64]) {
        self.words = words
        trim()
    }

    /// Whether it holds none.
    public var isEmpty: Bool { words.isEmpty }
    /// How many processors it holds.
    public var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

    /// Ascending by number.
    public var processors: [ProcessorID] {
        words.indices.flatMap { word in
            (0..<64).filter { words[word] & (1 << $0) != 0 }.map { ProcessorID(64 * word + $0) }
        }
    }

    /// The lowest number, nil in an empty set.
    public var first: ProcessorID? { processors.first }

    /// Whether `processor` is in it; constant time.
    public func contains(_ processor: ProcessorID) -> Bool {
        let (word, bit) = processor.number.quotientAndRemainder(dividingBy: 64)
        return words.indices.contains(word) && words[word] & (1 << UInt64(bit)) != 0
    }

    /// Adds `processor`; its number must be in `0..<capacity`.
    public mutating func insert(_ processor: ProcessorID) {
        precondition(
            (0..<Self.capacity).contains(processor.number),
            "\(processor) is outside of 0..<\(Self.capacity)")
        let (word, bit) = processor.number.quotientAndRemainder(dividingBy: 64)
        while words.count <= word { words.append(0) }
        words[word] |= 1 << UInt64(bit)
    }

    /// What is in both.
    public func intersection(_ other: ProcessorSet) -> ProcessorSet {
        ProcessorSet(words: zip(words, other.words).map { $0 & $1 })
    }

    /// The kernel's list form, ascending: `0-3,8`; empty for none.
    public var description: String {
        var runs: [ClosedRange<Int>] = []
        for number in processors.map(\.number) {
            if let last = runs.last, last.upperBound + 1 == number {
                runs[runs.count - 1] = last.lowerBound...number
            } else {
                runs.append(number...number)
            }
        }
        return runs.map {
            $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)"
        }.joined(separator: ",")
    }

    private mutating func trim() {
        while words.last == 0 { words.removeLast() }
    }
}
