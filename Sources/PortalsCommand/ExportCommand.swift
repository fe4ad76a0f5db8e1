// `portals export`: a run in the forms that other tools read.
import ArgumentParser
import Foundation
import Report

struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write a run as JSON of JMH, as a log of HdrHistogram, or as JSON of ours.",
        discussion: """
            jmh-json: a member for each row, each trial a fork, for JMH's viewers. hdr-log: the \
            latencies of all trials, an interval a line, tagged with the trial. json: results, \
            environment and series of the trials in one document, as \
            Benchmarks/Report/README.md describes it. Without --output it goes to standard output.
            """)

    /// Forms of the export.
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case jmhJSON = "jmh-json"
        case histogramLog = "hdr-log"
        case json
    }

    @Argument(help: ArgumentHelp("The folder of a run.", valueName: "run")) var folder: String
    @Option(help: "jmh-json, hdr-log, json.") var format: Format
    @Option(help: "The file to be written.") var output: String?

    func run() throws {
        let runs = try RunReader.read([folder], trialFiles: format == .jmhJSON ? .none : .all)
        guard let run = runs.first, runs.count == 1 else {
            throw Exit.usage(["\(folder): holds \(runs.count) runs; export one at a time"])
        }
        let text: String
        switch format {
        case .jmhJSON: text = JMHExport.json(run).text
        case .json: text = ResultsJSON.json(run).text
        case .histogramLog:
            guard let log = HistogramExport.log(run) else {
                throw Exit.usage([
                    "\(folder): no trial of it has a latency log (trials/*.hlog), so there is "
                        + "nothing to export; runs of before schema version 5 have none"
                ])
            }
            text = log
        }
        guard let output else {
            print(text, terminator: "")
            return
        }
        do {
            try Data(text.utf8).write(to: URL(fileURLWithPath: output))
        } catch {
            throw Exit.usage([
                "--output: \(output) can't be written: \(error.localizedDescription)"
            ])
        }
    }
}
