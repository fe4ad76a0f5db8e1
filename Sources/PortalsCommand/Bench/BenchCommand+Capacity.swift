// `portals bench --find-capacity`: the highest rate that keeps an objective, for each cell.
import ArgumentParser
import Baselines
import Foundation
import Harness
import Report

extension BenchCommand {
    func searchCapacity(_ plan: Plan) throws {
        let objective = try objective()
        let refused = plan.cells.filter {
            !(registry.system($0.configuration.system)?.axes(for: $0.configuration.workload)
                .contains(.rate) ?? false)
        }
        guard refused.isEmpty else {
            throw Exit.usage(
                refused.map { "\($0.description): the system knows no rate, so it has no capacity" }
            )
        }
        guard case .seconds? = plan.cells.first?.configuration.length else {
            throw Exit.usage(["--find-capacity: give a --duration, not a number of events"])
        }
        let run = try start(plan)
        Interruption.catchSignals()
        var search = CapacitySearch(
            plan: plan, objective: objective, launcher: Wiring.launcher(programs: [:]),
            folder: run.folder, journals: run.journals, progress: .standardError(),
            isInterrupted: { Interruption.isRequested })
        let found = try search.execute()
        let text = Self.table(found, objective)
        print(text, terminator: "")
        do {
            try Data(Self.csv(found, objective).utf8).write(
                to: URL(fileURLWithPath: run.folder.path + "/capacity.csv"), options: .atomic)
        } catch {
            Exit.say("error: \(run.folder.path)/capacity.csv cannot be written: \(error)")
            throw ExitCode(1)
        }
        print("\nResults: \(run.folder.path)/capacity.csv, all trials in results.csv")
        let outcome = search.outcome
        if found.count < plan.cells.count { throw ExitCode(130) }
        if outcome.exitStatus != 0 { throw ExitCode(outcome.exitStatus) }
        if found.contains(where: { $0.eventsPerSecond == nil }) { throw ExitCode(5) }
    }

    /// `p99=5ms`.
    private func objective() throws -> LatencyObjective {
        let text = slo ?? ""
        let parts = text.split(separator: "=").map(String.init)
        guard parts.count == 2, parts[0].first == "p",
            let digits = parts[0].dropFirst().first.map({ _ in parts[0].dropFirst() }),
            digits.allSatisfy({ $0.isNumber || $0 == "." }), let percentile = Double(digits),
            let nanoseconds = SpanOfTime.nanoseconds(parts[1]),
            // p999 is 99.9 as well: whoever writes it means that.
            let objective = LatencyObjective(
                quantile: percentile < 100
                    ? percentile / 100 : Double("0.\(digits)") ?? 0, nanosecondsMax: nanoseconds,
                text: text)
        else {
            throw Exit.usage([
                "--slo: '\(text)' is no objective; write a percentile and a span of time, such as "
                    + "p99=5ms or p99.9=20ms"
            ])
        }
        return objective
    }

    private static func table(_ found: [Capacity], _ objective: LatencyObjective) -> String {
        var lines = ["Highest rate at which \(objective.text) is met, at 99 % confidence:"]
        for capacity in found {
            lines.append(capacity.cell)
            guard let rate = capacity.eventsPerSecond else {
                lines.append("  none: \(capacity.reason ?? "") (\(capacity.trials) trials)")
                continue
            }
            var line = "  \(Figure.text(rate / 1e6)) M events/s"
            if let missed = capacity.missedAt { line += ", missed at \(Figure.text(missed / 1e6))" }
            if let saturated = capacity.saturatedEventsPerSecond {
                line += String(format: ", %.2f of what it serves without a rate", rate / saturated)
            }
            lines.append(line + " (\(capacity.trials) trials)")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func csv(_ found: [Capacity], _ objective: LatencyObjective) -> String {
        var lines = [
            "cell,objective,events_per_second,missed_at_events_per_second,"
                + "saturated_events_per_second,trials"
        ]
        func text(_ value: Double?) -> String { value.map { "\($0)" } ?? "" }
        for capacity in found {
            lines.append(
                [
                    capacity.cell.contains(",") ? "\"\(capacity.cell)\"" : capacity.cell,
                    objective.text, text(capacity.eventsPerSecond), text(capacity.missedAt),
                    text(capacity.saturatedEventsPerSecond), String(capacity.trials),
                ].joined(separator: ","))
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
