// `portals recovery-process`: the process that a recovery trial kills, and the one that goes on;
// only a trial starts it.
import ArgumentParser
import Baselines
import Foundation

struct RecoveryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recovery-process", abstract: "Run the site of a recovery trial.",
        shouldDisplay: false)

    @Argument(help: "The trial as JSON.") var order: String

    func run() throws {
        do {
            let line = try RecoveryProcess.run(argument: order)
            try FileHandle.standardOutput.write(contentsOf: Data(line.utf8))
        } catch {
            Exit.say("\(error)")
            throw ExitCode(1)
        }
    }
}
