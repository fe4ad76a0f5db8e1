// The process that is killed, from the side of the one that kills it.
import Foundation
import Platform

/// One run of the program as a service.
final class Child {
    private let process = Process()
    private let output = Pipe()
    private let errors: URL
    // Its end tells the child that nobody drives it any more.
    private let input = Pipe()

    init(_ place: Place) throws {
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = ["serve", place.directory, "\(place.port)"]
        errors = URL(fileURLWithPath: place.directory + "/errors")
        try Data().write(to: errors)
        process.standardInput = input
        process.standardOutput = output
        process.standardError = try FileHandle(forWritingTo: errors)
        try process.run()
    }

    /// Waits until it has launched what it hosts; false if it ended before.
    func awaitReady() -> Bool { !output.fileHandleForReading.availableData.isEmpty }

    /// Kills it at once; says what was wrong if it had ended of itself.
    func kill() -> String? {
        let isRunning = process.isRunning
        Glibc.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        if isRunning && process.terminationReason == .uncaughtSignal
            && process.terminationStatus == SIGKILL
        {
            return nil
        }
        let said = (try? String(contentsOf: errors, encoding: .utf8)) ?? ""
        return "the program ended of itself, with status \(process.terminationStatus): \(said)"
    }
}
