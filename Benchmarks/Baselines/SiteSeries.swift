// Looks at a running site at regular times: its workers stand still for a moment, and
// their counters are read and begun anew.
import Harness
import Portals
import Report

/// Who knows how many events there were, where atoms have no fixed size.
struct EventCount {
    /// Events so far; called while the site stands still.
    let read: () -> UInt64
}

/// The series of one trial of ours, from the launch to the end of the window.
struct SiteSeries {
    private let site: Site
    /// Events so far; read while the site stands still.
    private let count: () -> UInt64
    /// The engine knows the latencies; else somebody else does.
    private let hasLatencies: Bool
    private var last: Reading
    private(set) var series = WindowSeries()
    /// All latencies of the window, from the intended and from the actual entry.
    private(set) var latency = Report.LatencyHistogram()
    private(set) var serviceLatency = Report.LatencyHistogram()

    private struct Reading {
        var nanoseconds: UInt64
        var events: UInt64
        var commits: Int
        var snapshot: UInt64
    }

    /// A series of a site that was just launched.
    ///
    /// - Parameter count: events so far; called while the site stands still.
    init(_ site: Site, hasLatencies: Bool = true, count: @escaping () -> UInt64) {
        self.site = site
        self.count = count
        self.hasLatencies = hasLatencies
        last = site.standing { Self.read(site, count) }
    }

    private static func read(_ site: Site, _ count: () -> UInt64) -> Reading {
        Reading(
            nanoseconds: site.nanoseconds, events: count(), commits: site.committed.commits,
            snapshot: site.snapshots.last?.number ?? 0)
    }

    /// Lets the site run until its rate is steady: at least `least` seconds, and at most `most`
    /// more. The rate is steady when as many intervals as tell a level are of the same one.
    mutating func warmUp(least: Double, most: Double, interval: Double) {
        let start = site.nanoseconds
        var rates: [Double] = []
        while true {
            let elapsed = Double(site.nanoseconds - start) / 1e9
            let isDue = elapsed >= least
            if isDue,
                elapsed >= least + most
                    || Steadiness.steadyTail(of: rates) >= Steadiness.valuesMin
            {
                break
            }
            site.sleep(seconds: isDue ? interval : min(interval, least - elapsed))
            let before = last
            last = site.standing { Self.read(site, count) }
            let seconds = Double(last.nanoseconds - before.nanoseconds) / 1e9
            // What is left of the least time may be too short to have a rate.
            if seconds >= interval / 2 {
                rates.append(Double(last.events - before.events) / seconds)
            }
        }
        series.warmUpSeconds = Double(site.nanoseconds - start) / 1e9
    }

    /// Begins the window; the site stands still.
    mutating func begin() {
        for worker in site.engine.workers { worker.resetMetrics() }
        last = Self.read(site, count)
        windowStart = last.nanoseconds
    }

    private var windowStart: UInt64 = 0

    /// Lets the site run through the window but for its last moment.
    mutating func window(seconds: Double, interval: Double) {
        let end = windowStart + UInt64(seconds * 1e9)
        var due = windowStart + UInt64(interval * 1e9)
        // An interval shorter than half of one is part of the one before.
        while due + UInt64(interval * 0.5e9) < end {
            let now = site.nanoseconds
            if now < due { site.sleep(seconds: Double(due - now) / 1e9) }
            let start = site.nanoseconds
            var ended = start
            look { [site] read in
                site.standing {
                    read()
                    ended = site.nanoseconds
                }
            }
            // With what it took the workers to come to a stop: at the most as much is lost.
            series.lookSeconds += Double(ended - start) / 1e9
            due += UInt64(interval * 1e9)
        }
        let now = site.nanoseconds
        if now < end { site.sleep(seconds: Double(end - now) / 1e9) }
    }

    /// Takes in what happened since the last look.
    ///
    /// - Parameter stand: lets the site stand still while it is read; no longer, as what is read is
    ///   worked on afterwards. At the end of the window it stands already.
    mutating func look(standing stand: (() -> Void) -> Void = { $0() }) {
        var merged = PortalsCore.LatencyHistogram(memory: .heap)
        var service = PortalsCore.LatencyHistogram(memory: .heap)
        var now = last
        stand {
            for worker in site.engine.workers {
                worker.addLatencies(to: &merged)
                worker.addServiceLatencies(to: &service)
                worker.resetLatencies()
            }
            now = Self.read(site, count)
        }
        let isJournaled = site.options.engine.commit != .none
        let taken = site.snapshots.count { $0.number > last.snapshot }
        let latencies = Report.LatencyHistogram(merged)
        series.intervals.append(
            TrialInterval(
                seconds: Double(now.nanoseconds - windowStart) / 1e9,
                events: now.events - last.events, latency: hasLatencies ? latencies : nil,
                commits: isJournaled ? UInt64(now.commits - last.commits) : nil,
                snapshots: isJournaled ? UInt64(taken) : nil))
        latency.merge(latencies)
        serviceLatency.merge(Report.LatencyHistogram(service))
        last = now
    }
}

extension Report.LatencyHistogram {
    /// The counts of a worker's histogram, whose buckets are the same.
    init(_ histogram: borrowing PortalsCore.LatencyHistogram) {
        self.init()
        let largest = histogram.maximum ?? 0
        histogram.forEachBucket { edge, count in
            record(nanoseconds: min(edge, largest), times: count)
        }
    }
}
