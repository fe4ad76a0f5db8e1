// The latency logs of all trials of a run in one log, for HdrHistogram's own tools.

/// One HdrHistogram log with a tag for each trial.
public enum HistogramExport {
    /// The log's text; nil if the run has no histograms.
    ///
    /// The tag is the stem of the trial (column `trial` of `results.csv`); times are since the
    /// start of the trial's window. Trials follow each other in the order of the results.
    public static func log(_ run: RecordedRun) -> String? {
        let stems = run.rows.compactMap(\.stem).filter { run.histograms[$0] != nil }
        guard let first = stems.first else { return nil }
        let start = run.histograms[first]?.startSecondsSinceEpoch ?? 0
        var text = HdrHistogramLog.Writer().header(startSecondsSinceEpoch: start)
        for stem in stems {
            let tag = String(stem.map { $0 == "," || $0.isWhitespace ? "_" : $0 })
            let writer = HdrHistogramLog.Writer(tag: tag)
            for interval in run.histograms[stem]?.intervals ?? [] {
                text += writer.line(
                    startSeconds: interval.startSeconds, lengthSeconds: interval.lengthSeconds,
                    interval.histogram)
            }
        }
        return text
    }
}
