// Messages to standard error and the exit statuses of the program.
import ArgumentParser
import Foundation

/// How the program ends when something is wrong.
enum Exit {
    /// Prints each problem; the status for wrong usage (64, `EX_USAGE` of sysexits.h).
    static func usage(_ problems: [String]) -> ExitCode {
        for problem in problems { say("error: \(problem)") }
        return ExitCode(64)
    }

    /// A line on standard error.
    static func say(_ line: String) {
        try? FileHandle.standardError.write(contentsOf: Data((line + "\n").utf8))
    }
}
