// `portals micro`: the parts of the runtime one at a time, each with its limit beside it.
import ArgumentParser
import Micro

struct MicroCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "micro",
        abstract: "Measure the runtime's parts one at a time, each beside its limit.",
        discussion: """
            Threads are pinned to processors 0 and 1. A sample whose threads were off their \
            processors for over 2 % of the time is dropped and counted; a row without a sample is \
            left out. Where two cores take part, samples of near and of far cores are told apart \
            by the round trip of a cache line. A wrong answer ends the program with status 3.
            """)

    @Option(help: "Run the benchmarks whose names contain this.") var filter: String?

    func run() throws {
        #if DEBUG
        Exit.say(
            "warning: a debug build, whose figures mean nothing; build with: "
                + "swift build -c release")
        #endif
        let report: MicroReport
        do throws(MicroError) {
            report = try runMicro(filter: filter) { Exit.say("measuring: \($0)") }
        } catch {
            Exit.say("error: \(error)")
            switch error {
            case .wrongAnswer, .refuted: throw ExitCode(3)
            case .cannotPin, .cannotStartThread: throw ExitCode(1)
            }
        }
        if report.measuredCount == 0 {
            throw Exit.usage(["--filter: no benchmark's name contains '\(filter ?? "")'"])
        }
        print(renderMicro(report.results), terminator: "")
        print("\n\(report.droppedSamples) dropped samples: their threads were off their processors")
    }
}
