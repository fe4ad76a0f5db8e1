// Logs of HdrHistogram: one histogram an interval, a line each, as its log processors read them.
import Foundation

/// The contents of a histogram log (`trials/*.hlog`), format version 1.3, encoding V2.
///
/// Values are nanoseconds; `Interval_Max` is in milliseconds, as the format's default has it.
public struct HdrHistogramLog: Sendable, Equatable {
    /// Start of the log, seconds since the epoch; nil if it does not say.
    public let startSecondsSinceEpoch: Double?
    /// In the order of the file.
    public let intervals: [Interval]

    /// One line of a log.
    public struct Interval: Sendable, Equatable {
        /// What the line is about; nil if the log has one subject.
        public var tag: String?
        /// Start of the interval, since the start of the log.
        public var startSeconds: Double
        public var lengthSeconds: Double
        public var histogram: HdrHistogram
    }

    /// All intervals in one histogram; nil if the log has none.
    public func merged() -> HdrHistogram? {
        guard var all = intervals.first?.histogram else { return nil }
        for interval in intervals.dropFirst() { all.merge(interval.histogram) }
        return all
    }

    /// Makes the lines of a log, one after the other; whoever calls appends them to a file.
    public struct Writer: Sendable {
        /// The name in front of each line; nil for none. It has no comma and no white space.
        public let tag: String?

        /// A writer of lines with this tag.
        public init(tag: String? = nil) {
            precondition(
                tag?.contains { $0 == "," || $0.isWhitespace } != true,
                "a tag has no comma and no white space, not '\(tag ?? "")'")
            self.tag = tag
        }

        /// What a log begins with, line ends included.
        public func header(startSecondsSinceEpoch: Double) -> String {
            """
            #[Histogram log format version 1.3]
            #[StartTime: \(Self.decimal(startSecondsSinceEpoch)) (seconds since epoch)]
            "StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"

            """
        }

        /// The line of an interval, line end included.
        ///
        /// - Parameters:
        ///   - startSeconds: start of the interval, since the start of the log.
        ///   - lengthSeconds: its length.
        ///   - histogram: nanoseconds of the interval, of no sample too.
        public func line(
            startSeconds: Double, lengthSeconds: Double, _ histogram: LatencyHistogram
        ) -> String {
            line(
                startSeconds: startSeconds, lengthSeconds: lengthSeconds,
                HdrHistogram(histogram))
        }

        /// The same of a histogram that is one of HdrHistogram already.
        public func line(
            startSeconds: Double, lengthSeconds: Double, _ histogram: HdrHistogram
        ) -> String {
            let max = Double(histogram.max ?? 0) / nanosecondsPerMillisecond
            let base64 = Data(histogram.compressedBytes).base64EncodedString()
            let fields = [startSeconds, lengthSeconds, max].map(Self.decimal) + [base64]
            return (tag.map { "Tag=\($0)," } ?? "") + fields.joined(separator: ",") + "\n"
        }

        /// Three decimals, as other writers of the format have them, and no grouping.
        private static func decimal(_ value: Double) -> String {
            let thousandths = Int64((value * 1_000).rounded())
            let fraction = String(thousandths.magnitude % 1_000)
            return (thousandths < 0 ? "-" : "") + "\(thousandths.magnitude / 1_000)."
                + String(repeating: "0", count: 3 - fraction.count) + fraction
        }
    }

    /// A log of these intervals.
    public init(startSecondsSinceEpoch: Double? = nil, intervals: [Interval]) {
        self.startSecondsSinceEpoch = startSecondsSinceEpoch
        self.intervals = intervals
    }

    /// Reads a log; a last line that a kill tore is left out, any other fault is thrown.
    public init(text: String) throws(HdrHistogramLogError) {
        var start: Double?
        var intervals: [Interval] = []
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            let line = line.last == "\r" ? line.dropLast() : line
            if line.hasPrefix("#[StartTime: ") {
                start = Double(line.dropFirst(13).prefix { $0 != " " })
            }
            if line.isEmpty || line.hasPrefix("#") || line.hasPrefix("\"") { continue }
            let isTorn = index == lines.count - 1
            do throws(HdrHistogramEncodingError) {
                intervals.append(try Self.interval(line))
            } catch {
                if isTorn { break }
                throw HdrHistogramLogError(line: index + 1, problem: error.problem)
            }
        }
        startSecondsSinceEpoch = start
        self.intervals = intervals
    }

    private static func interval(_ line: Substring) throws(HdrHistogramEncodingError) -> Interval {
        var fields = line.split(separator: ",", omittingEmptySubsequences: false)
        var tag: String?
        if let first = fields.first, first.hasPrefix("Tag=") {
            tag = String(first.dropFirst(4))
            fields.removeFirst()
        }
        guard fields.count == 4, let start = Double(fields[0]), let length = Double(fields[1]),
            Double(fields[2]) != nil
        else {
            throw HdrHistogramEncodingError(
                problem: "a line is start, length, largest value and histogram, by commas")
        }
        guard let bytes = Data(base64Encoded: String(fields[3])) else {
            throw HdrHistogramEncodingError(problem: "the histogram is no base64")
        }
        return Interval(
            tag: tag, startSeconds: start, lengthSeconds: length,
            histogram: try HdrHistogram(compressedBytes: Array(bytes)))
    }
}

private let nanosecondsPerMillisecond = 1e6

/// Why a histogram log cannot be read, and where.
public struct HdrHistogramLogError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Line of the file, from 1.
    public let line: Int
    public let problem: String

    public var description: String { "line \(line): \(problem)" }
}
