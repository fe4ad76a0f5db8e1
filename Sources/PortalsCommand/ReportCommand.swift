// `portals report`: one HTML file on one or more runs.
import ArgumentParser
import Foundation
import Report

struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Write one HTML file on runs: summary, ratios, plots, environment, raw data.",
        discussion: """
            The file needs no network and is readable without scripts, on a phone and in print. \
            Latency spectra and the course of trials are shown where the run kept its histograms \
            and series (trials/*.hlog, trials/*.series.csv).
            """)

    @Argument(
        help: ArgumentHelp("Folders of runs, or folders of such folders.", valueName: "run"))
    var folders: [String]
    @Option(help: "The file to be written.") var output: String
    @Option(help: "The system that ratios are over (default: hand-written, else portals).")
    var reference: String?

    func run() throws {
        let runs = try RunReader.read(folders, trialFiles: .all)
        try RunReader.requireSystem(reference, in: runs)
        let html = ReportPage(runs: runs, reference: reference).html
        do {
            try Data(html.utf8).write(to: URL(fileURLWithPath: output))
        } catch {
            throw Exit.usage([
                "--output: \(output) can't be written: \(error.localizedDescription)"
            ])
        }
        print("Report: \(output), \(html.utf8.count / 1_024) KiB")
    }
}
