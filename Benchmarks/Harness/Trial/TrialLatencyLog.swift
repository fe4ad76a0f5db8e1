// All latencies of a trial as an HdrHistogram log.
import Foundation
import Report

extension TrialMeasurement {
    /// `trials/<trial>.hlog`: a line for each interval, or one for all of the window where there
    /// are none; nil without latencies.
    ///
    /// - Parameter now: the end of the trial, seconds since the epoch.
    func latencyLog(now: Double = Date.now.timeIntervalSince1970) -> String? {
        guard let histogram, histogram.count > 0 else { return nil }
        let writer = HdrHistogramLog.Writer()
        var text = writer.header(startSecondsSinceEpoch: now - seconds)
        let intervals = (series?.intervals ?? []).filter { $0.latency != nil }
        if intervals.isEmpty {
            return text + writer.line(startSeconds: 0, lengthSeconds: seconds, histogram)
        }
        var start = 0.0
        for interval in intervals {
            guard let latency = interval.latency else { continue }
            text += writer.line(
                startSeconds: start, lengthSeconds: interval.seconds - start, latency)
            start = interval.seconds
        }
        return text
    }
}
