// The runtime's account of itself in the form in which a trial hands it on.
import Harness
import Portals

extension TrialAccount {
    /// The account of a site, with the commits of the trial's window.
    init(_ account: EngineAccount, commits: UInt64?) {
        var lines: [Line] = []
        for task in account.tasks {
            var line = Line(
                part: "task", name: "\(task.path) (\(task.kind))", worker: task.worker,
                partition: task.partition)
            line.events = task.events
            line.requests = task.requests
            line.replies = task.replies
            line.nanoseconds = task.nanoseconds
            lines.append(line)
        }
        for element in account.elements {
            var line = Line(
                part: "workflow", name: element.path, worker: element.worker,
                partition: element.partition)
            line.steps = element.steps
            line.nanoseconds = element.stepNanoseconds
            line.queued = element.queuedSteps
            lines.append(line)
        }
        for time in account.workers {
            var line = Line(part: "worker", name: "worker \(time.worker)", worker: time.worker)
            line.nanoseconds = time.tasks + time.receiving + time.stepping + time.sending
            line.waitingNanoseconds = time.waiting
            line.commits = commits
            lines.append(line)
            for (name, nanoseconds) in [
                ("in tasks", time.tasks), ("receiving", time.receiving),
                ("deciding and keeping steps", time.stepping), ("handing over", time.sending),
            ] {
                var part = Line(
                    part: "loop", name: "worker \(time.worker) \(name)", worker: time.worker)
                part.nanoseconds = nanoseconds
                lines.append(part)
            }
        }
        for ring in account.rings {
            var line = Line(
                part: "ring", name: "from worker \(ring.source) to \(ring.target)",
                worker: ring.target)
            line.queued = ring.messages
            line.queuedMax = ring.messagesMax
            line.capacity = ring.capacity
            lines.append(line)
        }
        self.init(lines: lines)
    }
}
