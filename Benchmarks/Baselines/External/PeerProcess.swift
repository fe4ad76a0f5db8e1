// A process of a peer: it ends with the trial that started it, however that ends, and what it said
// last is kept for the report.
import Foundation
import Glibc
import Harness

/// A started program of a peer.
///
/// It stays in the trial's process group, which the harness ends as a whole, and the kernel ends it
/// when its starter is gone: nothing is left behind even if the trial is killed by itself.
final class PeerProcess {
    /// From util-linux: sets `PR_SET_PDEATHSIG`, then becomes the program.
    static let starter = "/usr/bin/setpriv"
    /// Bytes of its errors that are quoted.
    private static let quotedBytesMax = 600

    let child: ChildProcess
    private let errorsPath: String
    /// How it ended, once that is known: the kernel tells it once.
    private var ending: ChildProcess.Ending?

    private init(child: ChildProcess, errorsPath: String) {
        self.child = child
        self.errorsPath = errorsPath
    }

    /// Starts `program`.
    ///
    /// - Parameter keepsAllocator: whether it gets the trial's preloaded malloc; a virtual machine
    ///   or a server brings its own.
    static func start(
        program: String, arguments: [String], keepsAllocator: Bool
    ) throws(TrialFault) -> PeerProcess {
        var environment = ProcessInfo.processInfo.environment
        if !keepsAllocator { environment["LD_PRELOAD"] = nil }
        let errorsPath = NSTemporaryDirectory() + "portals-peer-\(UUID().uuidString).errors"
        do {
            return PeerProcess(
                child: try ChildProcess.start(
                    path: starter,
                    arguments: ["setpriv", "--pdeathsig", "KILL", program] + arguments,
                    environment: environment, logPath: errorsPath, leadsGroup: false),
                errorsPath: errorsPath)
        } catch {
            throw TrialFault(error.description)
        }
    }

    /// What it wrote to its standard error, the end of it, on one line; nil if nothing.
    var lastErrors: String? {
        guard let data = FileManager.default.contents(atPath: errorsPath), !data.isEmpty else {
            return nil
        }
        let text = String(decoding: data.suffix(Self.quotedBytesMax), as: UTF8.self)
        let lines = text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
        return lines.filter { !$0.isEmpty }.suffix(6).joined(separator: " | ")
    }

    /// Waits for its end.
    func wait() -> ChildProcess.Ending {
        let known = ending ?? child.wait()
        ending = known
        return known
    }

    /// Ends it if it runs, and forgets it.
    func end() {
        if ending == nil { ending = child.waitIfEnded() }
        if ending == nil {
            child.kill()
            _ = wait()
        }
        child.close()
        try? FileManager.default.removeItem(atPath: errorsPath)
    }
}
