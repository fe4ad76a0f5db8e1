// `portals list`: what can be measured, on what, and along which axes.
import ArgumentParser
import Baselines
import Harness

struct ListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Name the workloads, systems and axes of 'portals bench'.")

    func run() {
        print(Listing.text(of: registry), terminator: "")
    }
}
