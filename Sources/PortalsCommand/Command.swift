// The `portals` program.
import ArgumentParser

@main
struct Command: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "portals",
        abstract: "Portals for Swift: measure the runtime and its peers.",
        subcommands: [
            BenchCommand.self, CompareCommand.self, TableCommand.self, ReportCommand.self,
            ExportCommand.self, ProfileCommand.self, ListCommand.self, PlanCommand.self,
            TopologyCommand.self, MicroCommand.self, JournalCommand.self, ReplayCommand.self,
            TrialCommand.self, RecoveryCommand.self,
        ])
}
