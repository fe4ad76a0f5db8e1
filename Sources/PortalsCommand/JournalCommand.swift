// `portals journal`: what an operator does with the journal of a site that does not run.
import ArgumentParser
import Portals

struct JournalCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "journal", abstract: "Check a site's journal, or cut it where it is damaged.",
        subcommands: [Check.self, Repair.self])

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "check",
            abstract: "Read every block of a journal and say what is there, and what is damaged.",
            discussion: """
                Changes nothing. Status 0 if a site would open it, 1 if it would refuse. Of a \
                journal that a running site appends to, the end may look torn.
                """)

        @Argument(help: "The directory of the journal.") var directory: String

        func run() throws {
            let found: JournalInspection
            do {
                found = try JournalInspection(FileStorage(path: directory, missing: .refuse))
            } catch {
                Exit.say("error: \(error)")
                throw ExitCode(1)
            }
            if let application = found.application {
                print("application '\(application.name)' (\(application.identity))")
            }
            for segment in found.segments {
                let epochs = segment.epochs.map { "epochs \($0.lowerBound) to \($0.upperBound)" }
                print(
                    "\(segment.name)  \(segment.byteCount) bytes, \(segment.blockCount) blocks "
                        + "with \(segment.payloadByteCount) bytes, \(epochs ?? "not written yet")")
            }
            let blocks = found.segments.reduce(0) { $0 + $1.blockCount }
            let bytes = found.segments.reduce(0) { $0 + $1.payloadByteCount }
            print(
                "\(found.segments.count) segments, \(found.spareCount) spare ones, "
                    + "\(blocks) blocks with \(bytes) bytes, end at position \(found.end.rawValue)")
            if let cut = found.cut {
                print(
                    "a torn tail of \(cut.byteCount) bytes from position \(cut.position.rawValue) "
                        + "on, never reported durable: the next start cuts it")
            }
            if let refusal = found.refusal {
                print("\(refusal)")
                throw ExitCode(1)
            }
            print("nothing is damaged")
        }
    }

    struct Repair: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "repair",
            abstract: "Give up everything of a journal from a position on, and keep a copy of it.",
            discussion: """
                What is cut stays in files named cut-… in the directory. A site that starts \
                afterwards has forgotten it: what it had acknowledged to others after that \
                position is lost, and whoever relied on it must be told.
                """)

        @Argument(help: "The directory of the journal.") var directory: String
        @Option(help: "The position from which on to cut; 'portals journal check' names it.")
        var cutAt: UInt64

        func run() throws {
            do {
                let kept = try JournalRepair.cut(
                    FileStorage(path: directory, missing: .refuse),
                    at: JournalPosition(rawValue: cutAt))
                print("cut at position \(cutAt); what was cut is in:")
                for name in kept { print("\(directory)/\(name)") }
            } catch {
                Exit.say("error: \(error)")
                throw ExitCode(1)
            }
        }
    }
}
