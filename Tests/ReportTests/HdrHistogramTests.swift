// Histogram logs against the independent implementation HdrHistogram_py 0.10, whose lines stand
// here.
import Foundation
import Testing

@testable import Report

@Suite("HdrHistogram logs")
struct HdrHistogramTests {
    @Test("a deflated histogram of HdrHistogram_py has the percentiles that it has there")
    func deflated() throws {
        let bytes = try #require(Data(base64Encoded: Self.deflated))
        let histogram = try HdrHistogram(compressedBytes: Array(bytes))
        #expect(histogram.layout == .nanoseconds)
        #expect(histogram.count == 2_300)
        let quantiles = [0.5, 0.9, 0.99, 0.999, 1]
        #expect(
            quantiles.map { histogram.value(atQuantile: $0) } == [
                65_919, 12_034_047, 16_293_887, 16_744_447, 16_777_215,
            ])
    }

    @Test("buckets have the numbers that they have in HdrHistogram_py")
    func buckets() throws {
        let bytes = try #require(
            Data(
                base64Encoded: "HISTFAAAADd4nJNpmSzMwMAgygABzFCaEch0M9ixgMH+A0SAiYmV5TA/02oBJpa"
                    + "//Ez765gu32ZiAgDeyQoB"))
        let read = try HdrHistogram(compressedBytes: Array(bytes))
        let hit = read.counts.enumerated().filter { $0.element > 0 }
        #expect(hit.map(\.offset) == [0, 1, 5, 1_000, 2_047, 2_048, 3_072, 11_169, 33_420])
        #expect(hit.map(\.element) == [1, 1, 2, 1, 1, 2, 1, 1, 1])
        var made = HdrHistogram()
        for value: UInt64 in [
            0, 1, 5, 5, 1_000, 2_047, 2_048, 2_049, 4_096, 1_000_000, 3_599_999_999_999,
        ] {
            made.record(value)
        }
        #expect(made == read)
    }

    @Test("a histogram with another unit and other digits is read too")
    func otherLayout() throws {
        let bytes = try #require(
            Data(
                base64Encoded: "HISTFAAAAHN4nJNpmSzMwMA8mQECmCAU8wswObmdwf4DRISRSZVJGQcWBEJ+MAmj"
                    + "YTx2NMiKl88KJRmZmKEYwSLEI0c1IxMQgAlkEjuTJnIsLGAEo+nNY+NgYwPhgaJ4+ECQb8Ao"
                    + "KRCQkRoQCkSbmJiBEXmUGgAoizAb"))
        let histogram = try HdrHistogram(compressedBytes: Array(bytes))
        #expect(histogram.layout.lowestDiscernible == 1_000)
        #expect(histogram.layout.significantDigits == 2)
        #expect(histogram.count == 5_014)
        #expect(histogram.value(atQuantile: 0.5) == 25_034_751)
        #expect(histogram.value(atQuantile: 0.99) == 49_545_215)
        var ours = HdrHistogram()
        ours.merge(histogram)
        #expect(ours.count == 5_014)
    }

    @Test("each value lies in the bucket that stands for it, none beside it")
    func layout() throws {
        var generator = SeededGenerator(seed: 3)
        for (lowest, digits) in [(UInt64(1), 3), (1, 0), (1_000, 2), (7, 5)] {
            let layout = try #require(
                HdrHistogram.Layout(
                    lowestDiscernible: lowest, highestTrackable: 1 << 50, significantDigits: digits)
            )
            for _ in 0..<5_000 {
                let bits = UInt64.random(in: 14..<64, using: &generator)
                let value = generator.next() >> bits
                let index = layout.index(of: value)
                #expect(value <= layout.highestValue(index))
                #expect(index == 0 || value > layout.highestValue(index - 1))
            }
        }
        #expect(
            HdrHistogram.Layout(lowestDiscernible: 0, highestTrackable: 9, significantDigits: 3)
                == nil)
        #expect(
            HdrHistogram.Layout(lowestDiscernible: 1, highestTrackable: 9, significantDigits: 6)
                == nil)
    }

    @Test("our histogram keeps its count and its percentiles within 0.1 % more")
    func converted() throws {
        var generator = SeededGenerator(seed: 8)
        var ours = LatencyHistogram()
        for _ in 0..<20_000 {
            ours.record(
                nanoseconds: generator.next() >> UInt64.random(in: 24..<60, using: &generator))
        }
        let theirs = HdrHistogram(ours)
        #expect(theirs.count == ours.count)
        for quantile in [0.01, 0.5, 0.9, 0.99, 0.999, 1] {
            let left = Double(try #require(ours.nanoseconds(atQuantile: quantile)))
            let right = Double(try #require(theirs.value(atQuantile: quantile)))
            #expect(right >= left && right <= left * 1.001 + 1, "\(quantile): \(left) \(right)")
        }
        // Beyond the range nothing gets lost.
        ours.record(nanoseconds: .max, times: 3)
        #expect(HdrHistogram(ours).count == 20_003)
    }

    @Test("a log written is a log read, tags, times and counts")
    func roundTrip() throws {
        var generator = SeededGenerator(seed: 21)
        let writer = HdrHistogramLog.Writer(tag: "corrected")
        var text = writer.header(startSecondsSinceEpoch: 1_795_000_000.25)
        var expected: [HdrHistogramLog.Interval] = []
        for interval in 0..<40 {
            var histogram = LatencyHistogram()
            // The first interval has no sample, the last one more bytes than a stored block.
            for _ in 0..<(interval == 39 ? 200_000 : interval * 10) {
                histogram.record(
                    nanoseconds: generator.next() >> UInt64.random(in: 23..<64, using: &generator),
                    times: UInt64.random(in: 1...1 << 40, using: &generator))
            }
            let start = Double(interval) / 8
            text += writer.line(startSeconds: start, lengthSeconds: 0.125, histogram)
            expected.append(
                .init(
                    tag: "corrected", startSeconds: start, lengthSeconds: 0.125,
                    histogram: HdrHistogram(histogram)))
        }
        let log = try HdrHistogramLog(text: text)
        #expect(log.startSecondsSinceEpoch == 1_795_000_000.25)
        #expect(log.intervals == expected)
        #expect(try HdrHistogramLog(text: String(text.dropLast(9))).intervals.count == 39)
    }

    @Test("the text of a log is what it was when HdrHistogram_py read it")
    func golden() throws {
        var histogram = LatencyHistogram()
        histogram.record(nanoseconds: 90, times: 2)
        histogram.record(nanoseconds: 1_500_000)
        let writer = HdrHistogramLog.Writer()
        let text =
            writer.header(startSecondsSinceEpoch: 1_795_000_000)
            + writer.line(startSeconds: 0, lengthSeconds: 0.1, histogram)
            + writer.line(startSeconds: 0.1, lengthSeconds: 0.1, LatencyHistogram())
        #expect(text == Self.golden)
    }

    @Test("what is no histogram is refused with its line, and never traps")
    func refused() throws {
        let error = #expect(throws: HdrHistogramLogError.self) {
            try HdrHistogramLog(text: "#[x]\n0.0,0.1,0.0,AAAA\n0.1,0.1,0.0,AAAA\n")
        }
        #expect(error?.description == "line 2: 3 bytes are too few for the head of a histogram")
        var generator = SeededGenerator(seed: 77)
        let whole = Array(try #require(Data(base64Encoded: Self.deflated)))
        for _ in 0..<3_000 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                bytes[Int.random(in: bytes.indices, using: &generator)] ^= UInt8.random(
                    in: 1...255, using: &generator)
            }
            if Bool.random(using: &generator) {
                bytes.removeLast(Int.random(in: 0..<bytes.count, using: &generator))
            }
            // The cookie's free bits and the compression level may change without a difference.
            if let read = try? HdrHistogram(compressedBytes: bytes) {
                #expect(read.count == 2_300)
            }
        }
        for length in 0..<whole.count {
            #expect(throws: HdrHistogramEncodingError.self) {
                try HdrHistogram(compressedBytes: Array(whole.prefix(length)))
            }
        }
        // Plain bytes meet the decoder without a checksum before it.
        let plain = HdrHistogram(LatencyHistogram()).plainBytes
        for _ in 0..<3_000 {
            var bytes = plain + (0..<12).map { _ in UInt8.random(in: 0...255, using: &generator) }
            bytes[7] = UInt8.random(in: 0...12, using: &generator)
            bytes[Int.random(in: 0..<40, using: &generator)] ^= 1
            _ = try? HdrHistogram(plainBytes: bytes)
        }
    }

    @Test("numbers of every size come back from their bytes")
    func numbers() {
        var generator = SeededGenerator(seed: 4)
        let edges: [Int64] = [0, 1, -1, 63, 64, -64, -65, .max, .min]
        let drawn = (0..<1_000).map { _ in
            Int64(bitPattern: generator.next()) >> Int64.random(in: 0..<64, using: &generator)
        }
        for value in edges + drawn {
            var bytes: [UInt8] = []
            LEB128.append(value, to: &bytes)
            var position = 0
            #expect(LEB128.read(bytes, at: &position, end: bytes.count) == value)
            #expect(position == bytes.count && bytes.count <= 9)
        }
    }

    /// 2,000 values of a linear congruential generator and 300 sevens.
    private static let deflated = """
        HISTFAAABaV4nD2WzYocVRTH5546VTWVSlk0laZt26ZthmFomxDHYRhCCIOEGIYQhhAkiEjQICIhoAsRyUJERVy5\
        yAsYXLhyGXDjI/gAPoI78Qn8nf+tZGqq695zz8f/fNxz7+vfPx12di78u5P/ivGbGL771h+/7JyOKx9//vabr77x\
        2n9+afeVixerSxc9eWW7fsHdqqqyVyoGVsWb4t+YeuW7mRBrBr0wfQ1hlgsrYuYpqI1b2k2WPF2I3yqWkWotuEp4\
        ahus89pKHkhNiHVeuAipYj008ybrXZ8BWuGNdXyTr5kP1jBuEFgxDs0JDRMJdtjqmA9ZIW9tYrken5rV0jZ2bj2y\
        k0B+OhopApCU1tUyVGEVjtIOGdWM5uhs7YodyG5pZ3bNxdjb2vZZeshkz5aw7LPc2hyWd+ymTAZjb3fcTqR1gGWw\
        z+zbZOHYGgPzEeyc4HSGwASBD3mn8jhYf03oSvYAFbd5p+E4vJeBc0uQ9uxYju0jfk0WW+BubAblllw5RhJIa9ti\
        sEH/hu83sE2I35bZBqHLjHpsHtvTSNinDK/zbBFsIopL3k/M3jMwHihGeOUttFObkvA5T2/3gLYhKC1CVwBLpP4O\
        dWv7K6HizP5M2Ie8QN1RuFjYY3AUGIJWI/QFinMa76EkYWABuGO/b/+EpjtI7NvvMZzC9TzCs4Vxw7QxlVoJpJv4\
        /DCUrsF6wuAudqdAmMJ5aE/8AIaW1QPepFqdI7zC/wjqglDeVzDvAvoqlC9ZL0ltyXfFSoGhBTwtaGrMAWSD+nOm\
        UaiJ2P+UkO7sK3ukGnxflXvE85jZDN09upa4xuAWMG4os3MB6GCPyjjSmOJm9ZRcB+1Zigqeq4r2+V5X3M7F04gn\
        6HtonOH8D4mYXWWyxGqU5POov68tIvgsCjnTf06E4ijqyzs0zAhQh/w5jv4WrCcYusfyIck4ZGHF9whaEfvaT4hF\
        CWWi6giNtwX7AdGLiM1QiimKIKoC8kTFPUMsdsrAvNEm/TEB/RCzLdqCNGO0Qib2OIphPYR+kydCsSeP6ChTNMxg\
        2mq3zC16UG+1tu2ZfZeEo7QPsP9EOzvyNsODCMZclo7lOgaiHI6IKgajqltgJdXHEpVbpEKmBUHBOFDcYDZVdlfw\
        LKBCiqIfAKhGEcNrZGEJB73pESwwRWSiCXXa2AvVKl1UqWnkSifPYZuo28AXcUboLPQ2amKxmRpTOTU8as0Tud5Q\
        f9HHtOFL1jdug8/UdKbyIinJkY3I4r6kCj2tyicKaylaiM+00psg57zlLhoKS58rHHP7SL+xB6ZhPBBP1Fn5eq8I\
        NLLQSLiHcUKbLPE4FK/ouaoHTgoZTz6RG9FBFHlTvGdqGNFM1uoA7dg2klh12rjMdFRH7VcVWsvttFbelkh2Aj/E\
        IcLh0yrTpWnDFqqkOGAmcnzwWvrKqsxHWVIMK/Vwj+NKwX55+sTy5chGG9p7wc56x4OwGEm5AnT8lOrwhWlt671W\
        ZzrjsuYkD1qhVtgDe1J6MuJWKAcFpghc2hcA9dV4rPW5o2PB69yCfQxLdqkbsSflIH9n2Ug2N/4QxhBce+m1xLJr\
        SfkWXI74HG1vhCZ6JEKdQBBKEjsfT+giLgI6Ems1UDMNZF4qi3xN8JeEclQ5FkGh4BRhk0yHU0lzG6rSRW4URlVB\
        q9uMh6gCJJ2x+xUq4ss1J4VzrioUnQrzUkq5efCWLAY1rkZlzqV7hGHcQUpyvHHskNndIkqlkNZyhBoGsmXv82VK\
        F6bkYVOQF9lxlZvLxZZS6zxyV7g2TznuQE8qz0AWyqtwoTFvX9zWcj5jqkgqEIWAKOC9hrkR21gAhVpKslF7aLZc\
        nflWFZe4iEaZ4dY5IR6ORdDTeFErTYdVL01evoDjxcsEtibfdD0cr5ndi2znuqxH1MpZcgl0AuJ5y7VZo/0PqgR8\
        eQ==
        """

    /// Written once, read by HdrHistogram_py: 2 samples of 90, 1 of 1,500,159; then none.
    private static let golden = """
        #[Histogram log format version 1.3]
        #[StartTime: 1795000000.000 (seconds since epoch)]
        "StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"
        0.000,0.100,1.500,HISTFAAAADp4AQEvAND/HISTEwAAAAcAAAAAAAAAAwAAAAAAAAABAAADRjC4oA\
        A/8AAAAAAAALMBBLm1AQJ3ZAZ7
        0.100,0.100,0.000,HISTFAAAADN4AQEoANf/HISTEwAAAAAAAAAAAAAAAwAAAAAAAAABAAADRjC4oA\
        A/8AAAAAAAAE45BEs=

        """
}
