// `portals table`: systems side by side, out of the results of a run.
import ArgumentParser
import Report

struct TableCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "table",
        abstract: "Compare the systems of a run: rates, ratios, COST, scalability.",
        discussion: """
            Ratios are over the reference system at the same workload and settings, with the \
            interval of a bootstrap over the trials; a ratio between different guarantees is \
            marked, and rows of near and far cores are never mixed. COST is the fewest workers \
            with which a system is faster than the hand-written loop on one thread. From three \
            numbers of workers up, the Universal Scalability Law is fitted.
            """)

    /// Forms of the table.
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case markdown, csv, latex
    }

    @Argument(
        help: ArgumentHelp("Folders of runs, or folders of such folders.", valueName: "run"))
    var folders: [String]
    @Option(help: "markdown, csv, latex.") var format = Format.markdown
    @Option(help: "The system that ratios are over (default: hand-written, else portals).")
    var reference: String?

    func run() throws {
        let runs = try RunReader.read(folders, trialFiles: .none)
        try RunReader.requireSystem(reference, in: runs)
        let table = SystemTable(runs: runs.map { $0.tableRun(reference: reference) })
        switch format {
        case .markdown: print(table.markdown, terminator: "")
        case .csv: print(table.csv, terminator: "")
        case .latex: print(table.latex, terminator: "")
        }
    }
}
