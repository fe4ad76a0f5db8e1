// A histogram as it travels from the process of a trial: its buckets that are not empty.

extension LatencyHistogram: Codable {
    private enum Key: String, CodingKey { case buckets, max }

    /// Why a histogram cannot be read.
    private static func malformed(_ decoder: any Decoder, _ problem: String) -> DecodingError {
        .dataCorrupted(
            .init(
                codingPath: decoder.codingPath,
                debugDescription: "\(problem); 'buckets' holds index, count, index, count, …"))
    }

    public init(from decoder: any Decoder) throws {
        self.init()
        let container = try decoder.container(keyedBy: Key.self)
        let pairs = try container.decode([UInt64].self, forKey: .buckets)
        guard pairs.count % 2 == 0 else { throw Self.malformed(decoder, "an odd number of values") }
        for position in stride(from: 0, to: pairs.count, by: 2) {
            guard let index = Int(exactly: pairs[position]), index < Self.bucketCount else {
                throw Self.malformed(decoder, "\(pairs[position]) is no bucket")
            }
            counts[index] &+= pairs[position + 1]
            samples &+= pairs[position + 1]
        }
        maximum = try container.decode(UInt64.self, forKey: .max)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        var pairs: [UInt64] = []
        for (index, count) in counts.enumerated() where count > 0 {
            pairs.append(UInt64(index))
            pairs.append(count)
        }
        try container.encode(pairs, forKey: .buckets)
        try container.encode(maximum, forKey: .max)
    }
}
