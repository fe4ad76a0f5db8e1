// `portals replay`: what a site did, once more, to be looked at.
import ArgumentParser
import Baselines
import Portals

struct ReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Do again what a journal of 'portals bench' holds, and print atoms or state.",
        discussion: """
            Takes a directory that 'portals bench --keep-journals' left, and changes nothing in \
            it. Prints what went to the sinks, or with --print state the state of all tasks, by \
            partition and key. With --to, the last step done is STEP of the workflow that \
            --element names; other workflows stand wherever they were by then. A program of your \
            own does the same by 'Replay'.

            Exit status: 0 fine, 1 if it can't be replayed or a task is not deterministic, 64 usage.
            """)

    enum Printed: String, ExpressibleByArgument, CaseIterable { case atoms, state, nothing }

    @Argument(help: "The directory of the journal.") var directory: String
    @Option(help: "The last step that is done; without it, all that was recorded.")
    var to: UInt64?
    @Option(
        help: "A workflow, or a task or sink in it: only that is printed, and STEP is one of its.")
    var element: String?
    @Option(help: "atoms, state or nothing.") var print: Printed = .atoms

    func run() throws {
        do {
            try replay()
        } catch let code as ExitCode {
            throw code
        } catch {
            Exit.say("error: \(error)")
            throw ExitCode(1)
        }
    }

    private func replay() throws {
        let recording = try Recording(directory)
        let trial = try RecordedTrial(in: recording)
        var last: (path: String, step: UInt64, partition: Int)?
        let printAtoms = { (output: WatchedEvents) in
            if output.events.isEmpty { return }
            if last == nil || last! != (output.path, output.step, output.partition) {
                Swift.print("\(output.path), step \(output.step), partition \(output.partition)")
                last = (output.path, output.step, output.partition)
            }
            for event in output.events { Swift.print("  \(event)") }
        }
        let replay = try Replay(
            recording, of: [trial.application()], to: to, element: element,
            startingAt: print == .state ? .nearest : .earliest,
            showing: print == .atoms ? element : nil, print == .atoms ? printAtoms : nil)
        let steps = try replay.run()
        if print == .state {
            replay.engine.describeStates(path: element) { state in
                let key = state.key.map { ", key \($0)" } ?? ""
                Swift.print("\(state.task), partition \(state.partition)\(key): \(state.value)")
            }
        }
        let start = replay.snapshot.map { "from snapshot \($0), " } ?? ""
        Exit.say(
            "\(start)\(steps) steps done again, \(replay.engine.comparedDigests) digests compared")
    }
}
