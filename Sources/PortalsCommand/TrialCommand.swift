// `portals trial`: the process of one trial; only `portals bench` starts it.
import ArgumentParser
import Baselines
import Foundation
import Harness

struct TrialCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trial", abstract: "Run one trial in this process.", shouldDisplay: false)

    @Argument(help: "The trial as JSON.") var request: String

    func run() throws {
        let line: String
        do {
            line = try TrialServer(registry: registryWithReplay, instruments: Wiring.instruments)
                .run(argument: request)
        } catch {
            Exit.say("\(error)")
            throw ExitCode(1)
        }
        try FileHandle.standardOutput.write(contentsOf: Data(line.utf8))
    }
}
